"""What a catalog holds: genres, years, tags, versions of a work and splits (notebook 01).

Every function draws the columns that exist and says in the figure which ones do not.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style


def present(catalog: pd.DataFrame, column: str) -> pd.Series:
    """The values of a column that are known: empty when the column is missing, never an error."""
    if column not in catalog:
        return pd.Series(dtype=object, name=column)
    known = catalog[column].dropna()
    return known[known.astype(str).str.strip() != ""]


def tags_of(catalog: pd.DataFrame) -> pd.Series:
    """Every tag of every recording, one row a tag, stored as lists or as 'rock, 80s' (Music Info.csv)."""

    def split(value: object) -> list[str]:
        parts: Iterable[object] = value.split(",") if isinstance(value, str) else value  # type: ignore[assignment]
        return [text for text in (str(part).strip() for part in parts) if text]

    if "tags" not in catalog:
        return pd.Series(dtype=object, name="tags")
    listed = catalog["tags"].map(lambda value: isinstance(value, str | list | tuple | np.ndarray))
    return catalog.loc[listed, "tags"].map(split).explode().dropna()


def top_counts(values: pd.Series, top: int) -> pd.Series:
    """The `top` most frequent values with their counts; what is left out is added up in a last row."""
    counts = values.astype(str).value_counts()
    if len(counts) <= top:
        return counts
    rest = counts.iloc[top - 1 :]
    return pd.concat([counts.iloc[: top - 1], pd.Series({f"{len(rest)} others": rest.sum()})])


def ranking(ax: Axes, counts: pd.Series, unit: str) -> None:
    """Horizontal bars, the longest on top."""
    ax.barh(range(len(counts)), counts.to_numpy(), color=style.BLUE, height=0.75)
    ax.set_yticks(range(len(counts)), [style.shorten(name) for name in counts.index])
    ax.set_ylim(max(len(counts), 4) - 0.4, -0.6)  # one genre alone is a bar, not a wall
    ax.set_xlabel(unit)
    style.count_axis(ax.xaxis)


def year_bins(years: np.ndarray) -> np.ndarray:
    """Bin edges in whole, round numbers of years, at most 25 bins."""
    first, last = int(years.min()), int(years.max())
    width = next(w for w in (1, 2, 5, 10, 20, 50, 100, 10_000) if (last - first) / w <= 24)
    return np.arange(first // width * width, last + width + 1, width)


@style.styled
def genres_years(catalog: pd.DataFrame, top: int = 15) -> Figure:
    """How many recordings each genre has, and the years they come from."""
    genres, years = present(catalog, "genre"), present(catalog, "year")
    bars = top_counts(genres, top)
    fig, ((left, right),) = style.panels(1, 2, height_in=max(2.8, 0.24 * len(bars) + 1.2))
    if len(genres):
        ranking(left, bars, "recordings")
        left.set_title("Genres")
    else:
        style.empty(left, "No column 'genre' in this catalog, or no value in it")
    if len(years):
        values = years.astype(int).to_numpy()
        right.hist(values, bins=year_bins(values), color=style.ORANGE, edgecolor="white", linewidth=0.5)
        right.set(xlabel="year", ylabel="recordings")
        right.set_title("Years")
        style.count_axis(right.yaxis)
        right.xaxis.set_major_locator(style.MaxNLocator(nbins=4, integer=True, steps=[1, 2, 5, 10]))
    else:
        style.empty(right, "No column 'year' in this catalog, or no value in it")
    total = len(catalog)
    style.footnote(fig, f"{style.count(total, 'recording')}; {total - len(genres):,} without a genre, "
                        f"{total - len(years):,} without a year.")
    return fig


@style.styled
def tag_counts(catalog: pd.DataFrame, top: int = 20, ax: Axes | None = None) -> Figure:
    """The most frequent tags; a recording counts once for each tag it carries."""
    tags = tags_of(catalog)
    counts = tags.value_counts().head(top)
    ax = style.axes_or_new(ax, height_in=max(2.0, 0.24 * len(counts) + 1.2))
    if counts.empty:
        style.empty(ax, "No column 'tags' in this catalog, or no value in it")
        return style.figure_of(ax)
    ranking(ax, counts, "recordings")
    shown = f"the {len(counts)} most frequent of {tags.nunique():,}" if tags.nunique() > top else "all"
    ax.set_title(f"Tags ({shown}), n = {style.count(len(catalog), 'recording')}")
    return style.figure_of(ax)


@style.styled
def versions_per_work(catalog: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """How many works were recorded once, twice, three times."""
    sizes = catalog.groupby("work_id")["recording_id"].nunique().value_counts().sort_index()
    ax = style.axes_or_new(ax, height_in=2.6)
    bars = ax.bar(sizes.index.astype(str), sizes.to_numpy(), color=style.BLUE, width=0.6)
    ax.bar_label(bars, fmt="{:,.0f}", padding=2)
    ax.set(xlabel="recordings of the work", ylabel="works")
    ax.margins(y=0.12)
    room, middle = max(len(sizes), 4) / 2, (len(sizes) - 1) / 2
    ax.set_xlim(middle - room, middle + room)  # one or two bars keep the width they have among four
    ax.set_title(f"{style.count(int(sizes.sum()), 'work')}, {style.count(len(catalog), 'recording')}")
    style.count_axis(ax.yaxis)
    return style.figure_of(ax)


@style.styled
def splits(catalog: pd.DataFrame, by: str = "repertoire", ax: Axes | None = None) -> Figure:
    """How many works lie in each split, by repertoire (or genre) when the catalog knows it.

    A work that several repertoires hold counts once, in the one that its first recording comes from.
    """
    works = catalog.drop_duplicates(["work_id", "split"])
    group = works[by].fillna("unknown") if by in works else pd.Series("all works", index=works.index)
    table = pd.crosstab(group, works["split"])
    ax = style.axes_or_new(ax, height_in=1.7 + 0.35 * len(table))
    left = np.zeros(len(table))
    for split, colour in zip(table.columns, style.PALETTE, strict=False):
        ax.barh([style.shorten(name, 26) for name in table.index], table[split], left=left, color=colour,
                height=0.7, label=f"{split} ({table[split].sum():,})")
        left += table[split].to_numpy()
    ax.set(xlabel="works", ylim=(max(len(table), 2) - 0.4, -0.6))
    style.count_axis(ax.xaxis)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(table.columns))
    return style.figure_of(ax)
