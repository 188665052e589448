"""Melodies as engraved notation: a `Piece` to SVG that needs no font, no network and no other file.

verovio (LGPL, used as a library) sets the page. Bars can be tinted, so that two settings of one tune show
which bar answers which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from xml.etree import ElementTree as ET

from songsim_lib.sources.tunebook.music import Piece

from . import mei

WIDTH_PX = 880
SCALE_PERCENT = 40  # a staff 29 px high
TITLE_PX = 30
TINT = "0.4"  # so light that black notes stay legible on every colour
OPTIONS = {
    "scale": SCALE_PERCENT, "adjustPageHeight": True, "svgViewBox": True, "header": "none", "footer": "none",
    "mnumInterval": 1, "svgFormatRaw": True, "smuflTextFont": "none", "minLastJustification": 0.5,
    "pageMarginTop": 40, "pageMarginBottom": 20, "pageMarginLeft": 20, "pageMarginRight": 20,
    "breaks": "smart", "breaksSmartSb": 0.4,
    "xmlIdChecksum": True,  # ids follow from the content: the same bytes each time, other ids in other pictures
}
NAMESPACES = {"": "http://www.w3.org/2000/svg", "xlink": "http://www.w3.org/1999/xlink"}
SVG = f"{{{NAMESPACES['']}}}"


class EngraveError(ValueError):
    """A piece that cannot be engraved; says which piece and why."""


def svg(piece: Piece, bars: range | None = None, colours: Mapping[int, str] | None = None, title: str = "",
        width_px: int = WIDTH_PX, labels: Mapping[int, str] | None = None) -> str:
    """Engrave the melody of a piece, the top note where there are chords, on a white ground.

    Parameters
    ----------
    bars : the bars to show, as indices into `piece.bars` (default: all); the number above a bar is its index.
    colours : bar -> CSS colour of its ground; bars that are not shown are ignored.
    title : one line above the staff.
    width_px : natural width; the height follows.
    labels : bar -> a word beside its number, for readers who cannot tell the colours apart.

    Returns
    -------
    SVG text, the same for the same arguments. Several fit on one HTML page: ids differ between pictures.

    Raises
    ------
    EngraveError : the piece has no such bars, or verovio refuses it.
    """
    bars = range(len(piece.bars)) if bars is None else bars
    if not bars or bars.step != 1 or bars.start < 0 or bars.stop > len(piece.bars):
        raise EngraveError(f"{piece.score_id}: bars {bars} asked for, it has bars 0 to {len(piece.bars) - 1}")
    write = partial(mei.document, piece, bars, labels, name=f"{title} {colours}")
    lines = len(_systems(_draw(write(), piece.score_id, width_px)))
    inner = len(bars) - (piece.bars[bars[0]].missing > 0)
    drawn = _draw(write(bars_a_line=ceil(inner / lines)), piece.score_id, width_px)  # lines of equal length
    _tint(drawn, bars, colours or {})
    picture = _picture(width_px, title)
    _place(picture, drawn, TITLE_PX if title else 0)
    return _text(picture)


def stack(pictures: Sequence[str]) -> str:
    """Put pictures one above the other into one."""
    roots = [ET.fromstring(picture) for picture in pictures]
    picture = _picture(max((int(root.get("width", 0)) for root in roots), default=0), "")
    for root in roots:
        _place(picture, root, int(picture.get("height", 0)))
    return _text(picture)


def _draw(document: str, name: str, width_px: int) -> ET.Element:
    """Let verovio set the notes; the result has its size in pixels."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(OPTIONS | {"pageWidth": round(width_px * 100 / SCALE_PERCENT), "pageHeight": 60_000})
    if not toolkit.loadData(document) or toolkit.getPageCount() != 1:
        raise EngraveError(f"{name}: verovio cannot set it on one page; show fewer bars")
    root = ET.fromstring(toolkit.renderToSVG(1))
    _, _, width, height = (root.get("viewBox") or "").split()
    root.set("width", width)
    root.set("height", height)
    return root


def _systems(drawn: ET.Element) -> list[ET.Element]:
    return drawn.findall(f".//{SVG}g[@class='system']")


def _tint(drawn: ET.Element, bars: range, colours: Mapping[int, str]) -> None:
    """Lay coloured ground under bars: two staff spaces above and below the five lines."""
    numbers = iter(bars)
    for system in _systems(drawn):
        for measure in system.findall(f"{SVG}g[@class='measure']"):
            colour = colours.get(next(numbers))
            if colour is None:
                continue
            lines = [path.get("d", "").replace("M", "").replace("L", "").split()
                     for path in measure.iterfind(f"{SVG}g[@class='staff']/{SVG}path")]
            left, top, right, _ = (float(number) for number in lines[0])
            margin = (float(lines[4][1]) - top) / 2
            style = f"fill:{colour};fill-opacity:{TINT}"
            system.insert(0, _rectangle(left, top - margin, right - left, 4 * margin, style))


def _rectangle(x: float, y: float, width: float, height: float, style: str) -> ET.Element:
    # verovio's style sheet outlines everything, so the outline is switched off where it counts more
    return ET.Element(SVG + "rect", {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}",
                                     "style": f"{style};stroke:none"})


def _picture(width_px: int, title: str) -> ET.Element:
    """An empty white picture with a title."""
    root = ET.Element(SVG + "svg", {"version": "1.1", "width": str(width_px), "height": "0", "role": "img"})
    root.append(_rectangle(0, 0, width_px, 0, "fill:white"))
    if title:
        ET.SubElement(root, SVG + "title").text = title
        ET.SubElement(root, SVG + "text", {
            "x": "8", "y": str(TITLE_PX - 8), "style": "font:600 16px sans-serif;fill:#222222"}).text = title
    return root


def _place(picture: ET.Element, part: ET.Element, top: int) -> None:
    """Add a part below what is there, and let the picture grow around it."""
    part.set("y", str(top))
    picture.append(part)
    height = str(top + int(part.get("height", 0)))
    picture.set("height", height)
    picture.set("viewBox", f"0 0 {picture.get('width')} {height}")
    picture[0].set("height", height)


def _text(picture: ET.Element) -> str:
    for prefix, name in NAMESPACES.items():
        ET.register_namespace(prefix, name)
    return ET.tostring(picture, encoding="unicode")
