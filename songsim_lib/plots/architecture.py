"""Diagrams of the networks, drawn from the models themselves (notebooks 04 and 05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch

from songsim_lib.plots import style
from songsim_lib.plots.anatomy import SPECTROGRAM, Stage, stages

if TYPE_CHECKING:
    from torch import nn

TRAINED, FROZEN, FIXED = "#BBD9EC", "#D5D5D5", "white"  # fills light enough for black text
BOX_LEFT, BOX_RIGHT, SHAPE_X, COUNT_X = 0.055, 0.635, 0.655, 1.0
ROW_IN = 0.36


def fill_of(stage: Stage) -> str:
    """A stage's colour: blue where training changes weights, grey where they are frozen, white without."""
    return FIXED if not stage.parameters else TRAINED if stage.trainable else FROZEN


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = style.BLACK) -> None:
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, color=colour,
                                 linewidth=1.3, shrinkA=0, shrinkB=0))


def _row(ax: Axes, y: float, label: str, shape: tuple[int, ...], count: str, colour: str) -> None:
    """One box with its output shape and parameter count to the right."""
    ax.add_patch(FancyBboxPatch((BOX_LEFT, y - 0.36), BOX_RIGHT - BOX_LEFT, 0.72, facecolor=colour,
                                edgecolor=style.GREY, linewidth=0.8, mutation_aspect=20,
                                boxstyle="round,pad=0,rounding_size=0.008"))
    ax.text((BOX_LEFT + BOX_RIGHT) / 2, y, label, ha="center", va="center", fontsize=style.SMALL_PT)
    ax.text(SHAPE_X, y, " × ".join(f"{size:,}" for size in shape), va="center", fontsize=style.SMALL_PT)
    ax.text(COUNT_X, y, count, va="center", ha="right", fontsize=style.SMALL_PT)


@style.styled
def diagram(model: nn.Module, title: str = "", input_shape: tuple[int, ...] = SPECTROGRAM) -> Figure:
    """A network from top to bottom: each stage, the shape it gives on, its weights, and which of them train.

    Arrows at the left are skip connections: blue where the input is added as it is, red where a 1×1
    convolution first brings it to the new shape.
    """
    parts = stages(model, input_shape)
    rows = len(parts) + 2
    fig, ((ax,),) = style.panels(height_in=ROW_IN * rows + 1.1)
    ax.set(xlim=(0, 1), ylim=(rows - 0.4, -0.6))
    ax.set_axis_off()
    ax.text(SHAPE_X, 0, "output shape", va="center", fontsize=style.SMALL_PT, color=style.GREY)
    ax.text(COUNT_X, 0, "weights", va="center", ha="right", fontsize=style.SMALL_PT, color=style.GREY)
    _row(ax, 1, "log-mel spectrogram", input_shape[1:], "", style.YELLOW + "55")
    middle = (BOX_LEFT + BOX_RIGHT) / 2
    for y, part in enumerate(parts, start=2):
        count = f"{part.parameters:,}" if part.parameters else "–"
        _row(ax, y, part.label, part.output_shape, count, fill_of(part))
        _arrow(ax, (middle, y - 0.64), (middle, y - 0.36))
        if part.skip:
            _skip(ax, y, part.skip)
    total, trainable = sum(p.parameters for p in parts), sum(p.trainable for p in parts)
    ax.set_title((title + "\n" if title else "") + f"{total:,} weights, {trainable:,} of them trained")
    _legend(ax, parts)
    return fig


def _skip(ax: Axes, y: float, kind: str) -> None:
    """The arrow around a residual block, from its input to its output."""
    colour = style.BLUE if kind == "identity" else style.VERMILLION
    ax.plot([BOX_LEFT, 0.012, 0.012], [y - 0.24, y - 0.24, y + 0.24], color=colour, linewidth=1.5)
    _arrow(ax, (0.012, y + 0.24), (BOX_LEFT, y + 0.24), colour)


def _legend(ax: Axes, parts: list[Stage]) -> None:
    """Only what the picture holds."""
    fills = {fill_of(part) for part in parts}
    meanings = ((TRAINED, "trained"), (FROZEN, "frozen"), (FIXED, "no weights"))
    handles: list = [Patch(facecolor=fill, edgecolor=style.GREY, label=name)
                     for fill, name in meanings if fill in fills]
    for kind, colour in (("identity", style.BLUE), ("1×1 convolution", style.VERMILLION)):
        if any(part.skip == kind for part in parts):
            handles += ax.plot([], [], color=colour, label=f"skip: {kind}")
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0.0), ncols=3)


@style.styled
def residual_block() -> Figure:
    """One residual block: two convolutions learn a correction F(x), and the input x is added to it."""
    fig, ((ax,),) = style.panels(height_in=2.1)
    ax.set(xlim=(0, 10.4), ylim=(-1.15, 2.05))
    ax.set_axis_off()
    names = ["conv\n3×3", "batch\nnorm", "ReLU", "conv\n3×3", "batch\nnorm"]
    for number, name in enumerate(names):
        left = 1.1 + 1.36 * number
        colour = TRAINED if name != "ReLU" else FIXED
        ax.add_patch(FancyBboxPatch((left, -0.5), 1.02, 1.0, facecolor=colour, edgecolor=style.GREY,
                                    boxstyle="round,pad=0,rounding_size=0.1"))
        ax.text(left + 0.51, 0, name, ha="center", va="center", fontsize=style.SMALL_PT)
        _arrow(ax, (left - 0.34, 0), (left, 0))
    ax.text(0.2, 0, "x", ha="center", va="center", fontsize=style.FONT_PT + 2, style="italic")
    ax.plot([0.42, 0.78], [0, 0], color=style.BLACK, linewidth=1.3)
    ax.text(8.3, 0, "+", ha="center", va="center", fontsize=style.FONT_PT + 4,
            bbox={"boxstyle": "circle,pad=0.12", "facecolor": "white", "edgecolor": style.BLACK})
    _arrow(ax, (7.56, 0), (8.02, 0))
    _arrow(ax, (8.58, 0), (9.05, 0))
    ax.text(9.1, 0, "ReLU(F(x) + x)", ha="left", va="center", fontsize=style.SMALL_PT)
    ax.plot([0.6, 0.6, 8.3], [0, 1.25, 1.25], color=style.BLUE, linewidth=1.6)
    _arrow(ax, (8.3, 1.25), (8.3, 0.32), style.BLUE)
    ax.text(4.4, 1.38, "skip connection: x passes unchanged", ha="center", va="bottom", color=style.BLUE)
    ax.text(4.3, -0.66, "F(x): the correction that is learned", ha="center", va="top", color=style.GREY)
    return fig
