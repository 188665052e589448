"""The map that can be heard, as a part of the report."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from songsim_lib.plots.style import PALETTE
from songsim_lib.report.numbering import Numbers
from songsim_lib.soundmap import SoundMap

SCRIPT = Path(__file__).with_name("audible.js").read_text(encoding="utf-8")
SHAPES = ("circle", "square", "diamond", "ring", "bar", "drop")
CAPTION = ("A map you can hear: {n} recordings, near each other where the composition model takes them for alike "
           "(t-SNE; trustworthiness of neighbourhoods {kept:.2f}, 1 at best; what lies far apart says nothing). "
           "Colours and shapes are repertoires, lines join versions of a work")


def allowed() -> str:
    """Name the script for the page's security policy, so that this one runs and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"


def render(pages: Environment, drawn: SoundMap, numbers: Numbers) -> Markup:
    """Draw the map as HTML: a button for each recording, which the script lets sound."""
    looks = {group: {"colour": colour, "shape": shape, "count": sum(point.group == group for point in drawn.points)}
             for group, colour, shape in zip(drawn.groups, PALETTE, SHAPES, strict=False)}
    times = Counter(point.work for point in drawn.points)
    works = {work: str(number) for number, work in enumerate(times)}
    points = [{"left": _percent(point.x), "top": _percent(1 - point.y), "says": _says(point.title, point.group,
               times[point.work]), "work": works[point.work], "sound": point.sound, **looks[point.group]}
              for point in drawn.points]
    ends = [(drawn.points[i], drawn.points[j]) for i, j in drawn.lines]
    lines = [(_percent(a.x), _percent(1 - a.y), _percent(b.x), _percent(1 - b.y)) for a, b in ends]
    caption = Markup(numbers.figure(CAPTION.format(n=len(points), kept=drawn.trustworthiness)))
    return Markup(pages.get_template("audible.html.j2").render(looks=looks, points=points, lines=lines,
                                                                caption=caption))


def _percent(place: float) -> float:
    """Leave a margin, so that points at the edge are whole."""
    return round(2 + 96 * place, 2)


def _says(title: str, group: str, times: int) -> str:
    return f"{title}, {group}" + (f", one of {times} versions" if times > 1 else "")
