"""What augmentation does to a recording, and how hard random negatives are (notebook 03)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songsim_lib.plots import style
from songsim_lib.plots.signal import LEVEL_LABEL, draw_log_mel

if TYPE_CHECKING:
    from songsim_lib.config import AudioSpec

COLOURS = {"hard": style.VERMILLION, "semi-hard": style.ORANGE, "easy": style.BLUE}
MEANING = {"hard": "nearer than the positive", "semi-hard": "farther, but within the margin",
           "easy": "beyond the margin"}


@style.styled
def spectrograms(levels_db: dict[str, np.ndarray], spec: AudioSpec, columns: int = 2) -> Figure:
    """Log-mel spectrograms side by side on one colour scale, each under its name."""
    rows = math.ceil(len(levels_db) / columns)
    fig, axes = style.panels(rows, columns, height_in=1.75 * rows + 0.6, sharex=True, sharey=True)
    for ax, (name, level_db) in zip(axes.flat, levels_db.items(), strict=False):
        image = draw_log_mel(ax, level_db, spec, every=2)
        ax.set_title(style.shorten(name, 56 // columns))
        ax.xaxis.set_major_locator(style.MaxNLocator(nbins=5, integer=True, prune="upper"))
    for ax in axes.flat[len(levels_db) :]:
        ax.set_visible(False)
    fig.supxlabel("time (s)", fontsize=style.FONT_PT)
    fig.supylabel("frequency (Hz, mel scale)", fontsize=style.FONT_PT)
    fig.colorbar(image, ax=axes, label=LEVEL_LABEL, pad=0.02, aspect=14 * rows)
    return fig


def silent_tail_s(samples: np.ndarray, sample_rate_hz: int) -> float:
    """Seconds of exact silence at the end of a clip: zeros that no instrument and no noise would leave."""
    sounding = np.flatnonzero(samples)
    return (len(samples) - (sounding[-1] + 1 if len(sounding) else 0)) / sample_rate_hz


@style.styled
def dead_tails(clips: dict[str, np.ndarray], sample_rate_hz: int) -> Figure:
    """Waveforms one below the other, with any stretch of dead silence at the end shaded."""
    fig, axes = style.panels(len(clips), 1, height_in=1.45 * len(clips) + 0.5, sharex=True, sharey=True)
    for (ax,), (name, samples) in zip(axes, clips.items(), strict=True):
        seconds, tail_s = len(samples) / sample_rate_hz, silent_tail_s(samples, sample_rate_hz)
        ax.plot(np.arange(len(samples)) / sample_rate_hz, samples, color=style.BLUE, linewidth=0.4)
        if tail_s:
            ax.axvspan(seconds - tail_s, seconds, color=style.VERMILLION, alpha=0.25, linewidth=0)
        ax.set(ylabel="amplitude", xlim=(0, seconds))
        ax.set_title(f"{style.shorten(name, 60)}: {tail_s:.2f} s of zeros at the end")
    axes[-1][0].set_xlabel("time (s)")
    return fig


@style.styled
def negative_difficulty(d_positive: np.ndarray, d_negative: np.ndarray, margin: float, title: str = "",
                        ax: Axes | None = None) -> Figure:
    """How much farther than its positive each negative lies: hard to 0, semi-hard to the margin, then easy.

    Parameters
    ----------
    d_positive, d_negative : np.ndarray [shape=(n,)]
        Distances from each anchor to its positive and to its negative.
    margin : float
        The distance by which the triplet loss wants the negative to be farther than the positive.
    """
    from songsim_lib.metrics import hardness

    gap = np.asarray(d_negative) - np.asarray(d_positive)
    kinds = hardness(np.asarray(d_positive), np.asarray(d_negative), margin)
    ax = style.axes_or_new(ax, height_in=3.6)
    low, high = min(gap.min(), -0.1 * margin), max(gap.max(), 1.1 * margin)
    bins = np.clip(len(gap) // 4, 20, 60)
    width = margin / max(2, round(bins * margin / (high - low)))
    edges = width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)
    for kind, colour in COLOURS.items():  # bins start at 0 and at the margin, so no bar mixes two kinds
        share = (kinds == kind).mean()
        ax.hist(gap[kinds == kind], bins=edges, color=colour,
                label=f"{kind}: {MEANING[kind]} ({share:.1%})")
    for edge in (0.0, margin):
        ax.axvline(edge, color=style.BLACK, linewidth=1, linestyle="--")
    ax.set(xlabel="d(anchor, negative) − d(anchor, positive)", ylabel="triplets", title=style.wrap(title, 60))
    ax.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.18), alignment="left",
              title=f"the negative is (n = {len(gap):,}, margin {margin:g})")
    style.count_axis(ax.yaxis)
    return style.figure_of(ax)
