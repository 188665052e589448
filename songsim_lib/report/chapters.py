"""One executed notebook as a chapter of the report, and as a page of its own."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup, Tag
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from songsim_lib.report.markup import frame_tables, scrolling
from songsim_lib.report.numbering import Numbers
from songsim_lib.report.outputs import render
from songsim_lib.report.prose import prose

FORMATTER = HtmlFormatter(cssclass="code", style="default")
# Machinery of the notebook file: badges would load remote images, the bootstrap fetches code.
_LEFT_OUT = {"badges", "bootstrap", "papermill-error-cell-tag"}
_TO_READERS_OF_NOTEBOOKS = re.compile(r"Try it|Next\b")  # exercises, and where to go next
_LEVEL = 2  # headings of a notebook stand below those of the report's parts


@dataclass
class Chapter:
    """A notebook ready to be printed: `sections` are its second-level headings, as (anchor, text).

    `body` is what the report shows; `whole` has the exercises as well, for the notebook's own page.
    """

    name: str
    title: str = ""
    body: str = ""
    whole: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)


def code(source: str, tags: list[str]) -> str:
    """A code cell, folded; the first line shows what it is about."""
    first = next((line for line in source.splitlines() if line.strip() and not line.startswith("# alt:")), "")
    name = "Parameters of this run" if "injected-parameters" in tags else "Code"
    summary = f"<summary>{name} <code>{html.escape(first.strip()[:90])}</code></summary>"
    return f"<details>{summary}{scrolling(highlight(source, PythonLexer(), FORMATTER), 'Code')}</details>"


def _headings(soup: BeautifulSoup, chapter: Chapter) -> None:
    """Move headings below those of the report's parts, and note the chapter's sections."""
    for tag in soup.find_all(re.compile("^h[1-6]$")):
        level, text = int(tag.name[1]), tag.get_text().strip()
        if level == 1 and not chapter.title:
            chapter.title = text
            tag.decompose()
            continue
        tag.name = f"h{min(level + _LEVEL, 6)}"
        if level == 2:
            anchor = f"{chapter.name}-{len(chapter.sections) + 1}"
            tag["id"] = anchor
            if not _TO_READERS_OF_NOTEBOOKS.match(text):
                chapter.sections.append((anchor, text))
        else:
            del tag["id"]


def _without_asides(soup: BeautifulSoup) -> str:
    """Leave out what speaks to readers of notebooks: from such a heading or paragraph to the next heading."""
    leaving = False
    for tag in [tag for tag in soup.children if isinstance(tag, Tag)]:
        starts = bool(_TO_READERS_OF_NOTEBOOKS.match(tag.get_text().strip())) and tag.name in {"p", "h4"}
        leaving = starts or (leaving and not re.fullmatch("h[1-6]", tag.name))
        if leaving:
            tag.decompose()
    return str(soup)


def _words(source: str, chapter: Chapter, folder: Path, numbers: Numbers) -> tuple[str, str]:
    """A Markdown cell, for the report and for the notebook's own page."""
    soup = prose(source, chapter.name, folder)
    _headings(soup, chapter)
    frame_tables(soup, _place(chapter), numbers)
    whole = str(soup)
    return _without_asides(soup), whole


def _place(chapter: Chapter) -> str:
    return chapter.sections[-1][1] if chapter.sections else chapter.title or chapter.name


def _computed(cell: NotebookNode, tags: list[str], chapter: Chapter, numbers: Numbers) -> str:
    """A code cell and what it showed."""
    place = _place(chapter)
    told = re.findall(r"^# alt: *(.+)$", cell.source, re.MULTILINE)
    alt: Iterator[str] = itertools.chain(told, itertools.repeat(told[-1] if told else place))
    return f'<div class="cell">{code(cell.source, tags)}{render(cell.outputs, alt, place, numbers)}</div>'


def chapter_of(path: Path, numbers: Numbers) -> Chapter:
    """Read an executed notebook and render its cells in order; its figures and tables go on counting."""
    notebook, chapter = nbformat.read(path, as_version=4), Chapter(path.stem)
    parts: list[tuple[str, str]] = []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if _LEFT_OUT & set(tags) or not cell.source.strip():
            continue
        if cell.cell_type == "markdown":
            both = _words(cell.source, chapter, path.parent, numbers)
            parts.append((f'<div class="prose">{both[0]}</div>', f'<div class="prose">{both[1]}</div>'))
        elif cell.cell_type == "code":
            parts.append((_computed(cell, tags, chapter, numbers),) * 2)
    chapter.title = chapter.title or chapter.name
    chapter.body, chapter.whole = ("\n".join(each) for each in zip(*parts, strict=True)) if parts else ("", "")
    chapter.whole = chapter.whole.replace("<details>", "<details open>")
    return chapter
