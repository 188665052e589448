"""The audit of the report in pictures: songs that mix, scores turned round, noise as a hint, freezing (notebook 06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from songsim_lib.plots import style

if TYPE_CHECKING:
    from songsim_lib.metrics import Estimate

ZOOM_SONGS = 5
MARKERS = ("o", "s", "D", "^")
TURNED_ROUND = (("x", style.VERMILLION, "as reported"), ("o", style.BLUE, "turned round, with exact 95 % interval"),
                ("^", style.GREY, "the report's coin flips (dashed: chance)"))


@style.styled
def mixing(original: np.ndarray, ours: np.ndarray) -> Figure:
    """Which rows of a network's output move when one song of the batch is exchanged.

    Parameters
    ----------
    original, ours : np.ndarray [shape=(songs, rows)], bool
        Row k is True where an embedding moves when song k is exchanged.
    """
    fig, ((left, right), (zoom, none)) = style.panels(2, 2, height_in=5.2, width_ratios=[2.2, 1])
    _matrix(left, original, f"the original: {original.shape[1]:,} rows")
    _matrix(right, ours, f"ours: {ours.shape[1]:,} rows")
    songs = min(ZOOM_SONGS, len(original))
    rows = int(np.flatnonzero(original[:songs].any(axis=0)).max()) + 1
    _matrix(zoom, original[:songs, :rows], f"the original, its first {songs} songs")
    shared = np.flatnonzero(original.sum(axis=0) > 1)
    none.set_axis_off()
    _legend(none, (("s", style.BLUE, "moves with this\nsong alone"),
                   ("s", style.VERMILLION, "moves with two\nsongs: it mixes them")), (-0.15, 1))
    style.footnote(fig, f"{len(shared)} of {original.shape[1]:,} rows of the original hold parts of two songs. One "
                        "song should move one row, as on the right.")
    return fig


def _legend(ax: Axes, entries: Sequence[tuple[str, str, str]], corner: tuple[float, float]) -> None:
    """A legend of (marker, colour, meaning), its upper left corner at `corner` of the axes."""
    handles = [ax.plot([], [], marker, color=colour, linestyle="none", markersize=7, markeredgewidth=2, label=label)[0]
               for marker, colour, label in entries]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=corner)


def _matrix(ax: Axes, moved: np.ndarray, title: str) -> None:
    """Songs downwards, rows of the output to the right; what moves is coloured, twice where it moves with others."""
    shown = np.where(moved, np.where(moved.sum(axis=0) > 1, 2, 1), 0)
    ax.imshow(shown, aspect="auto", interpolation="nearest", vmin=0, vmax=2,
              cmap=ListedColormap(["white", style.BLUE, style.VERMILLION]),
              extent=(0.5, moved.shape[1] + 0.5, len(moved) + 0.5, 0.5))
    ax.set(title=style.wrap(title, 34), xlabel="row of the output", ylabel="song exchanged")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(style.MaxNLocator(nbins=5, integer=True))
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)


@style.styled
def turned_round(said: Mapping[str, Mapping[str, float]], corrected: Mapping[str, Mapping[str, Estimate]],
                 coins: Sequence[float]) -> Figure:
    """Accuracies on covers as reported and turned round, with exact 95 % intervals, around the line of guessing.

    `said` maps score -> run -> reported share, and `corrected`, with the same keys, to the share the other way round
    with its interval; `coins` are the shares of heads that stood for chance, one a run.
    """
    ax = style.axes_or_new(None, height_in=2.3 + 0.36 * sum(len(runs) + 1 for runs in said.values()))
    names: list[tuple[float, str]] = []
    y = 0.0
    for score, runs in said.items():
        _heading(ax, y, score)
        for run, value in runs.items():
            names.append((y := y + 1, run))
            ax.plot([value], [y], "x", color=style.VERMILLION, markersize=8, markeredgewidth=2)
            _estimate(ax, corrected[score][run], y, style.BLUE, "o")
        y += 1.2
    ax.plot(coins, [y] * len(coins), "^", color=style.GREY, markersize=8)
    ax.axvline(0.5, color=style.BLACK, linestyle="--", linewidth=1)
    _legend(ax, TURNED_ROUND, (-0.02, -0.13))
    ax.set(xlabel="share that is right", ylim=(y + 0.7, -0.7), xlim=(0.2, 0.8))
    ax.set_yticks(*zip(*names, (y, "guessing, by coin"), strict=True))
    return style.figure_of(ax)


def _heading(ax: Axes, y: float, text: str) -> None:
    """Words above the values that follow, on white, so that no line runs through them."""
    ax.text(0.01, y, text, transform=ax.get_yaxis_transform(), va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})


def _estimate(ax: Axes, one: Estimate, y: float, colour: str, marker: str, label: str | None = None) -> None:
    """A value with its interval, lying at height y."""
    ax.errorbar([one.value], [y], xerr=[[one.value - one.low], [one.high - one.value]], fmt=marker, color=colour,
                capsize=3, markersize=6, label=label)


@style.styled
def noise_conditions(scores: Mapping[str, Mapping[str, Estimate]], label: str, chance: float | None = None) -> Figure:
    """One score of every system under several kinds of noise, with 95 % intervals.

    `scores` maps system -> condition -> Estimate, all systems with the same conditions; `label` says what is
    measured, and a dashed line what guessing reaches (`chance`).
    """
    conditions = list(next(iter(scores.values())))
    step = len(conditions) + 1.4
    ax = style.axes_or_new(None, height_in=1.3 + 0.2 * step * len(scores) + 0.25 * len(conditions))
    for i, (system, found) in enumerate(scores.items()):
        _heading(ax, i * step - 0.8, style.shorten(system, 74))
        for k, (condition, colour) in enumerate(zip(conditions, style.PALETTE, strict=False)):
            _estimate(ax, found[condition], i * step + k, colour, MARKERS[k % 4], condition if i == 0 else None)
    if chance is not None:
        ax.axvline(chance, color=style.BLACK, linestyle="--", linewidth=1, label="guessing")
    ax.set(xlabel=label, ylim=(len(scores) * step - 1.2, -1.5), yticks=[])
    ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.06 - 0.25 / len(scores)))
    return style.figure_of(ax)


@style.styled
def gaps(cells: Mapping[str, Sequence[tuple[float, float]]], title: str = "") -> Figure:
    """Loss on training songs and on validation songs, one line a training: the longer the line, the more overfitting.

    Parameters
    ----------
    cells : mapping of what was trained -> one (training loss, validation loss) for each training seed.
    """
    ax = style.axes_or_new(None, height_in=1.5 + 0.75 * len(cells))
    for i, trainings in enumerate(cells.values()):
        places = i + 0.18 * (np.arange(len(trainings)) - (len(trainings) - 1) / 2)
        for place, (heard, unheard) in zip(places, trainings, strict=True):
            ax.plot([heard, unheard], [place, place], color=style.GREY, linewidth=2, zorder=1)
            ax.scatter([heard], [place], color=style.ORANGE, s=50, zorder=2)
            ax.scatter([unheard], [place], color=style.BLUE, marker="s", s=50, zorder=2)
    _legend(ax, (("o", style.ORANGE, "songs it was trained on"), ("s", style.BLUE, "songs it never heard")),
            (-0.02, -0.17))
    ax.set_yticks(range(len(cells)), [style.wrap(name, 24) for name in cells])
    ax.set(xlabel="triplet loss (mean)", title=style.wrap(title, 60), ylim=(len(cells) - 0.4, -0.6))
    ax.set_xlim(left=0)
    return style.figure_of(ax)
