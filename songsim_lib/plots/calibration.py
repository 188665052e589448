"""How rare a likeness is, and whether a calibration keeps its word (notebook 09)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style

LOOKS = {"unrelated": (style.GREY, "-"), "variant": (style.ORANGE, "--"), "rearranged": (style.BLUE, "-")}
LN10 = np.log(10)
LIMITS = (-8.0, 12.0)  # powers of ten that are shown; what lies beyond is counted at the edge


@style.styled
def null(log_ratios: Mapping[str, np.ndarray], pair: float | None = None, ax: Axes | None = None) -> Figure:
    """Likelihood ratios of pairs whose truth is known, and the one that is asked about as a line.

    Parameters
    ----------
    log_ratios : natural logarithms [shape=(n,)] by kind of pair: "unrelated", "rearranged", "variant".
    pair : that of the pair at hand; None draws no line.
    """
    ax = style.axes_or_new(ax, height_in=3.4)
    edges = np.linspace(*LIMITS, 41)
    for name, values in log_ratios.items():
        colour, dashes = LOOKS[name]
        counts = np.histogram(np.clip(values / LN10, *LIMITS), edges)[0] / len(values)
        ax.stairs(counts, edges, color=colour, linestyle=dashes, linewidth=2, fill=name == "unrelated",
                  alpha=0.55 if name == "unrelated" else 1, label=f"{name} (n = {len(values):,})")
    if pair is not None:
        ax.axvline(np.clip(pair / LN10, *LIMITS), color=style.VERMILLION, linewidth=2.5, label="this pair")
    ax.set_xticks(range(-8, 13, 4), [_power(power) for power in range(-8, 13, 4)])
    ax.set(xlabel="likelihood ratio, one work : unrelated works (ends hold what lies beyond)",
           ylabel="share of pairs", yscale="log", ylim=(1e-4, 1), xlim=(LIMITS[0] - 0.3, LIMITS[1] + 0.3))
    style.figure_of(ax).legend(loc="outside lower center", ncols=2)
    return style.figure_of(ax)


def _power(power: int) -> str:
    return "1" if power == 0 else f"$10^{{{power}}}$"


@style.styled
def reliability(curves: Mapping[str, pd.DataFrame], ax: Axes | None = None) -> Figure:
    """What was said beside what was true, where related and unrelated pairs are equally frequent.

    Parameters
    ----------
    curves : by what was asked, tables as of `calibration.reliability.curve`.
    """
    ax = style.axes_or_new(ax, height_in=4.6)
    ax.plot([0, 1], [0, 1], color=style.GREY, linewidth=1, label="says what is true")
    marks = ((style.BLUE, "o", -0.008), (style.ORANGE, "s", 0.008), (style.GREEN, "D", 0.0))
    for (name, table), (colour, marker, beside) in zip(curves.items(), marks, strict=False):
        said, true = table["said"].to_numpy() + beside, table["true"].to_numpy()
        error = np.maximum([true - table["low"], table["high"] - true], 0)
        ax.errorbar(said, true, yerr=error, color=colour, linestyle="none", linewidth=1.2)
        ax.scatter(said, true, s=25 + 260 * table["weight"], color=colour, marker=marker, edgecolors="white", zorder=3,
                   label=f"{name} (n = {int(table['pairs'].sum()):,} pairs)")
    ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04), xlabel="probability of one work that was said",
           ylabel="share of one work that was true")
    ax.set_aspect("equal")
    style.figure_of(ax).legend(loc="outside lower center", ncols=1)
    return style.figure_of(ax)
