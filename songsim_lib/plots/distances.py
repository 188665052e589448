"""Distances and ranks in an embedding: how far positives are, and how early they are found (06, 07)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style

RANK_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


@style.styled
def distance_distributions(d_positive: np.ndarray, d_negative: np.ndarray, title: str = "", trainings: int = 1,
                           ax: Axes | None = None) -> Figure:
    """Distances from anchors to their positives beside distances to negatives; dashed lines mark the medians.

    The distances may be those of several `trainings`, one after the other.
    """
    ax = style.axes_or_new(ax, height_in=3.2)
    sets = {"anchor to positive": np.asarray(d_positive), "anchor to negative": np.asarray(d_negative)}
    draw_distributions(ax, sets, trainings=trainings)
    ax.set(xlabel="Euclidean distance between embeddings", title=style.wrap(title, 60))
    return style.figure_of(ax)


def draw_distributions(ax: Axes, sets: dict[str, np.ndarray], threshold: float | None = None,
                       trainings: int = 1) -> None:
    """Draw two or three sets of distances as histograms, with medians, and a legend that says which is which.

    Parameters
    ----------
    sets : dict of name -> np.ndarray [shape=(n,)]
        They may differ in size (a few pairs of one work, all pairs of different works), so heights are shares of
        each set.
    threshold : float, optional
        The distance up to which two songs are called the same; the legend says how much of each set lies within.
    trainings : int
        Over how many trainings the distances of the same pairs are collected.
    """
    n = {name: len(values) // trainings for name, values in sets.items()}
    edges = _edges(sets.values(), min(n.values()))
    for (name, values), colour in zip(sets.items(), (style.BLUE, style.ORANGE, style.GREEN), strict=False):
        median = float(np.median(values))
        said = f"{name}: median {_short(median)}, n = {n[name]:,}"
        said += f" × {trainings} trainings" if trainings > 1 else ""
        said += f", {100 * (values <= threshold).mean():.1f} % within" if threshold is not None else ""
        sns.histplot(x=values, bins=edges, stat="percent", color=colour, alpha=0.6, linewidth=0, ax=ax, label=said)
        ax.axvline(median, color=colour, linestyle="--", linewidth=1.6)
    if threshold is not None:
        ax.axvline(threshold, color=style.BLACK, linewidth=1.6,
                   label=f"threshold: {_short(threshold)} (within: called the same)")
    ax.set(ylabel="share of pairs (%)", xlim=(edges[0], edges[-1]))
    ax.yaxis.set_major_locator(style.MaxNLocator(nbins=5, integer=True))
    handles = ax.get_legend_handles_labels()[0]
    lines = len(handles) - len(sets)  # which come first
    ax.legend(handles=handles[lines:] + handles[:lines], loc="upper left", bbox_to_anchor=(-0.02, -0.2))


def _edges(sets: Collection[np.ndarray], n: int) -> list[float]:
    """Edges of the bars for sets of n values or more: few values, few bars, narrow enough for the narrowest set.

    The width is that of Freedman and Diaconis (1981). The axis begins at zero where that is near.
    """
    low, high = min(values.min() for values in sets), max(values.max() for values in sets)
    low = min(0.0, low) if low < high / 2 else low - 0.02 * (high - low)
    width = min(2 * np.subtract(*np.percentile(values, [75, 25])) / n ** (1 / 3) for values in sets)
    bars = int(np.clip((high - low) / max(width, 1e-9), 12, 60))
    return np.linspace(low, high + 0.02 * ((high - low) or 1.0), bars + 1).tolist()


def _short(distance: float) -> str:
    """Two decimals, or two digits of a small number."""
    return f"{distance:.2f}" if abs(distance) >= 0.1 else f"{distance:.2g}"


def found_within(ranks: np.ndarray, n_candidates: int) -> np.ndarray:
    """For each k = 1 ... n_candidates, the share of queries whose positive is among the k nearest."""
    return np.searchsorted(np.sort(ranks), np.arange(1, n_candidates + 1), side="right") / len(ranks)


@style.styled
def rank_curves(ranks: dict[str, np.ndarray], n_candidates: int, title: str = "",
                baselines: Collection[str] = (), ax: Axes | None = None) -> Figure:
    """How often the right song is among the k nearest, for every k: the cumulative distribution of its rank.

    Parameters
    ----------
    ranks : dict of name -> np.ndarray [shape=(n_queries,)]
        Rank of each query's own song, 1 = nearest.
    n_candidates : int
        How many songs each query is compared with; the dotted line is what guessing finds.
    baselines : collection of str
        Names in `ranks` that are drawn dashed.
    """
    ax = style.axes_or_new(ax, height_in=3.2 + 0.2 * len(ranks))
    k = np.arange(1, n_candidates + 1)
    for (name, values), colour in zip(ranks.items(), style.PALETTE * 3, strict=False):
        share = 100 * found_within(np.asarray(values), n_candidates)
        ax.step(k, share, "--" if name in baselines else "-", where="post", color=colour,
                label=f"{style.shorten(name, 62)}: {share[0]:.0f} % first")
    ax.plot(k, 100 * k / n_candidates, ":", color=style.GREY, label="guessing")
    ax.set_xscale("log")
    ax.set(xlabel=f"rank k among {n_candidates:,} songs (logarithmic)",
           ylabel="found among k nearest (%)", xlim=(1, n_candidates), ylim=(0, 102), title=style.wrap(title, 60))
    ticks = [tick for tick in RANK_TICKS if tick < 0.7 * n_candidates] + [n_candidates]
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), ncols=1)
    return style.figure_of(ax)
