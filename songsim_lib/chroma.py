"""How strongly each of the twelve pitch classes sounds, moment by moment: what a cover keeps of its original."""

from __future__ import annotations

import librosa
import numpy as np

from songsim_lib.config import AudioSpec

# Pitches are read from C2 (65 Hz) over six octaves in thirds of a semitone; nothing in them lies above 4.2 kHz, so
# that half the usual sample rate is enough.
RATE_HZ = 11_025
LOWEST_MIDI, OCTAVES, BINS_PER_SEMITONE = 36, 6, 3
HOP_LENGTH, FRAMES_POOLED = 256, 4
FRAME_S = HOP_LENGTH * FRAMES_POOLED / RATE_HZ  # 0.093 s
# Melodies live around E flat 5; what lies far below or above counts less (a bell, in semitones).
MELODY_MIDI, MELODY_WIDTH = 75, 15
WEIGHTS = np.exp(-0.5 * ((LOWEST_MIDI + np.arange(12 * OCTAVES) - MELODY_MIDI) / MELODY_WIDTH) ** 2)


def chroma(samples: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Draw the chroma of a recording from its constant-Q transform, tuned to the recording's own pitch.

    The square root tames loud notes, octaves are added up with more weight on the melody's, each column has unit
    length, and the median of four ignores onsets. Chosen by the MAP of Qmax (`songsim_lib.baselines.qmax`) on 10 s
    of 284 tunebook recordings that are never tested on, and of the dev split of real music: without the weights
    0.82 and 0.85, with weights around C5 0.89 and 0.89, around F sharp 5 0.91 and 0.88; E flat 5 lies between.

    Parameters
    ----------
    samples [shape=(n,)] : mono, at `spec.sample_rate_hz`.

    Returns
    -------
    [shape=(12, T)], float32, C first, T about n / `spec.sample_rate_hz` / `FRAME_S`; silent columns are zero.

    Raises
    ------
    ValueError : fewer samples than one column takes, or NaN or infinite ones.
    """
    if samples.ndim != 1 or len(samples) < FRAME_S * spec.sample_rate_hz:
        raise ValueError(f"samples of shape {samples.shape} give no chroma: it takes mono sound of {FRAME_S:.2f} s")
    if not np.isfinite(samples).all():
        raise ValueError("samples hold NaN or infinite values; repair or leave out the recording")
    semitones = _semitones(librosa.resample(samples, orig_sr=spec.sample_rate_hz, target_sr=RATE_HZ))
    folded = (semitones * WEIGHTS[:, None]).reshape(OCTAVES, 12, -1).sum(axis=0)
    columns = librosa.util.normalize(folded, norm=2, axis=0, threshold=1e-6)
    columns = np.where(folded.max(axis=0) > 1e-6, columns, 0)  # librosa leaves faint columns as they are
    frames = columns.shape[1] // FRAMES_POOLED
    return np.median(columns[:, : frames * FRAMES_POOLED].reshape(12, frames, FRAMES_POOLED),
                     axis=2).astype(np.float32)


def _semitones(samples: np.ndarray) -> np.ndarray:
    """Measure how loud each semitone is [shape=(12 * OCTAVES, t)]: its three bins, each square-rooted, added up."""
    # in semitones, while the transform counts bins; silence has no tuning
    tuning = librosa.estimate_tuning(y=samples, sr=RATE_HZ) if np.any(samples) else 0.0
    bins = np.abs(librosa.cqt(
        samples, sr=RATE_HZ, hop_length=HOP_LENGTH, fmin=librosa.midi_to_hz(LOWEST_MIDI),
        n_bins=12 * OCTAVES * BINS_PER_SEMITONE, bins_per_octave=12 * BINS_PER_SEMITONE,
        tuning=tuning * BINS_PER_SEMITONE))
    around = np.pad(np.sqrt(bins), ((1, 1), (0, 0)))
    return (around[:-2] + around[1:-1] + around[2:])[::BINS_PER_SEMITONE]
