"""What a code cell showed, as HTML."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator

from nbconvert.filters.ansi import ansi2html

from songsim_lib.report.markup import figure, harmless, rich
from songsim_lib.report.media import small_picture
from songsim_lib.report.numbering import Numbers
from songsim_lib.report.prose import mathml, prose
from songsim_lib.report.streams import collapse, merged

# What a plotting call returns says nothing beside the figure.
_PLOT_OBJECT = re.compile(r"^\W*<(Figure|Axes|matplotlib|seaborn|IPython)")


def _terminal(text: str, kind: str) -> str:
    return f'<pre class="{kind}">{ansi2html(text)}</pre>' if text else ""


def _picture(content: bytes, mime: str, alt: Iterator[str], numbers: Numbers) -> str:
    says = next(alt)
    return figure(content, mime, says, numbers.figure(says))


def _shown(data: dict[str, str], alt: Iterator[str], label: str, numbers: Numbers) -> str:
    """The richest of the forms a result comes in."""
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            return _picture(small_picture(base64.b64decode(data[mime])), mime, alt, numbers)
    if "image/svg+xml" in data:
        return _picture(data["image/svg+xml"].encode(), "image/svg+xml", alt, numbers)
    if "text/html" in data:
        return rich(harmless(data["text/html"]), label, numbers)
    if "text/markdown" in data:
        soup = prose(data["text/markdown"], "")
        for tag in soup.find_all(id=True):
            del tag["id"]
        return rich(str(soup), label, numbers)
    if "text/latex" in data:
        return mathml(data["text/latex"].strip("$ \n"), "block")
    text = data.get("text/plain", "")
    return "" if not text or _PLOT_OBJECT.match(text) else f'<pre class="value">{html.escape(text)}</pre>'


def render(outputs: list[dict], alt: Iterator[str], label: str, numbers: Numbers) -> str:
    """Everything a cell showed.

    Parameters
    ----------
    outputs : as the notebook file holds them.
    alt : descriptions for the cell's figures, one after the other, without end.
    label : names the place, for tables and players.
    numbers : counts figures and tables.
    """
    parts = []
    for output in merged(outputs):
        if output["output_type"] == "stream":
            parts.append(_terminal(collapse(output["text"]), output["name"]))
        elif output["output_type"] == "error":
            parts.append(_terminal("\n".join(output["traceback"]), "stderr"))
        else:
            data = {mime: value for mime, value in output["data"].items() if isinstance(value, str | list)}
            parts.append(_shown({mime: "".join(value) for mime, value in data.items()}, alt, label, numbers))
    return "".join(parts)
