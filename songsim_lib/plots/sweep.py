"""A search over hyper-parameters: what each knob does, and how much of the difference follows it (notebook 06)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style
from songsim_lib.sweep.space import Knob, Levels

if TYPE_CHECKING:
    from songsim_lib.metrics import Estimate
    from songsim_lib.sweep.reading import Sweep

COLUMNS = 2
JITTER = 0.035  # half of the width over which settings at one level are laid side by side


@style.styled
def search(sweep: Sweep, importances: Mapping[str, Estimate]) -> Figure:
    """For each knob the accuracy of every setting, its trainings joined by a line; below, how telling each knob is.

    Parameters
    ----------
    sweep : the settings with their trainings; those of the report are drawn in another colour and shape.
    importances : share of the variance between settings that follows each knob; may be empty.
    """
    knobs = sweep.knobs
    rows = -(-len(knobs) // COLUMNS)
    fig, axes = style.panels(rows + 1, COLUMNS, height_in=2.05 * rows + 3.3)
    low = min(float(sweep.trained["accuracy"].min()), sweep.about["chance"]) - 0.03
    high = float(sweep.trained["accuracy"].max()) + 0.03
    for number, (ax, knob) in enumerate(zip(axes[:rows].flat, knobs.values(), strict=False)):
        _knob(ax, sweep, knob)
        ax.set(ylim=(low, high), title=knob.title)
        ax.set_ylabel("accuracy" if number % COLUMNS == 0 else "")
    grid = axes[rows][0].get_gridspec()
    for ax in axes[rows]:
        ax.remove()
    _shares(fig.add_subplot(grid[rows, :]), {knobs[name].title: one for name, one in importances.items()})
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper left", ncols=2)
    style.footnote(fig, f"{len(sweep.settings)} settings, each trained {sweep.about['seeds']} times; triplet accuracy "
                        f"on {sweep.about['validation_works']} validation works ({sweep.about['trunk']}).")
    return fig


def _knob(ax: Axes, sweep: Sweep, knob: Knob) -> None:
    """One panel: the knob's range to the right, the accuracy of each training upwards."""
    own = sweep.trained["experiment"] != ""
    for trainings, colour, marker, label in (
            (sweep.trained[~own], style.BLUE, "o", "a setting (its trainings joined)"),
            (sweep.trained[own], style.VERMILLION, "D", "the report's own settings")):
        many = True if isinstance(knob, Levels) else trainings[knob.name] == 0
        x = trainings[knob.name].map(knob.unit) + many * JITTER * np.sin(2.4 * trainings["point"])
        for _, rows in trainings.groupby("point"):
            ax.plot(x[rows.index], rows["accuracy"], color=colour, linewidth=1, alpha=0.6)
        ax.scatter(x, trainings["accuracy"], color=colour, marker=marker, s=22, zorder=2, label=label)
    ax.axhline(sweep.about["chance"], color=style.BLACK, linestyle="--", linewidth=1, label="guessing")
    ax.set_xticks(*zip(*_ticks(knob), strict=True))
    ax.set_xlim(-0.08, 1.08)


def _ticks(knob: Knob) -> list[tuple[float, str]]:
    """Places and labels of a knob's axis: its levels, or its ends and middle; 0 in place of the lower end if it can."""
    if isinstance(knob, Levels):
        return [(knob.unit(value), str(value)) for value in knob.values]
    middle = (knob.low * knob.high) ** 0.5 if knob.log else (knob.low + knob.high) / 2
    return [(knob.unit(value), f"{value:.2g}") for value in (0.0 if knob.off else knob.low, middle, knob.high)]


def _shares(ax: Axes, shares: Mapping[str, Estimate]) -> None:
    """One line a knob: the share that follows it, with its 95 % interval."""
    if not shares:
        style.empty(ax, "too few settings to say which knob matters")
        return
    for y, one in enumerate(shares.values()):
        ax.errorbar([one.value], [y], xerr=[[one.value - one.low], [one.high - one.value]], fmt="o", color=style.BLUE,
                    capsize=3, markersize=6)
    ax.axvline(0, color=style.BLACK, linestyle="--", linewidth=1)
    ax.set_yticks(range(len(shares)), list(shares))
    ax.set(ylim=(len(shares) - 0.4, -0.6), title="share of the variance between settings that follows a knob",
           xlabel="share, with 95 % interval (dashed: none)")
