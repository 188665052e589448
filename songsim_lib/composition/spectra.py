"""Spectrograms of a catalog's recordings, made in parallel and kept: an interruption loses little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import librosa
import numpy as np
import pandas as pd

from songsim_lib import audio, kept, parallel
from songsim_lib.composition.conditions import worn
from songsim_lib.config import AudioSpec
from songsim_lib.cqt import HOP_LENGTH, SCALE, SEMITONES, TOP_DB, cqt
from songsim_lib.decode import CRASHED
from songsim_lib.features import log_mel, quantise
from songsim_lib.files import code_digest, digest, glimpse

CODE = ("audio", "decode", "cqt", "features", "composition/spectra", "composition/conditions")
MEL = AudioSpec(top_db=TOP_DB, n_mels=SEMITONES, hop_length=HOP_LENGTH)  # what the constant-Q transform is judged by
BLOCK = 512  # recordings in a file


@dataclass(frozen=True)
class Drawing:
    """How recordings are drawn: their first `seconds`, in semitones or in as many mel bands, as they are or worn."""

    seconds: float
    mel: bool = False
    worn: bool = False


def frames(seconds: float, spec: AudioSpec) -> int:
    """Columns of a spectrogram of so many seconds."""
    return 1 + round(seconds * spec.sample_rate_hz) // HOP_LENGTH


def spectra(catalog: pd.DataFrame, spec: AudioSpec, drawing: Drawing, cache: Path,
            workers: int = -1) -> tuple[np.ndarray, dict[str, str]]:
    """Draw every recording; what was drawn before is read from `cache`, 512 to a file.

    Parameters
    ----------
    catalog : validated, with a column `path`.

    Returns
    -------
    [shape=(n, SEMITONES, frames)], uint8, of the recordings that could be used, in the catalog's order; and the
        reason for each of the others, by track_id.
    """
    about = digest(repr(asdict(spec)), repr(drawing), version("librosa"), version("audiomentations"),
                   code_digest(*CODE))
    blocks = [catalog.iloc[start : start + BLOCK] for start in range(0, len(catalog), BLOCK)]
    names = [digest(about, *block["track_id"], *map(glimpse, block["path"])) for block in blocks]
    had = [kept.find(cache / f"{name}.npz", name) for name in names]
    made = _draw([block for block, found in zip(blocks, had, strict=True) if found is None], spec, drawing, workers)
    arrays = [found or kept.keep(cache / f"{name}.npz", name, next(made))
              for name, found in zip(names, had, strict=True)]
    drawn, reasons = (np.concatenate([found[part] for found in arrays]) for part in ("spectra", "reasons"))
    failed = {track: str(reason) for track, reason in zip(catalog["track_id"], reasons, strict=True) if reason}
    return drawn[reasons == ""], failed


def _draw(blocks: list[pd.DataFrame], spec: AudioSpec, drawing: Drawing, workers: int) -> Iterator[kept.Arrays]:
    """Draw the recordings of all blocks in one go, and give them block by block."""
    if not blocks:
        return
    every = pd.concat(blocks)
    results = parallel.run(partial(_drawn, spec=spec, drawing=drawing), every["track_id"], every["path"].map(str),
                           progress="spectrograms", unit="recording", workers=workers,
                           crashed=lambda _, path: f"{path}: {CRASHED}")
    silent = np.zeros((SEMITONES, frames(drawing.seconds, spec)), dtype=np.uint8)
    for block in blocks:
        found = list(islice(results, len(block)))
        yield {"spectra": np.stack([silent if isinstance(result, str) else result for result in found]),
               "reasons": np.array([result if isinstance(result, str) else "" for result in found])}


def _drawn(track: str, path: str, spec: AudioSpec, drawing: Drawing) -> np.ndarray | str:
    """Draw one recording; the reason where it cannot be used."""
    try:
        samples = audio.load(path, spec, least_s=drawing.seconds, longest_s=drawing.seconds + 1)
        samples = librosa.util.fix_length(samples, size=round(drawing.seconds * spec.sample_rate_hz))
        if drawing.worn:
            samples = worn(samples, spec, int(digest(track)[:8], 16))
        return quantise(log_mel(samples, MEL) if drawing.mel else cqt(samples, spec), SCALE)
    except (OSError, ValueError, RuntimeError) as error:  # an AudioError, or a library that cannot cope with this file
        return str(error)
