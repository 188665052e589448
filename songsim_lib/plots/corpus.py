"""What kind of music a catalog holds: repertoires, composers, keys, meters, instruments (notebook 01).

Like `plots.catalog`, every function draws the columns that exist and says in the figure which ones do not.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.catalog import KEYS
from songsim_lib.plots import style
from songsim_lib.plots.catalog import present, ranking, top_counts
from songsim_lib.sources.tunebook.instruments import DRUM_KITS, INSTRUMENTS
from songsim_lib.sources.tunebook.repertoires import shown

FIFTHS = [step * 7 % 12 for step in range(-6, 6)]  # pitch classes from F sharp through C to B

LARGEST_SHARE = 0.4  # no repertoire of the embedded corpus should give more of the recordings


def names_of(repertoires: pd.Index, width: int = 30) -> list[str]:
    """Repertoires as a reader knows them: the printed collection, or what the scores are."""
    return [style.shorten(shown(str(name)), width) for name in repertoires]


def repertoire_counts(catalog: pd.DataFrame) -> pd.DataFrame:
    """Works, recordings and share of the recordings of each repertoire, the largest first; empty if unknown."""
    if "repertoire" not in catalog:
        return pd.DataFrame(columns=["works", "recordings", "share"])
    groups = catalog.groupby("repertoire")
    table = groups.agg(works=("work_id", "nunique"), recordings=("recording_id", "nunique"))
    table["share"] = table["recordings"] / len(catalog)
    return table.sort_values("recordings", ascending=False)


@style.styled
def repertoires(catalog: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """How many works and recordings each repertoire gives, and its share of the recordings."""
    table = repertoire_counts(catalog)
    ax = style.axes_or_new(ax, height_in=1.3 + 0.55 * max(len(table), 2))
    if table.empty:
        style.empty(ax, "No column 'repertoire' in this catalog")
        return style.figure_of(ax)
    rows = np.arange(len(table))
    ax.barh(rows - 0.2, table["works"], height=0.38, color=style.BLUE, label="works")
    bars = ax.barh(rows + 0.2, table["recordings"], height=0.38, color=style.ORANGE, label="recordings")
    ax.bar_label(bars, [f"{share:.0%}" for share in table["share"]], padding=3, fontsize=style.SMALL_PT)
    ax.set_yticks(rows, names_of(table.index))
    ax.set(ylim=(len(table) - 0.4, -0.6), xlabel="number (per cent: share of the recordings)")
    ax.margins(x=0.1)
    ax.axvline(LARGEST_SHARE * len(catalog), color=style.GREY, linestyle=":",
               label=f"{LARGEST_SHARE:.0%} of the recordings")
    style.count_axis(ax.xaxis)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.3, 1), ncols=3)
    return style.figure_of(ax)


@style.styled
def composers(catalog: pd.DataFrame, top: int = 25, ax: Axes | None = None) -> Figure:
    """When the most frequent composers lived, and the years of the printed collections."""
    names = ["composer", "composer_born", "composer_died"]
    lives = catalog.dropna(subset=names) if set(names) <= set(catalog) else pd.DataFrame(columns=names)
    counts = lives["composer"].value_counts().head(top)
    ax = style.axes_or_new(ax, height_in=1.5 + 0.235 * max(len(counts), 4))
    if counts.empty:
        style.empty(ax, "This catalog does not say when its composers lived")
        return style.figure_of(ax)
    spans = lives.drop_duplicates("composer").set_index("composer").loc[counts.index, names[1:]].astype(int)
    spans = spans.sort_values(names[1:])
    rows = range(len(spans))
    ax.barh(rows, spans["composer_died"] - spans["composer_born"], left=spans["composer_born"],
            color=style.SKY, height=0.72)
    for row, (name, (born, died)) in enumerate(spans.iterrows()):
        ax.text((born + died) / 2, row, str(counts[name]), ha="center", va="center", fontsize=style.SMALL_PT)
    ax.set_yticks(rows, [style.shorten(name, 26) for name in spans.index])
    ax.set(ylim=(len(spans) - 0.4, -0.6), xlabel="year (in the bars: recordings)")
    ax.use_sticky_edges = False  # a life does not begin where the axis does
    _print_years(ax, catalog)
    without = len(catalog) - len(lives)
    style.footnote(style.figure_of(ax), f"The {style.count(len(counts), 'most frequent composer')} of "
                   f"{lives['composer'].nunique()} whose dates are known; {style.count(without, 'recording')} "
                   "without.")
    return style.figure_of(ax)


def _print_years(ax: Axes, catalog: pd.DataFrame) -> None:
    """Mark the years in which collections were printed, named by their editor."""
    if not {"collection", "year"} <= set(catalog):
        return
    printed = catalog.dropna(subset=["collection", "year"])[["collection", "year"]].drop_duplicates()
    printed = printed.sort_values("year").head(6)
    for place, (collection, year) in enumerate(printed.itertuples(index=False)):
        ax.axvline(int(year), color=style.VERMILLION, linestyle="--", linewidth=1.2, zorder=0)
        ax.annotate(f"{collection.split(chr(39) + 's ')[0]}\n{year}", (int(year), 1),
                    xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points",
                    ha="left" if place == len(printed) - 1 else "right", va="bottom",
                    fontsize=style.SMALL_PT, color=style.VERMILLION)


@style.styled
def keys(catalog: pd.DataFrame) -> Figure:
    """Keys along the circle of fifths, as they sound and (where performances are transposed) as written."""
    known = catalog.dropna(subset=["key", "mode"]) if {"key", "mode"} <= set(catalog) else catalog.head(0)
    panels = {"as recorded": known.get("key", pd.Series(dtype=float))}
    if "transposition_semitones" in known and known["transposition_semitones"].notna().any():
        written = (known["key"] - known["transposition_semitones"].fillna(0)) % 12
        panels = {"as written": written} | panels
    fig, axes = style.panels(len(panels), 1, height_in=1.2 + 1.7 * len(panels), sharey=True)
    for ax, (title, tonics) in zip(axes.flat, panels.items(), strict=True):
        if known.empty:
            style.empty(ax, "No columns 'key' and 'mode' in this catalog, or no value in them")
            continue
        for mode, (name, colour) in enumerate((("minor", style.ORANGE), ("major", style.BLUE))):
            counts = tonics[known["mode"] == mode].astype(int).value_counts()
            ax.bar(np.arange(12) + 0.2 - 0.4 * mode, [counts.get(key, 0) for key in FIFTHS], width=0.4,
                   color=colour, label=name)
        ax.set_xticks(range(12), [KEYS[key] for key in FIFTHS])
        ax.set(title=f"Keys {title}, n = {len(known):,}", ylabel="recordings")
        style.count_axis(ax.yaxis)
    if not known.empty:
        axes[0][0].legend(loc="upper right", reverse=True)
        axes[-1][0].set_xlabel("tonic, in fifths")
    return fig


def families(catalog: pd.DataFrame) -> pd.Series:
    """The families of instruments heard in each recording, each family once a recording."""
    if "instruments" not in catalog:
        return pd.Series(dtype=object, name="instruments")
    named = catalog["instruments"].explode().dropna()
    family = named.map({name: instrument.family for name, instrument in INSTRUMENTS.items()}
                       | dict.fromkeys(DRUM_KITS, "drums")).fillna(named)
    return family.reset_index().drop_duplicates().set_index("index")["instruments"]


@style.styled
def meters_instruments(catalog: pd.DataFrame, top: int = 14) -> Figure:
    """The most frequent meters, and the families of instruments that play (each counts once a recording)."""
    values = {"meter": present(catalog, "meter"), "instruments": families(catalog)}
    fig, axes = style.panels(1, 2, height_in=1.2 + 0.24 * min(top, max(8, *(v.nunique() for v in values.values()))))
    for ax, (name, found) in zip(axes.flat, values.items(), strict=True):
        if found.empty:
            style.empty(ax, f"No column '{name}' in this catalog, or no value in it")
            continue
        ranking(ax, top_counts(found, top), "recordings")
        ax.set_title({"meter": "Meters", "instruments": "Families of instruments"}[name])
    known = [f"{found.index.nunique():,} with known {name}" for name, found in values.items()]
    style.footnote(fig, f"{style.count(len(catalog), 'recording')}; {', '.join(known)}.")
    return fig
