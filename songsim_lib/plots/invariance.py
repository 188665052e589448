"""Invariance curves: what each system still recognises when one thing about the music changes (notebook 07_covers).

`table` is what `songsim_lib.invariance.measure` returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from songsim_lib.invariance.factors import FACTORS
from songsim_lib.plots import style
from songsim_lib.plots.invariance_axes import position, ticks

METRICS = {"mrr": "mean reciprocal rank", "first": "share ranked first"}
MODEL = "model"
MODELS: dict[str, Any] = {"colours": [style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE], "markers": "oDsh"}
BASELINES: dict[str, Any] = {"colours": [style.GREY, style.ORANGE, style.BLACK, style.SKY, style.PURPLE, "#7A4A1D"],
                             "markers": "v^P<X>"}
TITLE_WIDTH, ROW_WIDTH = 76, 38  # characters in the legend, and in a line beside the heat table
HOW_TO_READ = ("Everywhere but in 'Start', query and original begin at the same instant: that helps systems which "
               "compare cell by cell. In real covers nothing is aligned.")
NO_NOTATION = "These recordings come without notation: no melody could be played on other instruments"


@style.styled
def curves(table: pd.DataFrame, metric: str = "mrr") -> Figure:
    """How well each system finds a passage again after one change: one panel a factor, one line a system.

    Models are solid with filled markers, baselines dashed with open ones; bands and bars are 95 % intervals over
    works; the dotted line is what guessing gives.

    Parameters
    ----------
    metric : "mrr" or "first".

    Raises
    ------
    ValueError : another metric, or a table without rows.
    """
    _check(table, metric)
    looks = _looks(table)
    rows = 0.21 * (len(looks) + 2)  # the legend stands below, one line each
    fig, axes = style.panels(3, 2, height_in=8.2 + rows, sharey=True)
    style.empty(axes.flat[-1], HOW_TO_READ)
    for ax, factor in zip(axes.flat, FACTORS.values(), strict=False):
        of_factor = table[(table["factor"] == factor.name) & table["level"].notna()]
        ax.set_title(factor.title)
        if of_factor.empty:
            style.empty(ax, NO_NOTATION if factor.change is None else f"{factor.title} was not measured")
            continue
        draw = _categories if factor.change is None else _lines
        draw(ax, of_factor, looks, metric)
        ax.axhline(of_factor[f"{metric}_chance"].iloc[0], color=style.BLACK, linestyle=":", linewidth=1.2, zorder=1)
        ticks(ax, factor, of_factor)
    for ax in axes[:, 0]:
        ax.set_ylabel(METRICS[metric])
    axes[0, 0].set_ylim(-0.02, 1.05)
    _legend(fig, table, looks)
    return fig


def _check(table: pd.DataFrame, metric: str) -> None:
    if metric not in METRICS:
        raise ValueError(f"unknown metric {metric!r}; valid: {', '.join(METRICS)}")
    if table.empty:
        raise ValueError("the table of invariances has no rows")


def _looks(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Colour, marker and dash of each system, models first."""
    systems = table.drop_duplicates("system")
    looks: dict[str, dict[str, Any]] = {}
    for is_model, kind, line in ((True, MODELS, "-"), (False, BASELINES, (0, (4, 1.5)))):
        chosen = systems[(systems["kind"] == MODEL) == is_model]
        for place, row in enumerate(chosen.itertuples()):
            colour = kind["colours"][place % len(kind["colours"])]
            looks[row.system] = {"color": colour, "marker": kind["markers"][place % len(kind["markers"])],
                                 "linestyle": line, "linewidth": 1.8 if is_model else 1.3, "markersize": 5,
                                 "markerfacecolor": colour if is_model else "white", "label": row.title}
    return looks


def _lines(ax: Axes, table: pd.DataFrame, looks: dict[str, dict[str, Any]], metric: str) -> None:
    """Curves over a scale, each with its band."""
    for system, look in looks.items():
        row = table[table["system"] == system].sort_values("level")
        x = position(row["factor"].iloc[0], row["level"])
        ax.fill_between(x, row[f"{metric}_low"], row[f"{metric}_high"], color=look["color"], alpha=0.08, linewidth=0)
        ax.plot(x, row[metric], **look)


def _categories(ax: Axes, table: pd.DataFrame, looks: dict[str, dict[str, Any]], metric: str) -> None:
    """Points side by side with bars: there is nothing between two instruments."""
    shifts = np.linspace(-0.34, 0.34, len(looks)) if len(looks) > 1 else [0.0]
    for shift, (system, look) in zip(shifts, looks.items(), strict=True):
        row = table[table["system"] == system].sort_values("level")
        spread = np.abs(row[[f"{metric}_low", f"{metric}_high"]].to_numpy().T - row[metric].to_numpy())
        ax.errorbar(row["level"] + shift, row[metric], spread, elinewidth=1,
                    **look | {"linestyle": "none", "markersize": 4})


def _legend(fig: Figure, table: pd.DataFrame, looks: dict[str, dict[str, Any]]) -> None:
    handles = [Line2D([], [], **look | {"label": style.shorten(look["label"], TITLE_WIDTH)}) for look in looks.values()]
    sizes = " to ".join(str(n) for n in sorted({table["n"].min(), table["n"].max()}))
    handles.append(Line2D([], [], color=style.BLACK, linestyle=":", linewidth=1.2,
                          label=f"guessing among {sizes} works"))
    trainings = table.loc[table["kind"] == MODEL, "repeats"].max()
    note = "bands and bars: 95 % intervals over works"
    handles.append(Line2D([], [], linestyle="none",
                          label=note + (f"; models: mean of {trainings} trainings" if trainings > 1 else "")))
    fig.legend(handles=handles, loc="outside lower left", ncols=1, handlelength=3)


@style.styled
def summary(table: pd.DataFrame, metric: str = "mrr") -> Figure:
    """What each system withstands: its mean score over all levels but the unchanged one, system by factor.

    Parameters and errors as in `curves`.
    """
    _check(table, metric)
    looks = _looks(table)
    names = [style.wrap(look["label"], ROW_WIDTH) for look in looks.values()] + ["guessing"]
    lines = 1 + max(name.count("\n") for name in names)
    fig, axes = style.panels(height_in=0.9 + (0.12 + 0.17 * lines) * len(names))
    ax = axes[0, 0]
    _heat(ax, table[table["level"].isna()], list(looks), metric)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(top=False, bottom=False, left=False, labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    for edge in (table.loc[table["kind"] == MODEL, "system"].nunique(), len(looks)):  # models, baselines, guessing
        ax.axhline(edge - 0.5, color="white", linewidth=4)
    style.footnote(fig, f"{METRICS[metric].capitalize()} over every changed level of a factor; darker is better.")
    return fig


def _heat(ax: Axes, overall: pd.DataFrame, systems: list[str], metric: str) -> None:
    """One cell a system and factor, and what guessing gives below; white numbers on dark ground."""
    factors = [factor for factor in FACTORS.values() if factor.name in set(overall["factor"])]
    by_factor = overall.set_index(["system", "factor"])
    scores = by_factor[metric].unstack().loc[systems, [factor.name for factor in factors]]
    chance = by_factor[f"{metric}_chance"].groupby("factor").first()[scores.columns]
    cells = np.vstack([scores.to_numpy(), chance.to_numpy()])
    ax.imshow(cells, cmap="Blues", vmin=0, vmax=1.25, aspect="auto")
    for (row, column), value in np.ndenumerate(cells):
        ax.text(column, row, f"{value:.2f}", ha="center", va="center", color="white" if value > 0.7 else style.BLACK)
    ax.set_xticks(range(len(factors)), [factor.title for factor in factors])
