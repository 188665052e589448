"""From sound to notes: the constant-Q transform, one row a semitone, in which another key is the same picture moved.

librosa computes it on the CPU, `batch` on a device; a test holds the two within the tolerance stated there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import librosa
import numpy as np

from songsim_lib.config import AudioSpec
from songsim_lib.features import quantise

if TYPE_CHECKING:
    import torch

LOWEST_MIDI, OCTAVES = 36, 6  # C2, 65 Hz, up to B7: a bass's notes, and a melody's first overtones
SEMITONES = 12 * OCTAVES
HOP_LENGTH = 1_024  # 46 ms at 22,050 Hz, three columns for the shortest notes of a reel
TOP_DB = 60.0
SILENCE_DB = -100.0  # re full scale; what is never louder has no notes
SCALE = AudioSpec(top_db=TOP_DB)  # of stored bytes: 60 dB in 255 steps of 0.24 dB
WINDOW, STEP = 216, 107  # columns of what is compared, 10 s: long enough for a phrase; each moment is in two windows


def decibels(samples: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Transform a recording, through librosa.

    Parameters
    ----------
    samples [shape=(n,)] : mono, at `spec.sample_rate_hz`, a second at least.

    Returns
    -------
    [shape=(SEMITONES, 1 + n // HOP_LENGTH)], float32, dB re full scale, SILENCE_DB or more.

    Raises
    ------
    ValueError : shorter than a second, or NaN or infinite samples.
    """
    if samples.ndim != 1 or len(samples) < spec.sample_rate_hz:
        raise ValueError(f"samples of shape {samples.shape}: a constant-Q spectrogram takes a second of mono sound")
    if not np.isfinite(samples).all():
        raise ValueError("samples hold NaN or infinite values; repair or leave out the recording")
    amplitude = np.abs(librosa.cqt(samples, sr=spec.sample_rate_hz, hop_length=HOP_LENGTH, n_bins=SEMITONES,
                                   fmin=librosa.midi_to_hz(LOWEST_MIDI)))
    return (20 * np.log10(np.maximum(amplitude, 10 ** (SILENCE_DB / 20)))).astype(np.float32)


def below_loudest(drawn: np.ndarray) -> np.ndarray:
    """Take dB as of `decibels` below their loudest point, in [-TOP_DB, 0]; silence is all -TOP_DB."""
    loudest = drawn.max()
    return np.maximum(drawn - loudest, -TOP_DB) if loudest > SILENCE_DB else np.full_like(drawn, -TOP_DB)


def cqt(samples: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Draw a recording as its constant-Q spectrogram: `decibels`, `below_loudest`, with their parameters and errors."""
    return below_loudest(decibels(samples, spec))


def starts(frames: int) -> list[int]:
    """Begin windows every STEP of so many columns; one more ends with them, where a quarter of a step is left."""
    found = list(range(0, max(frames - WINDOW, 0) + 1, STEP))
    return found if frames - WINDOW - found[-1] < STEP // 4 else [*found, frames - WINDOW]


def windows(samples: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Draw a recording once and cut it into overlapping windows, each below its own loudest point.

    Parameters
    ----------
    samples [shape=(n,)] : as for `decibels`.

    Returns
    -------
    [shape=(len(starts(T)), SEMITONES, WINDOW)], uint8 (`features.quantise` with SCALE); of a recording of fewer than
    WINDOW columns there is one, as short as it is.
    """
    drawn = decibels(samples, spec)
    return np.stack([window(drawn[:, start : start + WINDOW]) for start in starts(drawn.shape[1])])


def window(drawn: np.ndarray) -> np.ndarray:
    """Turn dB of a window, as of `decibels`, into the bytes that are kept."""
    return quantise(below_loudest(drawn), SCALE)


@cache
def _wavelets(rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    """The transform's wavelets [shape=(SEMITONES, n_fft)], complex64, as librosa makes and scales them."""
    frequencies = librosa.midi_to_hz(LOWEST_MIDI + np.arange(SEMITONES))
    wavelets, lengths = librosa.filters.wavelet(freqs=frequencies, sr=rate_hz, filter_scale=1, norm=1, pad_fft=True)
    return (wavelets * np.sqrt(lengths)[:, None]).astype(np.complex64), lengths


def batch(samples: torch.Tensor, spec: AudioSpec, chunk: int = 256) -> torch.Tensor:
    """Draw many clips of equal length at once, on the device where they lie.

    Where a cell is within 40 dB of the clip's loudest it is within 1 dB of `cqt` in 99 of 100 cells: librosa computes
    low octaves at lower rates, this one every octave at the full one.

    Parameters
    ----------
    samples [shape=(B, n)], float32.
    chunk : frames that are multiplied at once, which bounds memory.

    Returns
    -------
    [shape=(B, SEMITONES, 1 + n // HOP_LENGTH)], float32, as of `cqt`.
    """
    import torch

    basis = torch.from_numpy(_wavelets(spec.sample_rate_hz)[0]).to(samples.device)
    width = basis.shape[1]
    frames = torch.nn.functional.pad(samples, (width // 2, width // 2)).unfold(1, width, HOP_LENGTH)
    kernels = torch.cat([basis.real, -basis.imag]).T.contiguous()
    parts = [part @ kernels for part in frames.flatten(0, 1).split(chunk)]
    both = torch.cat(parts).view(len(samples), -1, 2, SEMITONES)
    amplitude = both.square().sum(2).sqrt().transpose(1, 2)
    loudest = amplitude.amax((1, 2), keepdim=True)
    found = 20 * torch.log10(amplitude.clamp(min=1e-10) / loudest.clamp(min=1e-10))
    return torch.where(loudest < 10 ** (SILENCE_DB / 20), -TOP_DB, found.clamp(min=-TOP_DB))
