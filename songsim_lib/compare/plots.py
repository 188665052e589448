"""Where two recordings answer each other, drawn: waveforms, notes, and the map of what is near what.

A passage has one number and one colour in all figures; passages are drawn strongest first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from songsim_lib import cqt
from songsim_lib.baselines import qmax
from songsim_lib.chroma import FRAME_S
from songsim_lib.compare import nearness
from songsim_lib.compare.passages import Passage
from songsim_lib.config import AudioSpec
from songsim_lib.plots import style

NOTHING = "no passage found that they share"
COLUMNS = 2_000  # of a waveform, more than a figure has pixels
TITLE = 60  # characters above a figure of page width
HALO = [patheffects.withStroke(linewidth=4.5, foreground="white")]
OUTLINE = [patheffects.withStroke(linewidth=2, foreground=style.BLACK)]


def colour(number: int) -> str:
    """Give the colour of a passage, by its place in the list."""
    return style.PALETTE[number % len(style.PALETTE)]


def _spans(passages: Sequence[Passage], side: int) -> list[tuple[float, float]]:
    return [(p.start_b_s, p.end_b_s) if side else (p.start_a_s, p.end_a_s) for p in passages]


def _label(ax: Axes, spans: Sequence[tuple[float, float]]) -> None:
    """Put each passage's number above the axes, on a bar in its colour."""
    for number, (start, end) in enumerate(spans):
        ax.add_patch(Rectangle((start, 1.01), end - start, 0.09, transform=ax.get_xaxis_transform(), clip_on=False,
                               facecolor=colour(number), edgecolor="white"))
        ax.text((start + end) / 2, 1.05, str(number + 1), transform=ax.get_xaxis_transform(), ha="center",
                va="center", fontsize=style.SMALL_PT, fontweight="bold", color="white", path_effects=OUTLINE)


def _titled(axes: Sequence[Axes], names: Sequence[str], passages: Sequence[Passage]) -> None:
    for ax, name in zip(axes, names, strict=True):
        said = "" if passages else f": {NOTHING}"
        ax.set_title(style.shorten(name, TITLE - len(said)) + said, pad=16 if passages else 6)
    axes[-1].set_xlabel("time (s)")


@style.styled
def waveforms(sounds: Sequence[np.ndarray], names: Sequence[str], passages: Sequence[Passage],
              spec: AudioSpec) -> Figure:
    """Two recordings, (n,) and (m,) samples, with the passages that answer each other shaded in the same colour."""
    fig, grid = style.panels(2, 1, height_in=3.9)
    for side, (ax, samples) in enumerate(zip(grid[:, 0], sounds, strict=True)):
        step = max(1, len(samples) // COLUMNS)
        pieces = samples[: len(samples) // step * step].reshape(-1, step)
        seconds = np.arange(len(pieces)) * step / spec.sample_rate_hz
        ax.fill_between(seconds, pieces.min(axis=1), pieces.max(axis=1), color=style.GREY, linewidth=0)
        for number, (start, end) in enumerate(_spans(passages, side)):
            ax.axvspan(start, end, color=colour(number), alpha=0.35, linewidth=0)
        _label(ax, _spans(passages, side))
        ax.set(xlim=(0, len(samples) / spec.sample_rate_hz), ylabel="amplitude")
    _titled(grid[:, 0], names, passages)
    return fig


@style.styled
def spectrograms(sounds: Sequence[np.ndarray], names: Sequence[str], passages: Sequence[Passage],
                 spec: AudioSpec) -> Figure:
    """The notes of two recordings (constant-Q), with the passages that answer each other framed in the same colour."""
    fig, grid = style.panels(2, 1, height_in=5.4)
    octaves = np.arange(0, cqt.SEMITONES, 12)
    for side, (ax, samples) in enumerate(zip(grid[:, 0], sounds, strict=True)):
        seconds = len(samples) / spec.sample_rate_hz
        image = ax.imshow(cqt.cqt(samples, spec), origin="lower", aspect="auto", vmin=-cqt.TOP_DB, vmax=0,
                          extent=(0, seconds, -0.5, cqt.SEMITONES - 0.5))
        for number, (start, end) in enumerate(_spans(passages, side)):
            ax.add_patch(Rectangle((start, -0.5), end - start, cqt.SEMITONES, fill=False, edgecolor=colour(number),
                                   linewidth=2.5, path_effects=HALO))
        _label(ax, _spans(passages, side))
        ax.set_yticks(octaves, [f"C{cqt.LOWEST_MIDI // 12 - 1 + n}" for n in range(len(octaves))])
        ax.set(xlim=(0, seconds), ylabel="note")
    fig.colorbar(image, ax=grid[:, 0].tolist(), label="level (dB re maximum)", pad=0.02)
    _titled(grid[:, 0], names, passages)
    return fig


@style.styled
def similarity(chroma_a: np.ndarray, chroma_b: np.ndarray, names: Sequence[str], passages: Sequence[Passage],
               ax: Axes | None = None) -> Figure:
    """Which moments of two recordings are near each other, in the strongest passage's key, and the paths through them.

    Each path has its number at its beginning; paths in other keys lead through moments that are not marked here.
    """
    ax = style.axes_or_new(ax, height_in=5.4)
    pooled = nearness.pooling(chroma_a, chroma_b)
    shift = passages[0].semitones if passages else int(qmax.likely_transpositions(chroma_a, chroma_b)[0])
    of_a, of_b = qmax.states(np.roll(chroma_a, shift, axis=0), pooled), qmax.states(chroma_b, pooled)
    near, frame_s = nearness.near(of_a, of_b), pooled * FRAME_S
    ax.imshow(near, origin="lower", aspect="auto", cmap="Greys", vmax=2, interpolation="nearest",
              extent=(0, near.shape[1] * frame_s, 0, near.shape[0] * frame_s))
    for number, passage in enumerate(passages):
        ax.plot(passage.path[:, 1] + frame_s / 2, passage.path[:, 0] + frame_s / 2, color=colour(number),
                linewidth=2.5, path_effects=HALO, label=_described(number, passage))
    a, b = (style.shorten(name, 40) for name in names)
    ax.set(xlabel=f"{b}: time (s)", ylabel=f"{a}: time (s)", title="" if passages else NOTHING)
    if passages:
        style.figure_of(ax).legend(loc="outside lower left", ncols=1)
    return style.figure_of(ax)


def _described(number: int, passage: Passage) -> str:
    ratio = "" if passage.tempo_ratio is None else f", tempo x {passage.tempo_ratio:.2f}"
    return f"{number + 1}: score {passage.score:.0f}, {passage.semitones:+d} semitones{ratio}"
