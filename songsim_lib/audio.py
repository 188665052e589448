"""Any sound file to a mono clip at one rate, or an error that names the file."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import soundfile

from songsim_lib.config import AudioSpec

# Full scale is 1; below this peak (-80 dBFS) a file counts as silent.
SILENCE_PEAK = 1e-4


class AudioError(ValueError):
    """A sound file that cannot be used; names it and says why."""


def load(path: str | Path, spec: AudioSpec, least_s: float | None = None) -> np.ndarray:
    """Read a recording as mono float32 at the study's sample rate.

    Parameters
    ----------
    path : sound file in any format libsndfile reads (wav, flac, mp3, ogg, opus, aiff).
    spec : target rate.
    least_s : the least duration; by default that of a window (`spec.window_s`).

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
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioError(f"{path}: not readable as audio ({error})") from error
    if not len(samples):
        raise AudioError(f"{path}: empty, no samples")
    mono = samples.mean(axis=1)
    if not np.isfinite(mono).all():
        raise AudioError(f"{path}: damaged, holds NaN or infinite samples")
    if np.abs(mono).max() < SILENCE_PEAK:
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
