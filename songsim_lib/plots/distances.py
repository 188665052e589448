"""Distances and ranks in an embedding: how far positives are, and how early they are found (notebook 06)."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style

RANK_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


@style.styled
def distance_distributions(d_positive: np.ndarray, d_negative: np.ndarray, title: str = "",
                           ax: Axes | None = None) -> Figure:
    """Distances from anchors to their positives beside distances to negatives; dashed lines mark the medians.

    The two sets may differ in size (a few positives, all negatives), so heights are shares of each set.
    """
    ax = style.axes_or_new(ax, height_in=3.2)
    sets = {"anchor to positive": (np.asarray(d_positive), style.BLUE),
            "anchor to negative": (np.asarray(d_negative), style.ORANGE)}
    bins = int(np.clip(2 * np.sqrt(len(d_positive)), 12, 50))  # few songs, few bars
    edges = np.linspace(0, max(values.max() for values, _ in sets.values()) * 1.02, bins + 1)
    for name, (values, colour) in sets.items():
        median = float(np.median(values))
        sns.histplot(x=values, bins=edges, stat="percent", color=colour, alpha=0.6, linewidth=0, ax=ax,
                     label=f"{name}: median {median:.2f}, n = {len(values):,}")
        ax.axvline(median, color=colour, linestyle="--", linewidth=1.6)
    ax.set(xlabel="Euclidean distance between embeddings", ylabel="share of pairs (%)", xlim=(0, edges[-1]))
    ax.set_title(style.wrap(title, 60))
    ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.2))
    return style.figure_of(ax)


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
                label=f"{style.shorten(name, 46)}: {share[0]:.0f} % first")
    ax.plot(k, 100 * k / n_candidates, ":", color=style.GREY, label="guessing")
    ax.set_xscale("log")
    ax.set(xlabel=f"rank k among {n_candidates:,} songs (logarithmic)",
           ylabel="found among k nearest (%)", xlim=(1, n_candidates), ylim=(0, 102), title=style.wrap(title, 60))
    ticks = [tick for tick in RANK_TICKS if tick < 0.7 * n_candidates] + [n_candidates]
    ax.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2), ncols=1)
    return style.figure_of(ax)
