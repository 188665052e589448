"""What is heard of a recording when it is compared with others, by all systems: log-mel, chroma, constant-Q."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from songsim_lib import audio, cqt, kept, parallel
from songsim_lib.chroma import chroma
from songsim_lib.config import AudioSpec
from songsim_lib.decode import CRASHED
from songsim_lib.features import log_mel, quantise
from songsim_lib.files import code_digest, digest

CODE = ("audio", "decode", "chroma", "cqt", "features")  # what excerpts follow from, beside the sound
SPARE_S = 30.0  # is read of a recording beyond what is heard of it, so that its end is no resampler's edge
Analysis = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Excerpts:
    """What every system hears of n recordings.

    Attributes
    ----------
    windows : log-mel spectrograms of consecutive clips [shape=(W, n_mels, n_frames)], uint8 (`features.quantise`).
    owner : position of the recording each window belongs to [shape=(W,)], ascending; each has one at least.
    chroma : n arrays [shape=(12, T)], float32; T grows with the recording's length.
    constant_q : n arrays [shape=(V, SEMITONES, frames)], uint8, of overlapping windows (`cqt.windows`).
    """

    windows: np.ndarray
    owner: np.ndarray
    chroma: list[np.ndarray]
    constant_q: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.chroma)

    @classmethod
    def of(cls, analyses: Sequence[Analysis]) -> Excerpts:
        """Put the analyses of several recordings together."""
        windows, chroma, constant_q = zip(*analyses, strict=True)
        counts = [len(part) for part in windows]
        return cls(np.concatenate(windows), np.repeat(np.arange(len(counts)), counts), list(chroma), list(constant_q))


def analyse(samples: np.ndarray, spec: AudioSpec) -> Analysis:
    """Analyse a recording: the log-mels of its consecutive clips, its chroma, its constant-Q windows.

    Parameters
    ----------
    samples [shape=(n,)] : mono, at `spec.sample_rate_hz`, as long as a clip at least. What is left after the last
        whole clip is heard by the other two alone.

    Returns
    -------
    windows [shape=(n // clip_samples, n_mels, n_frames)], uint8; chroma [shape=(12, T)], float32; constant-Q
        [shape=(V, SEMITONES, frames)], uint8.
    """
    starts = range(0, len(samples) - spec.clip_samples + 1, spec.clip_samples)
    if not starts:
        raise ValueError(f"{len(samples)} samples are shorter than a clip of {spec.clip_samples}")
    clips = (samples[start : start + spec.clip_samples] for start in starts)
    mels = np.stack([quantise(log_mel(clip, spec), spec) for clip in clips])
    return mels, chroma(samples, spec), cqt.windows(samples, spec)


def of_samples(clips: Iterable[np.ndarray], spec: AudioSpec, workers: int = -1) -> Excerpts:
    """Analyse sounds that are in memory, in parallel, in their order."""
    return Excerpts.of(list(parallel.run(partial(analyse, spec=spec), clips, workers=workers)))


def prepare(catalog: pd.DataFrame, spec: AudioSpec, seconds: float, cache: Path,
            workers: int = -1) -> tuple[Excerpts, dict[str, str]]:
    """Analyse the first `seconds` of every recording, in parallel; what was analysed before is read from `cache`.

    Parameters
    ----------
    catalog : validated, with a column `path`.
    cache : folder that receives one file a recording, so that an interrupted call goes on where it stopped.

    Returns
    -------
    excerpts, failed : those of the recordings that could be used, in the catalog's order; and the reason for each
        of the others, by track_id.

    Raises
    ------
    audio.AudioError : not one recording could be used.
    """
    cache.mkdir(parents=True, exist_ok=True)
    made_with = digest(repr(asdict(spec)), repr(seconds), code_digest(*CODE))
    hear = partial(_kept, spec=spec, seconds=seconds, cache=cache, made_with=made_with)
    found = list(parallel.run(hear, catalog["path"].map(str), progress="listening", unit="recording", workers=workers,
                              crashed=lambda path: f"{path}: {CRASHED}"))
    failed = {track: result for track, result in zip(catalog["track_id"], found, strict=True)
              if isinstance(result, str)}
    if len(failed) == len(catalog):
        raise audio.AudioError(f"none of the {len(catalog)} recordings could be used; the first: {found[0]}")
    return Excerpts.of([result for result in found if not isinstance(result, str)]), failed


def _kept(path: str, spec: AudioSpec, seconds: float, cache: Path, made_with: str) -> Analysis | str:
    """Analyse one file, or read what was kept of it; a reason when it cannot be used."""
    try:
        stamp = Path(path).stat()
        name = hashlib.sha256(f"{path}/{stamp.st_size}/{stamp.st_mtime_ns}/{made_with}".encode()).hexdigest()[:24]
        found = kept.arrays(cache / f"{name}.npz", name, lambda: _heard(path, spec, seconds))
        return found["windows"], found["chroma"], found["constant_q"]
    except (OSError, ValueError, RuntimeError) as error:  # an AudioError, or a library that cannot cope with this file
        return str(error)


def _heard(path: str, spec: AudioSpec, seconds: float) -> kept.Arrays:
    samples = audio.load(path, spec, least_s=spec.clip_s, longest_s=seconds + SPARE_S)
    samples = samples[: round(seconds * spec.sample_rate_hz)]
    return dict(zip(("windows", "chroma", "constant_q"), analyse(samples, spec), strict=True))
