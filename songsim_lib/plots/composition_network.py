"""The network of compositions, drawn from the module itself: its layers, their shapes, its weights (notebook 08)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from songsim_lib.catalog import KEYS
from songsim_lib.cqt import SEMITONES, TOP_DB
from songsim_lib.plots import style
from songsim_lib.plots.architecture import FIXED, TRAINED

if TYPE_CHECKING:
    from songsim_lib.composition.network import CompositionNet

FRAMES = 216  # of 10 s
ROW_IN, PICTURE_IN = 0.36, 2.0
OCTAVE_COLOURS = ("#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00")
BOX, SHAPE_X, COUNT_X = (0.0, 0.655), 0.675, 1.0


class Stage(NamedTuple):
    """A step of the network: what it does, the shape it gives on (without the batch), its weights."""

    label: str
    shape: tuple[int, ...]
    weights: int = 0


def stages(net: CompositionNet, frames: int = FRAMES) -> list[Stage]:
    """Run a silent spectrogram through the network and list its steps; their weights add up to the network's."""
    import torch

    shapes: dict[Any, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    watched = [net.stem, *net.blocks, net.head]
    hooks = [part.register_forward_hook(
        lambda part, given, made: shapes.update({part: (tuple(given[0].shape[1:]), tuple(made.shape[1:]))}))
        for part in watched]
    was_training, device = net.training, net.power.device
    with torch.inference_mode():
        net.eval()(torch.full((1, 1, SEMITONES, frames), -TOP_DB, device=device))
    net.train(was_training)
    for hook in hooks:
        hook.remove()
    octaves, classes, _ = shapes[net.stem][0]
    last, head = shapes[net.blocks[-1]][1], shapes[net.head]
    return [Stage("constant-Q spectrogram", (1, octaves * classes, frames)),
            Stage("octaves become channels, pitch classes a circle", shapes[net.stem][0]),
            Stage(f"stem: {_convolution(net.stem[0])}", shapes[net.stem][1], _weights(net.stem)),
            *(Stage(_block(block), shapes[block][1], _weights(block)) for block in net.blocks),
            Stage("generalised mean over time (power learned)", last[:2], net.power.numel()),
            Stage("maximum over the circle: the key is forgotten", head[0]),
            Stage(f"linear {head[0][0]} → {head[1][0]}, BN", head[1], _weights(net.head)),
            Stage("divide by the length (L2)", head[1])]


def _weights(part: Any) -> int:
    return sum(weights.numel() for weights in part.parameters())


def _convolution(part: Any) -> str:
    (height, width), stride = part.convolution.kernel_size, part.convolution.stride[1]
    return f"conv {height}×{width}" + (f" /{stride}" if stride > 1 else "")


def _block(block: Any) -> str:
    norm = "half instance norm" if type(block.body[1]).__name__ == "_HalfInstanceNorm" else "BN"
    return f"block: {_convolution(block.body[0])}, {norm}, {_convolution(block.body[3])}"


@style.styled
def network(net: CompositionNet, frames: int = FRAMES) -> Figure:
    """How a spectrogram becomes a point: the picture folded into a circle of pitch classes, then layer by layer.

    Parameters
    ----------
    frames : columns of the spectrogram that the shapes are given for.
    """
    found = stages(net, frames)
    fig, ((picture,), (ax,)) = style.panels(2, 1, height_in=PICTURE_IN + ROW_IN * (len(found) + 1) + 0.5,
                                            height_ratios=[PICTURE_IN, ROW_IN * (len(found) + 1)])
    _folding(picture)
    ax.set(xlim=(0, 1), ylim=(len(found) + 0.4, -0.6))
    ax.set_axis_off()
    ax.text(SHAPE_X, 0, "output shape", va="center", fontsize=style.SMALL_PT, color=style.GREY)
    ax.text(COUNT_X, 0, "weights", va="center", ha="right", fontsize=style.SMALL_PT, color=style.GREY)
    for y, stage in enumerate(found, start=1):
        _row(ax, y, stage)
    fig.suptitle(f"{sum(stage.weights for stage in found):,} weights", x=0.01, ha="left", fontsize=style.FONT_PT)
    return fig


def _row(ax: Axes, y: int, stage: Stage) -> None:
    """One step with its shape and weights to the right, and the arrow into it."""
    left, right = BOX
    fill = style.YELLOW + "55" if y == 1 else TRAINED if stage.weights else FIXED
    ax.add_patch(FancyBboxPatch((left, y - 0.36), right - left, 0.72, facecolor=fill, edgecolor=style.GREY,
                                linewidth=0.8, mutation_aspect=20, boxstyle="round,pad=0,rounding_size=0.008"))
    ax.text((left + right) / 2, y, stage.label, ha="center", va="center", fontsize=style.SMALL_PT)
    ax.text(SHAPE_X, y, " × ".join(f"{size:,}" for size in stage.shape), va="center", fontsize=style.SMALL_PT)
    ax.text(COUNT_X, y, f"{stage.weights:,}" if stage.weights else "–", va="center", ha="right",
            fontsize=style.SMALL_PT)
    if y > 1:
        _arrow(ax, ((left + right) / 2, y - 0.64), ((left + right) / 2, y - 0.36))


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, color=style.BLACK, linewidth=1.3,
                                 shrinkA=0, shrinkB=0))


def _folding(ax: Axes) -> None:
    """Six octaves above each other become six channels of twelve pitch classes, which close to a circle."""
    ax.set(xlim=(0, 13), ylim=(-0.9, 3.2), aspect="equal")
    ax.set_axis_off()
    for octave, colour in enumerate(OCTAVE_COLOURS):
        ax.add_patch(Rectangle((0.2, octave / 2), 2.6, 0.5, facecolor=colour, edgecolor="white"))
        ax.add_patch(Rectangle((4.2 + 0.25 * octave, 1.7 - 0.3 * octave), 2.2, 1.0, facecolor=colour,
                               edgecolor="white"))
    angles = np.pi / 2 - 2 * np.pi * np.arange(12) / 12
    for name, angle in zip(KEYS, angles, strict=True):
        ax.text(10.7 + 1.3 * np.cos(angle), 1.5 + 1.3 * np.sin(angle), name, ha="center", va="center",
                fontsize=style.SMALL_PT)
    for begin, end in ((3.0, 4.0), (7.9, 8.9)):
        _arrow(ax, (begin, 1.5), (end, 1.5))
    for x, text in ((1.5, "6 octaves, 72 rows"), (5.9, "6 channels, 12 rows"), (10.7, "12 pitch classes")):
        ax.text(x, -0.65, text, ha="center", va="center", fontsize=style.SMALL_PT)
