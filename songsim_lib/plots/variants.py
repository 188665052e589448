"""Works that several scores write down: how many, in which collections, under which titles (notebook 01).

`variants` is the table of confirmed pairs of the corpus (data/tunebook/variants.parquet), one row a pair:
`score_a`, `score_b`, `work_id`, `repertoire_a`, `repertoire_b`, `same_title` are read here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style
from songsim_lib.sources.tunebook.repertoires import REPERTOIRES

SHORT = {"lieder": "Lieder", "quartets": "quartets", "ryan": "Ryan", "oneill": "O'Neill", "aird": "Aird"}
MOST = 6  # scores of one work that get a bar of their own


def matrix(variants: pd.DataFrame) -> pd.DataFrame:
    """Confirmed pairs between each two repertoires, shape (r, r), lower triangle: a pair counts once."""
    order = [name for name in REPERTOIRES if name in {*variants["repertoire_a"], *variants["repertoire_b"]}]
    places = [variants[column].map(order.index).to_numpy(int) for column in ("repertoire_a", "repertoire_b")]
    counts = np.zeros((len(order), len(order)), dtype=int)
    np.add.at(counts, (np.maximum(*places), np.minimum(*places)), 1)
    return pd.DataFrame(counts, index=order, columns=order)


def groups(variants: pd.DataFrame) -> pd.DataFrame:
    """One row a work with confirmed variants: in how many `scores` and `collections` it stands."""
    sides = [variants[["work_id", f"score_{side}", f"repertoire_{side}"]].set_axis(
        ["work_id", "scores", "collections"], axis=1) for side in "ab"]
    return pd.concat(sides).groupby("work_id").nunique()


def titles(variants: pd.DataFrame) -> pd.DataFrame:
    """Pairs with the same and with different titles, within one collection and across two."""
    across = np.where(variants["repertoire_a"] != variants["repertoire_b"], "across", "within")
    named = variants["same_title"].map({True: "same title", False: "different titles"})
    table = pd.crosstab(across, named)
    return table.reindex(index=["across", "within"], columns=["same title", "different titles"], fill_value=0)


def summary(variants: pd.DataFrame) -> dict[str, float]:
    """Numbers for the results: pairs, works that have variants, and how many pairs differ in title; empty if none."""
    if variants.empty:
        return {}
    across = groups(variants)["collections"]
    return {"pairs": len(variants), "works": len(across), "works_across_collections": int((across > 1).sum()),
            "works_in_three_collections": int((across > 2).sum()),
            "share_different_titles": float(1 - variants["same_title"].astype(bool).mean())}


@style.styled
def variant_groups(variants: pd.DataFrame) -> Figure:
    """Four views of the confirmed variants: pairs by collection, what the titles say, scores and collections a work."""
    if variants.empty:
        fig, axes = style.panels(height_in=1.5)
        style.empty(axes[0][0], "No confirmed variants")
        return fig
    fig, ((pairs, sizes), (named, collections)) = style.panels(2, 2, height_in=5.6, width_ratios=[1.3, 1])
    _matrix(pairs, matrix(variants))
    _titles(named, titles(variants))
    for ax, column in ((sizes, "scores"), (collections, "collections")):
        counts = groups(variants)[column].clip(upper=MOST).value_counts().sort_index()
        names = [f"{number}" + ("+" if number == MOST else "") for number in counts.index]
        ax.bar_label(ax.bar(names, counts.to_numpy(), color=style.BLUE, width=0.6), fmt="{:,.0f}", padding=2)
        ax.set(xlabel=f"{column} of the work", ylabel="works")
        ax.margins(x=max(0.05, 0.4 - 0.1 * len(counts)), y=0.15)
        style.count_axis(ax.yaxis)
    return fig


def _matrix(ax: Axes, counts: pd.DataFrame) -> None:
    """Numbers of pairs on a ground that darkens with the number."""
    shown = np.ma.masked_array(counts, np.triu(np.ones(counts.shape, dtype=bool), 1))
    ax.imshow(np.log1p(shown), cmap="Blues", vmin=0, vmax=1.6 * np.log1p(counts.to_numpy().max()), aspect="auto")
    for row in range(len(counts)):
        for column in range(row + 1):
            ax.text(column, row, f"{counts.iat[row, column]:,}", ha="center", va="center", fontsize=style.SMALL_PT)
    names = [SHORT.get(name, name) for name in counts.index]
    ax.set_xticks(range(len(names)), names, rotation=30)
    ax.set_yticks(range(len(names)), names)
    ax.set_title(f"{style.count(int(counts.to_numpy().sum()), 'confirmed pair')}")


def _titles(ax: Axes, counts: pd.DataFrame) -> None:
    """Pairs by what their titles say: the two kinds of a row lie one below the other, so that both can be read."""
    rows = np.arange(len(counts))
    for shift, name, colour in zip((-0.2, 0.2), counts.columns, (style.SKY, style.ORANGE), strict=True):
        bars = ax.barh(rows + shift, counts[name], height=0.38, color=colour, label=name)
        ax.bar_label(bars, fmt="{:,.0f}", padding=2, fontsize=style.SMALL_PT)
    ax.set_yticks(rows, ["across two\ncollections", "within one"])
    ax.set(xlabel="confirmed pairs", ylim=(1.5, -0.5))
    ax.margins(x=0.15)
    style.count_axis(ax.xaxis)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.3, 1), ncols=2)
