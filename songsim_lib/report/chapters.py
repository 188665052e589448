"""One executed notebook as a chapter of the report."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from songsim_lib.report.markup import frame_tables, scrolling
from songsim_lib.report.outputs import render
from songsim_lib.report.prose import prose

FORMATTER = HtmlFormatter(cssclass="code", style="friendly")
# Machinery of the notebook file: badges would load remote images, the bootstrap fetches code.
_LEFT_OUT = {"badges", "bootstrap", "papermill-error-cell-tag"}


@dataclass
class Chapter:
    """A notebook ready to be printed: `sections` are its second-level headings, as (anchor, text)."""

    name: str
    title: str = ""
    body: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)


def code(source: str, tags: list[str]) -> str:
    """A code cell, folded; the first line shows what it is about."""
    first = next((line for line in source.splitlines() if line.strip() and not line.startswith("# alt:")), "")
    name = "Parameters of this run" if "injected-parameters" in tags else "Code"
    summary = f"<summary>{name} <code>{html.escape(first.strip()[:90])}</code></summary>"
    return f"<details>{summary}{scrolling(highlight(source, PythonLexer(), FORMATTER), 'Code')}</details>"


def _headings(soup: BeautifulSoup, chapter: Chapter) -> None:
    """Move headings one level down (the report's title is the first) and note the chapter's sections."""
    for tag in soup.find_all(re.compile("^h[1-6]$")):
        level, text = int(tag.name[1]), tag.get_text().strip()
        if level == 1 and not chapter.title:
            chapter.title = text
            tag.decompose()
            continue
        tag.name = f"h{min(level + 1, 6)}"
        if level == 2:
            anchor = f"{chapter.name}-{len(chapter.sections) + 1}"
            tag["id"] = anchor
            chapter.sections.append((anchor, text))
        else:
            del tag["id"]


def chapter_of(path: Path) -> Chapter:
    """Read an executed notebook and render its cells in order."""
    notebook, chapter = nbformat.read(path, as_version=4), Chapter(path.stem)
    parts = []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if _LEFT_OUT & set(tags) or not cell.source.strip():
            continue
        if cell.cell_type == "markdown":
            soup = prose(cell.source, chapter.name, path.parent)
            _headings(soup, chapter)
            frame_tables(soup, chapter.sections[-1][1] if chapter.sections else chapter.title)
            parts.append(f'<div class="prose">{soup}</div>')
        elif cell.cell_type == "code":
            place = chapter.sections[-1][1] if chapter.sections else chapter.title or chapter.name
            told = re.findall(r"^# alt: *(.+)$", cell.source, re.MULTILINE)
            alt = itertools.chain(told, itertools.repeat(told[-1] if told else f"Figure: {place}"))
            parts.append(
                f'<div class="cell">{code(cell.source, tags)}{render(cell.outputs, alt, place)}</div>'
            )
    chapter.title = chapter.title or chapter.name
    chapter.body = "\n".join(parts)
    return chapter
