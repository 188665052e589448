"""What a search through a folder finds, and what its neighbours tell (notebook 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from songsim_lib.plots import style
from songsim_lib.plots.covers.rows import Rows, dot, number

if TYPE_CHECKING:
    from songsim_lib.search.neighbours import Genres

OTHER: dict[str, Any] = {"color": style.GREY, "marker": "o", "facecolors": "white", "s": 28}
VERSION: dict[str, Any] = {"color": style.BLUE, "marker": "D", "s": 48}
MAJORITY: dict[str, Any] = {"marker": "s", "color": style.GREY, "markerfacecolor": "white"}


@style.styled
def ranked(hits: pd.DataFrame, searched: int, unrelated_pairs: int | None, ax: Axes | None = None) -> Figure:
    """How seldom two unrelated works are as alike as the query and each hit, by rank; chance alone follows the line.

    Parameters
    ----------
    hits : rank, p_value, version (bool, of the query's work), nearest first.
    searched : recordings that could be found; of so many unrelated ones, the r-th has a p-value near r / searched.
    unrelated_pairs : on which p-values were counted: none is below 1 / (unrelated_pairs + 1); None without a hit.
    """
    ax = style.axes_or_new(ax, height_in=4.0)
    if unrelated_pairs is None:
        style.empty(ax, "nothing else is there to be found")
        return style.figure_of(ax)
    least = 1 / (unrelated_pairs + 1)
    ranks = np.array([1, max(2, searched)])
    ax.plot(ranks, ranks / max(2, searched), color=style.BLACK, linewidth=1.2, label="what chance alone brings")
    ax.axhline(least, color=style.VERMILLION, linestyle=":", linewidth=1.5,
               label=f"none of {unrelated_pairs:,} unrelated pairs is nearer")
    for version, look, label in ((False, OTHER, "another work"), (True, VERSION, "the query's work")):
        chosen = hits[hits["version"] == version]
        if len(chosen):
            ax.scatter(chosen["rank"], chosen["p_value"], label=label, zorder=3 + version, **look)
    ax.set(xscale="log", yscale="log", xlim=(0.8, 1.25 * ranks[1]), ylim=(1.6, least / 1.8),
           xlabel="rank of the hit", ylabel="unrelated pairs that are as alike")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.yaxis.set_major_formatter(FuncFormatter(_share))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_formatter(NullFormatter())
    style.figure_of(ax).legend(loc="outside lower center", ncols=2)
    return style.figure_of(ax)


def _share(value: float, _: int = 0) -> str:
    """Write a share as one in so many, which is easier to compare than powers of ten."""
    return "all" if value >= 1 else f"1 in {1 / value:,.0f}"


@style.styled
def genres(told: Mapping[str, Genres]) -> Figure:
    """How often the nearest recordings have the genre of the one that asks, beside always saying one genre.

    Parameters
    ----------
    told : by whom may be a neighbour, the strictest last.
    """
    last = list(told.values())[-1]
    names = [*(f"nearest among {name}" for name in told), f"always {style.shorten(last.most_frequent)!r}"]
    rows = Rows(names, [False] * len(names), least_lines=2)
    fig, (ax,) = rows.panels(1, extra_in=1.5)
    ax.axvline(last.majority.value, color=style.GREY, linestyle="--", linewidth=1.0)
    looks = [dict[str, Any]()] * len(told) + [MAJORITY]
    accuracies = [*(one.accuracy for one in told.values()), last.majority]
    for y, estimate, look in zip(rows.y, accuracies, looks, strict=True):
        dot(ax, y, estimate, **look)
        number(ax, estimate.high, y, f"{estimate.value:.2f}")
    ax.set(xlim=(0, 1.12), xlabel=f"share of right genres (n = {last.majority.n:,} recordings)")
    ax.set_xticks(np.linspace(0, 1, 6))
    low, high = (f"{bound:+.2f}".replace("-", "−") for bound in (last.gain.low, last.gain.high))
    style.footnote(fig, f"Lines: 95 % intervals over {last.artists:,} artists. All rows are of the same recordings, so "
                        f"their differences are surer: the last but one minus the last, {low} to {high}.")
    return fig
