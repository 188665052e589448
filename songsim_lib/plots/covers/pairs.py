"""Pairs of recordings: told apart by a threshold, by distance, and by the eye."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style
from songsim_lib.plots.distances import draw_distributions
from songsim_lib.plots.signal import LEVEL_LABEL, draw_log_mel
from songsim_lib.plots.training import LINES

if TYPE_CHECKING:
    from songsim_lib.config import AudioSpec

MODELS = (style.BLUE, style.VERMILLION, style.BLACK)
BASELINES = (style.GREY, style.SKY, style.PURPLE, style.BLACK, style.GREEN, style.ORANGE)
CHANCE = "#BBBBBB"
SQUARE_IN, GAP_IN = 2.55, 0.45
FEWEST_SHOWN = 1e-4  # the smallest false-positive rate on a logarithmic axis


@style.styled
def roc_curves(curves: Mapping[str, tuple[np.ndarray, np.ndarray, float]], baselines: Collection[str] = (),
               operating: Mapping[str, tuple[float, float]] | None = None, title: str = "") -> Figure:
    """How many versions are recognised for how many false alarms, as the threshold moves.

    On the right the same curves with a logarithmic axis: among many songs, false alarms must be rare.

    Parameters
    ----------
    curves : mapping of title -> (fpr, tpr, auc)
        False-positive and true-positive rates [shape=(n,)], and the area under the curve.
    baselines : collection of str
        Titles in `curves` that are drawn dashed.
    operating : mapping of title -> (fpr, tpr), optional
        Where a chosen threshold lies, drawn as a circle.
    """
    fig, left, right = _two_squares(title, legend_in=0.65 + 0.21 * len(curves))
    looks = _lines(curves, baselines)
    for name, (false, true, area) in curves.items():
        for ax in (left, right):
            ax.plot(false, true, label=f"{style.shorten(name, 72)}: {area:.3f}", **looks[name])
            if name in (operating or {}):
                ax.plot(*(operating or {})[name], "o", color=looks[name]["color"], markerfacecolor="white", zorder=4)
    _roc_axes(left, right, min((false[false > 0].min() for false, *_ in curves.values()), default=FEWEST_SHOWN))
    fig.align_xlabels()
    left.legend(loc="upper left", bbox_to_anchor=(-0.24, -0.2), alignment="left",
                title="area under the curve" + ("; circles: the chosen thresholds" if operating else ""))
    return fig


def _two_squares(title: str, legend_in: float) -> tuple[Figure, Axes, Axes]:
    """Two square panels with room for a legend below them; both rates have the same scale."""
    heading = style.wrap(title, 72)
    top_in = 0.35 + 0.22 * (heading.count("\n") + 1 if heading else 0)
    height_in = top_in + SQUARE_IN + 0.5 + legend_in
    fig, ((left, right),) = style.panels(1, 2, height_in=height_in, sharey=True)
    fig.set_layout_engine("none")
    bottom = 1 - (top_in + SQUARE_IN) / height_in
    for ax, left_in in ((left, 0.65), (right, 0.65 + SQUARE_IN + GAP_IN)):
        ax.set_position((left_in / style.WIDTH_IN, bottom, SQUARE_IN / style.WIDTH_IN, SQUARE_IN / height_in))
    fig.text(0.012, 1 - 0.08 / height_in, heading, va="top")
    return fig, left, right


def _lines(names: Collection[str], baselines: Collection[str]) -> dict[str, dict[str, Any]]:
    """A colour and a dash pattern for each name: models solid, baselines dashed."""
    models = [name for name in names if name not in baselines]
    others = [name for name in names if name in baselines]
    looks: dict[str, dict[str, Any]] = {
        name: {"color": MODELS[number % 3], "linewidth": 2.0} for number, name in enumerate(models)}
    return looks | {name: {"color": BASELINES[number % 6], "linestyle": LINES[number % 5], "linewidth": 1.5}
                    for number, name in enumerate(others)}


def _roc_axes(left: Axes, right: Axes, fewest: float) -> None:
    """Both rates from 0 to 1, on the right the false-positive rate from `fewest` up; chance is where they agree."""
    fewest = max(FEWEST_SHOWN, fewest)
    for ax, grid in ((left, np.array([0.0, 1.0])), (right, np.geomspace(fewest, 1, 50))):
        ax.plot(grid, grid, color=CHANCE, linewidth=1.2, zorder=1, label="chance: 0.500")
        ax.set(ylim=(0, 1.02), xlabel="false-positive rate")
    left.set(xlim=(-0.02, 1), ylabel="true-positive rate", title="even scale", xticks=np.linspace(0, 1, 5))
    right.set(xscale="log", xlim=(fewest, 1), title="logarithmic: few false alarms")


@style.styled
def same_and_different(same: np.ndarray, different: np.ndarray, title: str = "", threshold: float | None = None,
                       unit: str = "distance", trainings: int = 1, ax: Axes | None = None) -> Figure:
    """Distances between versions of one work beside distances between different works; dashed lines mark medians.

    Parameters
    ----------
    same, different : np.ndarray [shape=(n,)], [shape=(m,)]
        Distances of pairs of recordings of one work, and of different works.
    threshold : float, optional
        The distance up to which two recordings are called versions of one work.
    unit : str
        What the distance is, for the axis.
    trainings : int
        Over how many trainings the distances of the same pairs are collected.
    """
    ax = style.axes_or_new(ax, height_in=3.2 + 0.22 * (threshold is not None))
    sets = {"same work": np.asarray(same), "different works": np.asarray(different)}
    draw_distributions(ax, sets, threshold, trainings)
    ax.set(xlabel=f"{unit} (smaller is more alike)", title=style.wrap(title, 60))
    return style.figure_of(ax)


@style.styled
def case(heard: Sequence[tuple[str, np.ndarray]], spec: AudioSpec, title: str = "") -> Figure:
    """Recordings one above the other on the same axes: a query, what a system took it for, what it should have found.

    Parameters
    ----------
    heard : sequence of (caption, level_db)
        What each recording is (title, instruments, key, tempo), and its log-mel spectrogram
        [shape=(n_mels, n_frames)] in dB re its maximum.
    """
    captions = [style.wrap(caption, 58) for caption, _ in heard]
    lines = sum(caption.count("\n") + 1 for caption in captions)
    fig, axes = style.panels(len(heard), 1, height_in=1.25 * len(heard) + 0.2 * lines + 0.8, sharex=True, sharey=True)
    for (ax,), caption, (_, level_db) in zip(axes, captions, heard, strict=True):
        image = draw_log_mel(ax, level_db, spec, every=2)
        ax.set_title(caption, fontsize=style.SMALL_PT)
    axes[-1][0].set_xlabel("time (s)")
    fig.supylabel("frequency (Hz, mel scale)", fontsize=style.FONT_PT)
    fig.colorbar(image, ax=axes, label=LEVEL_LABEL, pad=0.02, aspect=12 * len(heard))
    if title:
        fig.suptitle(style.wrap(title, 72), x=0.01, ha="left", fontsize=style.FONT_PT)
    return fig
