"""Constant-Q spectrograms of a catalog's recordings, made in parallel and kept: an interruption loses little."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from songsim_lib import audio, kept, parallel
from songsim_lib.config import AudioSpec
from songsim_lib.cqt import HOP_LENGTH, SEMITONES, TOP_DB, cqt
from songsim_lib.decode import CRASHED
from songsim_lib.features import quantise
from songsim_lib.files import code_digest, digest, glimpse

CODE = ("audio", "decode", "cqt", "features", "composition/spectra")
SCALE = AudioSpec(top_db=TOP_DB)  # of the stored bytes: 60 dB in 255 steps of 0.24 dB
BLOCK = 512  # recordings in a file


def frames(seconds: float, spec: AudioSpec) -> int:
    """Columns of a spectrogram of so many seconds."""
    return 1 + round(seconds * spec.sample_rate_hz) // HOP_LENGTH


def spectra(catalog: pd.DataFrame, spec: AudioSpec, seconds: float, cache: Path,
            workers: int = -1) -> tuple[np.ndarray, dict[str, str]]:
    """Draw the first `seconds` of every recording; what was drawn before is read from `cache`, 512 to a file.

    Parameters
    ----------
    catalog : validated, with a column `path`.

    Returns
    -------
    [shape=(n, SEMITONES, frames)], uint8, of the recordings that could be used, in the catalog's order; and the
        reason for each of the others, by track_id.
    """
    about = digest(repr(asdict(spec)), repr(seconds), version("librosa"), code_digest(*CODE))
    drawn, failed = [], dict[str, str]()
    for start in range(0, len(catalog), BLOCK):
        block = catalog.iloc[start : start + BLOCK]
        made_from = digest(about, *block["track_id"], *map(glimpse, block["path"]))
        found = kept.arrays(cache / f"{made_from}.npz", made_from,
                            partial(_block, block["path"].map(str), spec, seconds, workers))
        drawn.append(found["spectra"][found["reasons"] == ""])
        failed |= {track: str(reason) for track, reason in zip(block["track_id"], found["reasons"], strict=True)
                   if reason}
    return np.concatenate(drawn), failed


def _block(paths: pd.Series, spec: AudioSpec, seconds: float, workers: int) -> kept.Arrays:
    results = list(parallel.run(partial(_drawn, spec=spec, seconds=seconds), paths, progress="constant-Q",
                                unit="recording", workers=workers, crashed=lambda path: f"{path}: {CRASHED}"))
    silent = np.zeros((SEMITONES, frames(seconds, spec)), dtype=np.uint8)
    return {"spectra": np.stack([silent if isinstance(result, str) else result for result in results]),
            "reasons": np.array([result if isinstance(result, str) else "" for result in results])}


def _drawn(path: str, spec: AudioSpec, seconds: float) -> np.ndarray | str:
    """Draw one recording; the reason where it cannot be used."""
    try:
        samples = audio.load(path, spec, least_s=seconds, longest_s=seconds + 1)
        return quantise(cqt(samples[: round(seconds * spec.sample_rate_hz)], spec), SCALE)
    except (OSError, ValueError, RuntimeError) as error:  # an AudioError, or a library that cannot cope with this file
        return str(error)
