"""Markdown to HTML that needs nothing from a network: formulas become MathML, remote images go."""

from __future__ import annotations

import html
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from latex2mathml.converter import convert
from nbconvert.filters.markdown import markdown2html

from songsim_lib.listen import data_uri
from songsim_lib.report.markup import harmless

# Code is matched first, so that a dollar sign in it stays one.
_FORMULA = re.compile(
    r"(?P<code>```.*?```|`[^`\n]+`)|\$\$(?P<block>.+?)\$\$"
    r"|(?<![\\$\w])\$(?P<inline>[^\s$](?:(?:[^$\n]|\n(?!\s*\n))*[^\s$\\])?)\$(?!\d)",
    re.DOTALL,
)


def mathml(formula: str, display: str = "inline") -> str:
    """A LaTeX formula as MathML, which browsers draw themselves; as code when it cannot be read."""
    try:
        return convert(formula.strip(), display=display)
    except Exception:  # latex2mathml raises many kinds for input it does not know
        return f"<code>{html.escape(formula)}</code>"


def _framed(formula: str) -> str:
    """A frame in which a long formula scrolls, also by the keyboard."""
    return f'<span class="formula" tabindex="0" role="group" aria-label="Formula">{formula}</span>'


def _formulas_out(text: str) -> tuple[str, dict[str, str]]:
    """Replace formulas by words that Markdown leaves alone (it would read their underscores as emphasis)."""
    found: dict[str, str] = {}

    def take(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        mark = f"xformula{len(found)}x"
        found[mark] = _framed(mathml(match["block"], "block")) if match["block"] else mathml(match["inline"])
        return mark

    return _FORMULA.sub(take, text), found


def prose(text: str, prefix: str, folder: Path | None = None) -> BeautifulSoup:
    """Render a Markdown cell.

    Parameters
    ----------
    text : Markdown with LaTeX formulas between dollar signs.
    prefix : goes before every anchor, so that two notebooks may use the same heading.
    folder : where local images are looked for; they are embedded.
    """
    text, formulas = _formulas_out(text)
    page = harmless(markdown2html(text))
    for mark in sorted(formulas, key=len, reverse=True):
        page = page.replace(mark, formulas[mark])
    soup = BeautifulSoup(page, "html.parser")
    for link in soup.select("a.anchor-link"):
        link.decompose()
    for tag in soup.find_all(id=True):
        tag["id"] = f"{prefix}-{tag['id']}"
    for link in soup.select('a[href^="#"]'):
        link["href"] = f"#{prefix}-{link['href'][1:]}"
    for image in soup.find_all("img"):
        _embed(image, folder)
    return soup


def _embed(image: Tag, folder: Path | None) -> None:
    """Put a local image into the page; replace any other by its description."""
    source = str(image.get("src", ""))
    local = (
        folder / source
        if folder and source and "://" not in source and not source.startswith("data:")
        else None
    )
    if local and local.is_file():
        image["src"] = data_uri(local.read_bytes(), f"image/{local.suffix[1:].replace('jpg', 'jpeg')}")
    elif not source.startswith("data:"):
        image.replace_with(str(image.get("alt", "")))
