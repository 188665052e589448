"""Figures, tables and players, framed so that the page never scrolls sideways."""

from __future__ import annotations

import html
import re

import nh3
from bs4 import BeautifulSoup, Tag
from markupsafe import Markup, escape

from songsim_lib.listen import data_uri
from songsim_lib.report.media import size_px, small_audio
from songsim_lib.report.numbering import Numbers
from songsim_lib.text import CODE

_HEADING = re.compile("h[1-6]")
_NUMBER = re.compile(r"[-+−]?[\d,.]+( ?%|e[-+]\d+)?|nan|NaN|None|<NA>|–|-|")


# What a page may hold: nh3's own list (text, lists, tables, pictures), and players with their frames.
_TAGS = (nh3.ALLOWED_TAGS | {"audio", "source", "figure", "figcaption", "section", "label"}) - {"form", "input"}
_ANY = {"class", "id", "title", "role", "aria-label", "style", "lang", "dir"}
_MORE = {"audio": {"controls", "preload", "src"}, "source": {"src", "type"}}
_STYLES = {"display", "flex", "flex-wrap", "gap", "margin", "max-width", "min-width", "width", "font-size",
           "text-align", "background", "background-color", "color"}


def harmless(markup: str) -> str:
    """Keep of some HTML what shows text, tables, pictures and sound; no script, form, event or foreign address."""
    return nh3.clean(markup, tags=_TAGS, attributes={**nh3.ALLOWED_ATTRIBUTES, **_MORE, "*": _ANY},
                     url_schemes={"data", "https", "http"}, filter_style_properties=_STYLES, link_rel=None,
                     clean_content_tags={"script", "style"})


def coded(text: str) -> Markup:
    """A plain sentence as HTML, with what stands between backticks as code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))


def scrolling(content: str, label: str) -> str:
    """A frame in which wide content scrolls sideways, with the mouse, a finger or the keyboard."""
    label = html.escape(label, quote=True)
    return f'<div class="wide" tabindex="0" role="group" aria-label="{label}">{content}</div>'


def figure(content: bytes, mime: str, alt: str, caption: str = "") -> str:
    """A picture in its frame: never wider than the page column, never so narrow that its labels are lost.

    `caption` (HTML) is shown below it.
    """
    size = size_px(content)
    known = f' width="{size[0]}" height="{size[1]}" style="min-width:min({size[0]}px,40rem)"' if size else ""
    image = f'<img src="{data_uri(content, mime)}" alt="{html.escape(alt, quote=True)}"{known}>'
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"<figure>{scrolling(image, alt)}{below}</figure>"


def frame_tables(soup: BeautifulSoup, label: str, numbers: Numbers) -> None:
    """Put every table into a frame of its own, with its number and name above, and columns of words to the left."""
    for table in soup.find_all("table"):
        if not isinstance(table, Tag) or table.find_parent("table"):
            continue
        del table["border"]
        _words_left(table)
        _scopes(table)
        table.insert(0, BeautifulSoup(f"<caption>{numbers.table(label)}</caption>", "html.parser"))
        attributes = {"class": "wide", "tabindex": "0", "role": "group", "aria-label": f"Table: {label}"}
        table.wrap(soup.new_tag("div", attrs=attributes))


def _words_left(table: Tag) -> None:
    rows = [row.find_all(["td", "th"]) for row in table.select("tr")]
    body = [row for row in rows if any(cell.name == "td" for cell in row)]
    for column in range(max(map(len, body), default=0)):
        cells = [row[column] for row in body if len(row) > column]
        if not all(_NUMBER.fullmatch(cell.get_text().strip()) for cell in cells):
            for row in rows:
                if len(row) > column:
                    row[column]["class"] = " ".join([*(row[column].get("class") or []), "text"])


def _scopes(table: Tag) -> None:
    """Say of each head whether it names a column or a row, and put other cells where a head has no name."""
    for cell in table.find_all("th"):
        if not cell.get_text().strip():
            cell.name = "td"
            continue
        cell["scope"] = "col" if cell.find_parent("thead") else "row"


def rich(markup: str, label: str, numbers: Numbers) -> str:
    """Frame harmless HTML (tables, players) that a cell showed, to stand in one page with others."""
    soup = BeautifulSoup(markup, "html.parser")
    for image in soup.find_all("img"):
        if not str(image.get("src", "")).startswith("data:"):
            image.replace_with(str(image.get("alt", "")))
    for heading in soup.find_all(_HEADING):  # below those of the notebook
        heading.name = f"h{min(6, max(4, int(heading.name[1]) + 1))}"
    _players(soup, label)
    frame_tables(soup, label, numbers)
    return f'<div class="rich">{soup}</div>'


def _players(soup: BeautifulSoup, label: str) -> None:
    for sound in soup.select("audio[src], audio source[src]"):
        address = small_audio(str(sound["src"]))
        if address.startswith("data:"):
            sound["src"], sound["type"] = address, address.split(";")[0].removeprefix("data:")
        else:
            sound.decompose()
    for player in soup.find_all("audio"):
        player["preload"] = "metadata"
        player["aria-label"] = f"Player: {label}"
