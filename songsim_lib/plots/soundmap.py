"""The map of recordings as a still picture (notebook 08)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style

if TYPE_CHECKING:
    from songsim_lib.soundmap import SoundMap

MARKERS = ("o", "s", "D", "^", "v", "P")  # beside colours, for readers who cannot tell these


@style.styled
def soundmap(drawn: SoundMap, ax: Axes | None = None) -> Figure:
    """Every recording as a point, coloured by its group; lines join versions of a work. Axes have no unit."""
    ax = style.axes_or_new(ax, height_in=5.2)
    points = drawn.points
    for i, j in drawn.lines:
        ax.plot([points[i].x, points[j].x], [points[i].y, points[j].y], color=style.GREY, linewidth=0.8, zorder=1)
    for group, colour, marker in zip(drawn.groups, style.PALETTE, MARKERS, strict=False):
        mine = [point for point in points if point.group == group]
        ax.scatter([point.x for point in mine], [point.y for point in mine], s=26, color=colour, marker=marker,
                   edgecolors="white", linewidths=0.5, label=f"{style.shorten(group, 30)} ({len(mine)})", zorder=2)
    ax.set(xticks=[], yticks=[], xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    style.figure_of(ax).legend(loc="outside lower center", ncols=2)
    return style.figure_of(ax)
