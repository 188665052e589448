"""Scores, differences and errors of all systems as dots with their 95 % intervals, one row a system."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.metrics import Estimate
from songsim_lib.plots import style
from songsim_lib.plots.covers.rows import Rows, dot, key, number

BASELINE = "baseline"
BELOW_IN = 0.08  # what belongs to the same row stands this much lower
MODEL_LOOK: dict[str, Any] = {"marker": "o", "color": style.BLUE}
BASELINE_LOOK: dict[str, Any] = {"marker": "s", "color": style.ORANGE}
SIDES: dict[str, dict[str, Any]] = {
    "validation": {"marker": "D", "color": style.SKY, "markerfacecolor": "white"},
    "test": {"marker": "o", "color": style.BLUE},
}
BETTER, UNDECIDED, WORSE = "the model is better", "cannot be told apart", "the baseline is better"
VERDICTS: dict[str, dict[str, Any]] = {
    BETTER: {"marker": ">", "color": style.BLUE},
    UNDECIDED: {"marker": "o", "color": style.GREY, "markerfacecolor": "white"},
    WORSE: {"marker": "<", "color": style.VERMILLION},
}
VALUE = attrgetter("value")
ERRORS = {"missed": "versions missed (%)", "false_alarm": "false alarms (%)"}


@style.styled
def forest(table: pd.DataFrame, label: str = "MAP") -> Figure:
    """Every system's score with its 95 % interval, the best on top, one panel for each group of versions.

    Parameters
    ----------
    table : pd.DataFrame
        One row a system and group: `group`, `title`, `kind` ("baseline" or another), `score` (Estimate), `chance`
        (float), and optionally `each` (the score of each training, drawn as small ticks).
    """
    order = table["score"].map(VALUE).groupby(table["title"]).mean()
    kinds = table.drop_duplicates("title").set_index("title")["kind"]
    names = order.sort_values(ascending=False).index.tolist()
    rows, groups = Rows(names, [kinds[name] != BASELINE for name in names]), table["group"].unique()
    fig, axes = rows.panels(len(groups), extra_in=1.6)
    right = min(1.03, 1.12 * max(one.high for one in table["score"]))
    for ax, group in zip(axes, groups, strict=True):
        found = table[table["group"] == group].set_index("title")
        for name, y in zip(names, rows.y, strict=True):
            if name in found.index:
                _score(ax, y, found.loc[name], right)
        ax.axvline(found["chance"].iloc[0], color=style.BLACK, linestyle=":", linewidth=1.4)
        ax.set(title=_panel_title(group, found["score"]), xlabel=label, xlim=(0, right))
    ticks = {"one training": {"marker": "|", "color": style.BLACK}} if _several(table) else {}
    key(fig, {"model": MODEL_LOOK, "baseline": BASELINE_LOOK,
              "chance": {"linestyle": ":", "color": style.BLACK, "linewidth": 1.4}, **ticks})
    return fig


def _several(table: pd.DataFrame) -> bool:
    return "each" in table and any(len(set(each)) > 1 for each in table["each"])


def _score(ax: Axes, y: float, row: pd.Series, right: float) -> None:
    """One system's score with its number beside it, and a tick for each training where there are several."""
    score: Estimate = row["score"]
    each = list(row["each"]) if len(set(row.get("each", ()))) > 1 else []
    dot(ax, y, score, **(BASELINE_LOOK if row["kind"] == BASELINE else MODEL_LOOK))
    ax.plot(each, [y + BELOW_IN + 0.03] * len(each), "|", color=style.BLACK, markersize=5)
    low, high = min([score.low, *each]), max([score.high, *each])
    side = 1 if high < 0.72 * right else -1
    number(ax, high if side > 0 else low, y, f"{score.value:.2f}", side)


def verdict(difference: Estimate) -> str:
    """Who is better, when the interval of a difference leaves zero out."""
    return {1: BETTER, -1: WORSE, 0: UNDECIDED}[difference.side_of()]


@style.styled
def differences(table: pd.DataFrame, label: str = "difference of MAP") -> Figure:
    """Model minus baseline on the same queries, with paired 95 % intervals, one panel for each group of versions.

    Parameters
    ----------
    table : pd.DataFrame
        One row a model, baseline and group: `group`, `model_title`, `baseline_title`, `difference` (Estimate).
    """
    names = [line for model, found in table.groupby("model_title", sort=False)
             for line in ((model, ""), *((model, baseline) for baseline in found["baseline_title"].unique()))]
    rows = Rows([f"minus {baseline}" if baseline else model for model, baseline in names],
                [not baseline for _, baseline in names], headings=True)
    fig, axes = rows.panels(table["group"].nunique(), extra_in=1.5)
    low = min(0.0, *(gap.low for gap in table["difference"]))
    high = max(0.0, *(gap.high for gap in table["difference"]))
    left, right = low - 0.05 * (high - low), high + (0.15 + 0.15 * len(axes)) * (high - low)  # with room for numbers
    for ax, (group, found) in zip(axes, table.groupby("group", sort=False), strict=True):
        ax.set(title=_panel_title(group, found["difference"]), xlabel=label, xlim=(left, right))
        ax.xaxis.set_major_locator(style.MaxNLocator(nbins=4))
        ax.spines["left"].set_visible(False)
        rows.upright(ax, 0.0)
        places = dict(zip(names, rows.y, strict=True))
        for row in found.to_dict("records"):
            _difference(ax, places[row["model_title"], row["baseline_title"]], row["difference"])
    key(fig, {name: look for name, look in VERDICTS.items() if name in set(table["difference"].map(verdict))})
    return fig


def _difference(ax: Axes, y: float, gap: Estimate) -> None:
    """One difference with its number, on the side where it does not cross the zero line."""
    dot(ax, y, gap, **VERDICTS[verdict(gap)])
    left, right = ax.get_xlim()
    aside = gap.side_of() < 0 and gap.low - left > 0.25 * (right - left)
    end = gap.low if aside else gap.high
    number(ax, end, y, f"{gap.value:+.3f}".replace("-", "−"), -1 if aside else 1)


@style.styled
def threshold_transfer(table: pd.DataFrame) -> Figure:
    """A threshold chosen on validation, its errors there and on test: what a user would meet.

    Parameters
    ----------
    table : pd.DataFrame
        One row a system and side: `title`, `kind`, `side` ("validation" or "test"), and the Estimates `missed` (share
        of versions called different) and `false_alarm` (share of other works called versions).
    """
    if table.empty:
        ax = style.axes_or_new(None, height_in=1.5)
        style.empty(ax, "No validation works with versions: no threshold was chosen")
        return style.figure_of(ax)
    test = table[table["side"] == "test"]
    total = test["missed"].map(VALUE) + test["false_alarm"].map(VALUE)
    test = test.iloc[np.argsort(total.to_numpy(), kind="stable")]
    rows = Rows(test["title"].tolist(), (test["kind"] != BASELINE).tolist(), least_lines=2)
    fig, axes = rows.panels(len(ERRORS), extra_in=1.2)
    places = dict(zip(test["title"], rows.y, strict=True))
    for ax, (error, label) in zip(axes, ERRORS.items(), strict=True):
        for row in table.to_dict("records"):
            dot(ax, places[row["title"]] + (BELOW_IN if row["side"] == "test" else -BELOW_IN), row[error], 100,
                **SIDES[row["side"]])
        ax.set(xlabel=label, xlim=(0, 1.05 * 100 * max(one.high for one in table[error])))
    key(fig, {f"{side}, {found['missed'].iloc[0].n:,} queries": SIDES[side]
              for side, found in table.groupby("side", sort=False)})
    return fig


def _panel_title(group: str, estimates: pd.Series) -> str:
    return f"{group}\n{estimates.iloc[0].n:,} queries"
