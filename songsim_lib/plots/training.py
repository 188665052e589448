"""How training went, and what the triplet loss asks for (notebooks 04, 05 and 06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from songsim_lib.plots import style

LINES = [(0, (6, 2)), (0, (2, 2)), (0, (6, 2, 1, 2)), (0, (1, 1)), (0, (8, 3))]
LOSSES = ["train_loss", "validation_loss"]


@style.styled
def loss_curves(history: pd.DataFrame, baselines: Mapping[str, float] | None = None,
                reported: Sequence[float] | None = None, margin: float | None = None, title: str = "",
                ax: Axes | None = None) -> Figure:
    """Training and validation loss per epoch, from zero up, with what needs no training drawn as level lines.

    Parameters
    ----------
    history : pd.DataFrame
        Columns `epoch` (counted from 1), `train_loss`, `validation_loss`; one row a finished epoch. With a column
        `repeat` it may hold several trainings: each is a thin line, and their mean a thick one.
    baselines : mapping of name -> loss, optional
        Losses of representations that were never trained, each a level line named in the legend.
    reported : sequence of float, optional
        The validation loss the original report printed after each of its epochs.
    margin : float, optional
        The margin of the triplet loss: the loss of an embedding that puts every song in one place.

    Raises
    ------
    ValueError
        When a column is missing or no epoch has finished.
    """
    _check(history)
    entries = 2 + bool(reported) + len(baselines or {}) + (margin is not None)
    ax = style.axes_or_new(ax, height_in=3.1 + 0.23 * entries)  # the legend stands below, one line each
    trainings = (history if "repeat" in history else history.assign(repeat=0)).reset_index(drop=True)
    for column, colour, label in zip(LOSSES, (style.ORANGE, style.BLUE), _labels(trainings), strict=True):
        _curve(ax, trainings.pivot(index="epoch", columns="repeat", values=column), colour, label)
    if reported:
        ax.plot(range(1, len(reported) + 1), reported, color=style.GREY, marker="s", markersize=4,
                linestyle="--", label=f"validation, as reported (best {min(reported):.4f})")
    _level_lines(ax, baselines or {}, margin)
    top = max(float(history[LOSSES].max().max()), *(reported or []), *(baselines or {}).values(), margin or 0.0)
    ax.set(xlabel="epoch", ylabel="triplet loss (mean)", title=style.wrap(title, 60), ylim=(0, 1.08 * top))
    ax.set_xlim(0.6, max(int(history["epoch"].max()), len(reported or [])) + 0.4)
    ax.xaxis.set_major_locator(style.MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.18))
    return style.figure_of(ax)


def _check(history: pd.DataFrame) -> None:
    missing = {"epoch", *LOSSES} - set(history.columns)
    if missing:
        raise ValueError(f"history has no column {', '.join(sorted(missing))}")
    if history.empty:
        raise ValueError("history has no finished epoch")


def _labels(trainings: pd.DataFrame) -> tuple[str, str]:
    """What the legend says of the training and of the validation curve, for one training or several."""
    best = trainings.loc[trainings.groupby("repeat")["validation_loss"].idxmin()]
    losses = best["validation_loss"]
    if len(best) == 1:
        return "training", f"validation (best {losses.iloc[0]:.4f}, epoch {int(best['epoch'].iloc[0])})"
    return (f"training, mean of {len(best)} (thin: each training)",
            f"validation, mean of {len(best)} (best of each {losses.min():.4f} to {losses.max():.4f})")


def _curve(ax: Axes, losses: pd.DataFrame, colour: str, label: str) -> None:
    """The mean over trainings (columns) at each epoch (rows), and behind it every training where there are several."""
    if len(losses.columns) > 1:
        ax.plot(losses.index, losses, color=colour, linewidth=0.9, alpha=0.55, label="_each")
    ax.plot(losses.index, losses.mean(axis=1), color=colour, marker="o", markersize=5, label=label)


def _level_lines(ax: Axes, baselines: Mapping[str, float], margin: float | None) -> None:
    """One level line a baseline, and the margin, told apart by dash pattern as well as by colour."""
    colours = [style.GREEN, style.PURPLE, style.VERMILLION, style.SKY, style.BLACK]
    for number, (name, loss) in enumerate(baselines.items()):
        ax.axhline(loss, color=colours[number % 5], linestyle=LINES[number % 5], linewidth=1.4,
                   label=f"{style.shorten(name, 66)}: {loss:.4f}")
    if margin is not None:
        ax.axhline(margin, color=style.BLACK, linewidth=0.8, label=f"the margin: {margin:g}")


def _song(ax: Axes, centre: tuple[float, float], name: str, colour: str, up: int = 1) -> None:
    """One embedded song: a dot with its name above or (up = -1) below."""
    ax.scatter(*centre, s=120, color=colour, zorder=3)
    ax.annotate(name, centre, xytext=(0, 16 * up), textcoords="offset points", ha="center", va="center",
                zorder=4)


@style.styled
def triplet_picture(margin: float = 1.0) -> Figure:
    """What the triplet loss does: pull the positive in, push the negative past positive plus margin."""
    fig, ((before, after),) = style.panels(1, 2, height_in=3.3)
    scenes = ((before, "Before training", 1.3, 0.9), (after, "What the loss asks for", 0.8, 2.0))
    angle_p, angle_n = np.deg2rad(135), np.deg2rad(25)
    for ax, title, near, far in scenes:
        positive = (near * np.cos(angle_p), near * np.sin(angle_p))
        negative = (far * np.cos(angle_n), far * np.sin(angle_n))
        ax.add_patch(Circle((0, 0), near + margin, facecolor=style.PALE, edgecolor=style.GREY,
                            linestyle="--"))
        ax.add_patch(Circle((0, 0), near, facecolor="white", edgecolor=style.BLUE, linestyle=":"))
        for end, colour in ((positive, style.BLUE), (negative, style.VERMILLION)):
            ax.plot([0, end[0]], [0, end[1]], color=colour, linewidth=2)
        _song(ax, (0, 0), "anchor", style.BLACK, up=-1)
        _song(ax, positive, "positive", style.BLUE)
        _song(ax, negative, "negative", style.VERMILLION)
        loss = max(0.0, near - far + margin)
        ax.set_title(f"{title}\nmax(0, {near:g} − {far:g} + {margin:g}) = {loss:.1f}")
        reach = 1.35 + margin
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.set_axis_off()
    style.footnote(fig, f"Dotted: the positive's distance. Dashed: that distance plus the margin {margin:g}; "
                        "the loss is zero once the negative lies outside.")
    return fig
