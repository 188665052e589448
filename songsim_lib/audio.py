"""Any sound file to a mono clip at one rate, or an error that names the file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import librosa
import numpy as np
import soxr

from songsim_lib import decode
from songsim_lib.config import AudioSpec
from songsim_lib.decode import AudioError

# Full scale is 1; below this peak (-80 dBFS) a file counts as silent.
SILENCE_PEAK = 1e-4
LOUDEST = 1e12  # no scale that a recording is written in gets there, and the squares of what is louder overflow
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
    path = _there(path)
    mono, rate_hz = decode.read(path, longest_s)
    if not len(mono):
        raise AudioError(f"{path}: empty, no samples")
    if _peak(path, mono) < SILENCE_PEAK:
        raise AudioError(f"{path}: silent (peak below {SILENCE_PEAK:g} of full scale)")
    least_s = spec.window_s if least_s is None else least_s
    if len(mono) < least_s * rate_hz:
        raise AudioError(f"{path}: too short, {len(mono) / rate_hz:.1f} s; needs {least_s} s")
    if rate_hz != spec.sample_rate_hz:
        mono = librosa.resample(mono, orig_sr=rate_hz, target_sr=spec.sample_rate_hz)
    return mono


def stream(path: str | Path, spec: AudioSpec) -> Iterator[np.ndarray]:
    """Read a recording of any length block by block, as mono float32 at the study's sample rate.

    Together the blocks are what `load` gives of a recording that it reads whole; memory is that of one block. Silence
    is no error here, since it shows only where the recording ends.

    Parameters
    ----------
    path : as for `load`.
    spec : target rate.

    Yields
    ------
    samples [shape=(n,)], full scale 1; n varies and may be 0.

    Raises
    ------
    AudioError : missing, not audio, empty or damaged; while it is read.
    """
    path = _there(path)
    resampler, heard, given = None, 0, 0
    for block, rate_hz in decode.stream(path):
        _peak(path, block)
        resampler = resampler or soxr.ResampleStream(rate_hz, spec.sample_rate_hz, 1, quality="HQ")  # as librosa's
        samples = resampler.resample_chunk(block)
        yield samples
        heard, given = heard + len(block), given + len(samples)
    if resampler is None:
        raise AudioError(f"{path}: empty, no samples")
    rest = resampler.resample_chunk(np.empty(0, dtype=np.float32), last=True)
    whole = math.ceil(heard * (spec.sample_rate_hz / rate_hz))  # as librosa rounds, so that `load` gives as many
    yield librosa.util.fix_length(rest, size=whole - given)


def _there(path: str | Path) -> Path:
    path = Path(path)
    if not path.is_file():
        raise AudioError(f"{path}: no such file")
    return path


def _peak(path: Path, samples: np.ndarray) -> float:
    peak = max(samples.max(initial=0), -samples.min(initial=0))  # NaN where any of them is
    if not peak < LOUDEST:
        raise AudioError(f"{path}: damaged, holds NaN, infinite or absurdly large samples")
    return float(peak)


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
