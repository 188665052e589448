"""The numbers a catalog knows about each recording: the thirteen columns of Music Info.csv (notebook 01)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.catalog import KEYS
from songsim_lib.plots import style
from songsim_lib.plots.catalog import present


@dataclass(frozen=True)
class Column:
    """How one column is read: its axis label with unit, the factor to that unit, names of its categories."""

    label: str
    scale: float = 1.0
    names: tuple[str, ...] = ()
    whole: bool = False


STRAY = 0.002  # share of the values that may be left out of a histogram
SPOTIFY_INDEX = " (0 to 1)"
COLUMNS: dict[str, Column] = {
    "duration_ms": Column("duration (s)", scale=1e-3),
    "tempo": Column("tempo (beats per minute)"),
    "key": Column("key (tonic)", names=KEYS),
    "mode": Column("mode", names=("minor", "major")),
    "time_signature": Column("time signature (beats a bar)", whole=True),
    "loudness": Column("loudness (dB)"),
    **{name: Column(name + SPOTIFY_INDEX) for name in (
        "danceability", "energy", "speechiness", "acousticness", "instrumentalness", "liveness", "valence")},
}  # fmt: skip


def columns_of(catalog: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The metadata columns that hold values, and those that do not, in the order they are drawn."""
    drawn = [name for name in COLUMNS if len(present(catalog, name))]
    return drawn, [name for name in COLUMNS if name not in drawn]


@style.styled
def distribution(values: pd.Series, column: Column, ax: Axes | None = None) -> Figure:
    """The distribution of one column: bars for categories, a histogram for quantities."""
    ax = style.axes_or_new(ax, height_in=2.4)
    numbers = pd.to_numeric(values, errors="coerce").dropna().to_numpy(float) * column.scale
    beyond = 0
    if column.names or column.whole:
        codes = np.arange(len(column.names)) if column.names else np.unique(numbers)
        heights = [int((numbers == code).sum()) for code in codes]
        labels = column.names or [f"{code:g}" for code in codes]
        ax.bar(range(len(codes)), heights, color=style.BLUE, width=0.7)
        ax.set_xticks(range(len(codes)), labels)
        ax.margins(x=0.4 if len(codes) < 3 else 0.02)
    else:
        shown = _without_stray(numbers)
        beyond = len(numbers) - len(shown)
        ax.hist(shown, bins=_bins(shown).tolist(), color=style.BLUE, edgecolor="white", linewidth=0.3)
    ax.set_title(f"n = {len(numbers):,}" + (f", {beyond:,} of them beyond the axis" if beyond else ""),
                 fontsize=style.SMALL_PT, color=style.GREY)
    ax.set(xlabel=column.label, ylabel="recordings")
    style.count_axis(ax.yaxis)
    return style.figure_of(ax)


def _without_stray(numbers: np.ndarray) -> np.ndarray:
    """All values, but for one in 500 where these few are so far out that the others would fill less than half the axis.

    One song of an hour among thousands leaves no room for the others.
    """
    low, high = np.quantile(numbers, [STRAY / 2, 1 - STRAY / 2])
    if np.ptp(numbers) <= 2 * (high - low) or low == high:
        return numbers
    return numbers[(numbers >= low) & (numbers <= high)]


def _bins(numbers: np.ndarray) -> np.ndarray:
    """At most 40 equal bins over the range; one bin, one unit wide, when all values are the same."""
    low, high = float(numbers.min()), float(numbers.max())
    if high - low < 1e-6 * max(1.0, abs(high)):
        return np.array([low - 0.5, low + 0.5])
    return np.histogram_bin_edges(numbers, bins=min(40, max(5, int(math.sqrt(len(numbers))))))


@style.styled
def metadata(catalog: pd.DataFrame) -> Figure:
    """The distribution of every numeric column the catalog has, and the names of those it has not."""
    drawn, missing = columns_of(catalog)
    rows = max(1, math.ceil(len(drawn) / 2))
    fig, axes = style.panels(rows, 2, height_in=2.0 * rows + 0.6)
    for ax, name in zip(axes.flat, drawn, strict=False):
        distribution(present(catalog, name), COLUMNS[name], ax=ax)
    for ax in axes.flat[len(drawn) :]:
        ax.set_axis_off()
    if not drawn:
        style.empty(axes[0][0], "This catalog has none of the thirteen columns")
    if missing:
        style.footnote(fig, "Not in this catalog: " + ", ".join(missing) + ".")
    return fig
