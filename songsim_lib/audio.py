"""Any sound file to a mono clip at one rate, or an error that names the file."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np

from songsim_lib import decode
from songsim_lib.config import AudioSpec
from songsim_lib.decode import AudioError

# Full scale is 1; below this peak (-80 dBFS) a file counts as silent.
SILENCE_PEAK = 1e-4
LONGEST_S = 600.0  # ten minutes of the longest recording fit into memory at any rate


def load(path: str | Path, spec: AudioSpec, least_s: float | None = None, longest_s: float = LONGEST_S) -> np.ndarray:
    """Read a recording as mono float32 at the study's sample rate.

    Parameters
    ----------
    path : sound file of a kind that `decode.read` knows (wav, flac, mp3, ogg, opus, aiff, m4a, aac, mp4, wma).
    spec : target rate.
    least_s : the least duration; by default that of a window (`spec.window_s`).
    longest_s : of a recording that is longer, only the beginning is read.

    Returns
    -------
    samples [shape=(n,)], `least_s` seconds or more, full scale 1.

    Raises
    ------
    AudioError : missing, not audio, empty, silent, damaged (NaN or infinite samples) or too short.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(f"{path}: no such file")
    mono, rate_hz = decode.read(path, longest_s)
    if not len(mono):
        raise AudioError(f"{path}: empty, no samples")
    if not np.isfinite(mono).all():
        raise AudioError(f"{path}: damaged, holds NaN or infinite samples")
    if max(mono.max(), -mono.min()) < SILENCE_PEAK:
        raise AudioError(f"{path}: silent (peak below {SILENCE_PEAK:g} of full scale)")
    least_s = spec.window_s if least_s is None else least_s
    if len(mono) < least_s * rate_hz:
        raise AudioError(f"{path}: too short, {len(mono) / rate_hz:.1f} s; needs {least_s} s")
    if rate_hz != spec.sample_rate_hz:
        mono = librosa.resample(mono, orig_sr=rate_hz, target_sr=spec.sample_rate_hz)
    return mono


def window(samples: np.ndarray, spec: AudioSpec, rng: np.random.Generator) -> np.ndarray:
    """Cut a random window out of a recording; its first `spec.clip_samples` are the clip.

    Parameters
    ----------
    samples [shape=(n,)], n >= `spec.window_samples` (less a rounding sample, which is padded).

    Returns
    -------
    [shape=(spec.window_samples,)]
    """
    start = int(rng.integers(max(len(samples) - spec.window_samples, 0) + 1))
    return librosa.util.fix_length(samples[start : start + spec.window_samples], size=spec.window_samples)
