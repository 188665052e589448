"""From fingerprints to compositions, in pictures (notebook 08).

Constant-Q spectrograms are arrays (SEMITONES, frames) in dB below their loudest point, as `songsim_lib.cqt` gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from songsim_lib.cqt import HOP_LENGTH, LOWEST_MIDI, OCTAVES, TOP_DB
from songsim_lib.metrics import Estimate
from songsim_lib.plots import style
from songsim_lib.plots.covers.rows import Rows, dot, key, number
from songsim_lib.plots.signal import LEVEL_LABEL, draw_log_mel

if TYPE_CHECKING:
    from songsim_lib.config import AudioSpec

LOOKS: tuple[dict[str, Any], ...] = ({"marker": "o", "color": style.GREY, "markerfacecolor": "white"},
                                     {"marker": ">", "color": style.BLUE}, {"marker": "<", "color": style.VERMILLION})
GROUP_LOOKS = ((style.BLUE, "o", "-"), (style.ORANGE, "s", "--"), (style.GREEN, "D", "-."))
NO_MOVE = "On the mel scale no such move brings the key back: low notes lie closer together than high ones"


def draw_cqt(ax: Axes, level_db: np.ndarray, rate_hz: int) -> AxesImage:
    """Draw a constant-Q spectrogram on given axes: seconds across, semitones upward, labelled at every C."""
    seconds = level_db.shape[1] * HOP_LENGTH / rate_hz
    image = ax.imshow(level_db, origin="lower", aspect="auto", interpolation="nearest", vmin=-TOP_DB, vmax=0,
                      extent=(0, seconds, -0.5, len(level_db) - 0.5))
    ax.set_yticks(range(0, 12 * OCTAVES, 12), [f"C{LOWEST_MIDI // 12 - 1 + octave}" for octave in range(OCTAVES)])
    return image


def moved(level_db: np.ndarray, semitones: int) -> np.ndarray:
    """Move a constant-Q spectrogram up by whole semitones; what comes in at the edge is silent."""
    found = np.roll(level_db, semitones, axis=0)
    found[: max(0, semitones)] = -TOP_DB
    found[len(found) + min(0, semitones) :] = -TOP_DB
    return found


@style.styled
def same_music(mels: Sequence[np.ndarray], constant_q: Sequence[np.ndarray], captions: Sequence[str], spec: AudioSpec,
               semitones: int | None = None) -> Figure:
    """Two performances of one composition as the report's networks see them (left), and in semitones (right).

    Parameters
    ----------
    mels, constant_q : of the query and of its version, in dB.
    captions : what the two recordings are.
    semitones : by how much the version sounds higher; below it, it is drawn once more, moved back by as much.
    """
    rows = 2 if semitones is None else 3
    fig, axes = style.panels(rows, 2, height_in=1.0 + 1.8 * rows, sharex=True)
    for row, name in enumerate(("query", "version")):
        draw_log_mel(axes[row, 0], mels[row], spec, every=2)
        draw_cqt(axes[row, 1], constant_q[row], spec.sample_rate_hz)
        axes[row, 0].set_title(f"{name}: log-mel")
        axes[row, 1].set_title(f"{name}: constant-Q")
        axes[row, 0].set_ylabel("frequency (Hz)")
    if semitones is not None:
        style.empty(axes[2, 0], NO_MOVE)
        draw_cqt(axes[2, 1], moved(constant_q[1], -semitones), spec.sample_rate_hz)
        axes[2, 1].set_title(f"version, moved {'down' if semitones > 0 else 'up'} by {abs(semitones)}")
    for ax in (axes[-1, 1], axes[1, 0]):
        ax.set_xlabel("time (s)")
        ax.tick_params(labelbottom=True)
    style.footnote(fig, f"Lighter is louder. Query: {captions[0]}. Version: {captions[1]}.")
    return fig


@style.styled
def learning_curve(history: pd.DataFrame, groups: dict[str, str]) -> Figure:
    """The training loss, and how well versions of validation works are found, over the steps of the training.

    Parameters
    ----------
    history : columns `step`, `loss`, and those named by `groups` (column -> group of versions).
    """
    fig, ((loss, score),) = style.panels(1, 2, height_in=3.0)
    loss.plot(history["step"], history["loss"], color=style.BLACK)
    loss.set(title="training loss", ylabel="contrastive loss (mean)", ylim=(0, None))
    for (column, group), (colour, marker, dashes) in zip(groups.items(), GROUP_LOOKS, strict=False):
        score.plot(history["step"], history[column], color=colour, linestyle=dashes, marker=marker, markersize=4,
                   markevery=max(1, len(history) // 8), label=f"{group}: {history[column].iloc[-1]:.3f}")
    score.set(title="validation works", ylabel="MAP", ylim=(0, 1.02))
    score.legend(loc="lower right", title="at the end")
    for ax in (loss, score):
        ax.set(xlabel="steps", xlim=(0, None))
        style.count_axis(ax.xaxis)
    return fig


@style.styled
def differences(table: pd.DataFrame, words: tuple[str, str, str], label: str = "difference of MAP") -> Figure:
    """Paired differences with their 95 % intervals: a row for each name, one panel for each group of versions.

    Parameters
    ----------
    table : one row a name and group: `group`, `title`, `difference` (Estimate).
    words : what it means that an interval holds zero, lies above it, lies below it; for the legend.
    """
    names = table["title"].unique().tolist()
    rows = Rows(names, [False] * len(names))
    fig, axes = rows.panels(table["group"].nunique(), extra_in=1.6)
    low = min(0.0, *(gap.low for gap in table["difference"]))
    high = max(0.0, *(gap.high for gap in table["difference"]))
    left, right = (any(sign * gap.value > 0 for gap in table["difference"]) for sign in (-1, 1))
    room = (1.2 if left and right else 0.7) * (high - low or 1.0)  # for the numbers, on the sides where there are any
    places = dict(zip(names, rows.y, strict=True))
    for ax, (group, found) in zip(axes, table.groupby("group", sort=False), strict=True):
        ax.set(title=f"{group}\n{found['difference'].iloc[0].n:,} queries", xlabel=label,
               xlim=(low - (room if left else 0.1 * room), high + (room if right else 0.1 * room)))
        ax.xaxis.set_major_locator(style.MaxNLocator(nbins=4))
        ax.axvline(0, color=style.BLACK, linewidth=1.0)
        for title, gap in zip(found["title"], found["difference"], strict=True):
            _gap(ax, places[title], gap)
    sides = set(table["difference"].map(Estimate.side_of))
    key(fig, {words[side]: LOOKS[side] for side in (0, 1, -1) if side in sides})
    return fig


def _gap(ax: Axes, y: float, gap: Estimate) -> None:
    """One difference with its number, which stands on the side away from zero."""
    dot(ax, y, gap, **LOOKS[gap.side_of()])
    left, right = ax.get_xlim()
    side = 1 if gap.value > 0 or (gap.value == 0 and right - gap.high >= gap.low - left) else -1
    number(ax, gap.low if side < 0 else gap.high, y, f"{gap.value:+.3f}".replace("-", "−"), side)


@style.styled
def case(heard: Sequence[tuple[str, np.ndarray]], spec: AudioSpec) -> Figure:
    """Recordings one above the other on the same axes, in semitones: (caption, constant-Q spectrogram in dB)."""
    captions = [style.wrap(caption, 58) for caption, _ in heard]
    lines = sum(caption.count("\n") + 1 for caption in captions)
    fig, axes = style.panels(len(heard), 1, height_in=1.25 * len(heard) + 0.2 * lines + 0.8, sharex=True, sharey=True)
    for (ax,), caption, (_, level_db) in zip(axes, captions, heard, strict=True):
        image = draw_cqt(ax, level_db, spec.sample_rate_hz)
        ax.set_title(caption, fontsize=style.SMALL_PT)
    axes[-1][0].set_xlabel("time (s)")
    fig.supylabel("pitch (C4: middle C)", fontsize=style.FONT_PT)
    fig.colorbar(image, ax=axes, label=LEVEL_LABEL, pad=0.02, aspect=12 * len(heard))
    return fig
