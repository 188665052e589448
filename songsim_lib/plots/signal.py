"""From waveform to log-mel spectrogram, one picture a step (notebook 02).

Spectrograms are arrays (n_mels, n_frames) in dB re their maximum, as `features.log_mel` gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from songsim_lib.plots import style

if TYPE_CHECKING:
    from songsim_lib.config import AudioSpec

TICKS_HZ = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
LEVEL_LABEL = "level (dB re maximum)"


@style.styled
def waveform(samples: np.ndarray, sample_rate_hz: int, title: str = "", ax: Axes | None = None) -> Figure:
    """A sound as it reaches the ear: air pressure over time."""
    ax = style.axes_or_new(ax, height_in=2.0)
    ax.plot(np.arange(len(samples)) / sample_rate_hz, samples, color=style.BLUE,
            linewidth=0.4 if len(samples) > sample_rate_hz else 1.0)  # dense waves would run together
    ax.set(xlabel="time (s)", ylabel="amplitude", xlim=(0, len(samples) / sample_rate_hz), title=style.wrap(title, 60))
    return style.figure_of(ax)


@style.styled
def stft(level_db: np.ndarray, sample_rate_hz: int, hop_length: int, title: str = "",
         ax: Axes | None = None) -> Figure:
    """A spectrogram on the physical frequency axis: level_db is (1 + n_fft / 2, n_frames)."""
    ax = style.axes_or_new(ax, height_in=2.8)
    seconds = level_db.shape[1] * hop_length / sample_rate_hz
    image = ax.imshow(level_db, origin="lower", aspect="auto", interpolation="nearest",
                      extent=(0, seconds, 0, sample_rate_hz / 2000))
    ax.set(xlabel="time (s)", ylabel="frequency (kHz)", title=style.wrap(title, 60))
    ax.figure.colorbar(image, ax=ax, label=LEVEL_LABEL, pad=0.02)
    return style.figure_of(ax)


def mel_ticks(spec: AudioSpec, every: int = 1) -> tuple[np.ndarray, list[str]]:
    """Where octaves (128 Hz, 256 Hz, ...) lie on an axis of mel bands, with their labels in Hz."""
    import librosa

    centres = librosa.mel_frequencies(spec.n_mels + 2, fmin=0.0, fmax=spec.sample_rate_hz / 2)[1:-1]
    inside = [hz for hz in TICKS_HZ if centres[0] < hz < centres[-1]][::-1][::every]
    bands = np.interp(inside, centres, np.arange(spec.n_mels))
    # Below 1 kHz the mel scale is linear, so low octaves crowd: keep labels at least 7 % of the axis apart.
    apart = [n for n, band in enumerate(bands) if n == 0 or bands[n - 1] - band > 0.07 * spec.n_mels]
    return bands[apart], [f"{inside[n]:,}" for n in apart]


def draw_log_mel(ax: Axes, level_db: np.ndarray, spec: AudioSpec, every: int = 1) -> AxesImage:
    """Draw a log-mel spectrogram on given axes: seconds across, mel bands upward, labelled in Hz."""
    seconds = level_db.shape[1] * spec.hop_length / spec.sample_rate_hz
    image = ax.imshow(level_db, origin="lower", aspect="auto", interpolation="nearest",
                      vmin=-spec.top_db, vmax=0, extent=(0, seconds, -0.5, level_db.shape[0] - 0.5))
    ax.set_yticks(*mel_ticks(spec, every))
    return image


@style.styled
def log_mel(level_db: np.ndarray, spec: AudioSpec, title: str = "", ax: Axes | None = None) -> Figure:
    """A log-mel spectrogram: what the networks see of ten seconds of music."""
    ax = style.axes_or_new(ax, height_in=3.0)
    image = draw_log_mel(ax, level_db, spec)
    ax.set(xlabel="time (s)", ylabel="frequency (Hz, mel scale)", title=style.wrap(title, 60))
    ax.figure.colorbar(image, ax=ax, label=LEVEL_LABEL, pad=0.02)
    return style.figure_of(ax)


def mel_spec_example(level_db: np.ndarray, spec: AudioSpec, title: str = "") -> Figure:
    """The report's example figure: the log-mel spectrogram of one recording."""
    return log_mel(level_db, spec, title=title)


@style.styled
def hz_to_mel(spec: AudioSpec, ax: Axes | None = None) -> Figure:
    """The mel scale, even to 1 kHz and logarithmic above, beside the older formula without the corner."""
    import librosa

    ax = style.axes_or_new(ax, height_in=3.0)
    hz = np.linspace(0, spec.sample_rate_hz / 2, 500)
    top = hz[-1]
    for htk, name, colour, line in ((False, "Slaney (librosa's default)", style.BLUE, "-"),
                                    (True, "HTK: 2595 log10(1 + f / 700)", style.ORANGE, "--")):
        mel = librosa.hz_to_mel(hz, htk=htk)
        ax.plot(hz, 100 * mel / librosa.hz_to_mel(top, htk=htk), line, color=colour, label=name)
    ax.axvline(1000, color=style.GREY, linewidth=1, linestyle=":")
    ax.annotate("1 kHz", (1000, 4), xytext=(6, 0), textcoords="offset points", color=style.GREY)
    ax.set(xlabel="frequency (Hz)", ylabel="share of the mel axis (%)", xlim=(0, top), ylim=(0, 100))
    ax.legend(loc="lower right")
    return style.figure_of(ax)


@style.styled
def mel_filters(spec: AudioSpec, every: int = 8, ax: Axes | None = None) -> Figure:
    """The mel filter bank: triangles that grow wider towards the treble (every eighth one is drawn)."""
    import librosa

    ax = style.axes_or_new(ax, height_in=2.8)
    bank = librosa.filters.mel(sr=spec.sample_rate_hz, n_fft=spec.n_fft, n_mels=spec.n_mels)
    hz = librosa.fft_frequencies(sr=spec.sample_rate_hz, n_fft=spec.n_fft)
    for number, band in enumerate(range(0, spec.n_mels, every)):
        ax.plot(hz, bank[band], color=style.PALETTE[number % 2], linewidth=1.2)
    ax.set(xlabel="frequency (Hz)", ylabel="weight (1/Hz)", xlim=(0, hz[-1]))
    ax.set_ylim(bottom=0)
    ax.ticklabel_format(axis="y", style="plain")
    ax.set_title(f"Every {every}th of {spec.n_mels} filters, each of area 1")
    return style.figure_of(ax)


@style.styled
def quantisation(error_db: np.ndarray, step_db: float, ax: Axes | None = None) -> Figure:
    """What storing a level in one byte costs: the difference to the exact level, in dB."""
    ax = style.axes_or_new(ax, height_in=2.6)
    ax.hist(np.ravel(error_db), bins=np.linspace(-0.75 * step_db, 0.75 * step_db, 61).tolist(), color=style.BLUE)
    for edge in (-step_db / 2, step_db / 2):
        ax.axvline(edge, color=style.VERMILLION, linestyle="--", linewidth=1.2)
    ax.set(xlabel="stored level minus exact level (dB)", ylabel="cells of the spectrogram")
    ax.set_title(f"n = {np.size(error_db):,} cells; dashed: half a step of {step_db:.2f} dB")
    style.count_axis(ax.yaxis)
    return style.figure_of(ax)
