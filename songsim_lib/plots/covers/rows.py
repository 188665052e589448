"""Scores as dots with their 95 % intervals, one row a system: the forms that several figures share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from songsim_lib.metrics import Estimate
from songsim_lib.plots import style

LABEL_WIDTH = 27  # characters of a system's name in one line
HEADING_WIDTH = 74
LINE_IN, GAP_IN = 0.185, 0.16  # height of a line of a name, and between names


class Rows:
    """Names one below the other, each as high as its lines; positions are in inches from the top.

    Those in `bold` stand out; as `headings` they run across the panels and have nothing beside them.
    """

    def __init__(self, names: Sequence[str], bold: Sequence[bool], headings: bool = False,
                 least_lines: int = 1) -> None:
        self.bold, self.headings = list(bold), headings
        widths = [HEADING_WIDTH if headings and strong else LABEL_WIDTH for strong in bold]
        self.names = [style.wrap(name, width) for name, width in zip(names, widths, strict=True)]
        heights = [GAP_IN + LINE_IN * max(least_lines, name.count("\n") + 1) for name in self.names]
        self.bottoms = np.cumsum(heights)
        self.y = self.bottoms - np.array(heights) / 2

    def panels(self, columns: int, extra_in: float) -> tuple[Figure, Sequence[Axes]]:
        """A figure with panels side by side that share the rows; `extra_in` is for titles, axis and legend."""
        height_in = float(self.bottoms[-1])
        fig, (axes,) = style.panels(1, columns, height_in=height_in + extra_in, sharey=True)
        axes[0].set_yticks(self.y, [name if self._beside(i) else "" for i, name in enumerate(self.names)])
        axes[0].set_ylim(height_in, 0)
        for i, label in enumerate(axes[0].get_yticklabels()):
            label.set_fontweight("bold" if self.bold[i] else "normal")
            if not self._beside(i):
                fig.text(0.01, self.y[i], self.names[i], fontweight="bold", fontsize=style.SMALL_PT, va="center",
                         transform=blended_transform_factory(fig.transFigure, axes[0].transData)).set_in_layout(False)
        for ax in axes:
            ax.tick_params(axis="y", length=0)
            ax.hlines(self.bottoms[:-1], 0, 1, transform=ax.get_yaxis_transform(), color=style.PALE, linewidth=0.8)
        return fig, axes

    def upright(self, ax: Axes, x: float) -> None:
        """A line at x that leaves the headings free."""
        tops = self.bottoms - 2 * (self.bottoms - self.y)
        beside = [i for i in range(len(self.names)) if self._beside(i)]
        ax.vlines([x] * len(beside), tops[beside], self.bottoms[beside], color=style.BLACK, linewidth=1.0)

    def _beside(self, i: int) -> bool:
        """Name i stands beside the panels, not across them."""
        return not (self.headings and self.bold[i])


def number(ax: Axes, x: float, y: float, text: str, side: int = 1) -> None:
    """Write a number to the right of x, or (side = -1) to its left."""
    ax.annotate(text, (x, y), xytext=(6 * side, 0), textcoords="offset points", ha="left" if side > 0 else "right",
                va="center", fontsize=style.SMALL_PT)


def dot(ax: Axes, y: float, estimate: Estimate, scale: float = 1.0, **marker: Any) -> None:
    """One value with its interval; `scale` is 100 for percent."""
    value, low, high = (scale * number for number in (estimate.value, estimate.low, estimate.high))
    look: dict[str, Any] = {"marker": "o", "markersize": 7, "linewidth": 2.0, "color": style.BLUE} | marker
    ax.errorbar(value, y, xerr=[[max(0.0, value - low)], [max(0.0, high - value)]], **look)


def key(fig: Figure, entries: dict[str, dict[str, Any]]) -> None:
    """The legend below all panels: name -> how its marker looks."""
    from matplotlib.lines import Line2D

    bare: dict[str, Any] = {"linestyle": "none", "markersize": 7}
    handles = [Line2D([], [], label=name, **(bare | look)) for name, look in entries.items()]
    fig.legend(handles=handles, loc="outside lower left", ncols=2, columnspacing=1.2, handletextpad=0.5)
