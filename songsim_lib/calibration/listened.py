"""Recordings that exist as files, heard for a calibration as `compare` hears them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import torch

from songsim_lib import parallel
from songsim_lib.audio import AudioError
from songsim_lib.calibration.songs import Songs
from songsim_lib.compare.sound import hear, points
from songsim_lib.config import AudioSpec
from songsim_lib.models import Embedder

Found = tuple[np.ndarray, np.ndarray, float]


def listen(catalog: pd.DataFrame, net: Embedder, spec: AudioSpec, workers: int = -1) -> Songs:
    """Hear the recordings of a catalog, in parallel; what cannot be heard, or holds no pitches, is named and left out.

    Parameters
    ----------
    catalog : with `path`, `track_id`, `work_id`, and where known `score_id` and `recording_id`.
    """
    found: dict[int, Found] = {}
    heard = parallel.run(partial(_hear, net=net, spec=spec), catalog["path"].map(str), progress="recordings",
                         unit="recording", workers=workers)
    for row, result in enumerate(heard):
        if isinstance(result, str):
            print(f"left out: {result}", flush=True)
        else:
            found[row] = result
    names = [name for name in ("track_id", "work_id", "score_id", "recording_id") if name in catalog]
    table = catalog.iloc[list(found)][names].reset_index(drop=True)
    return Songs(table.assign(seconds=[one[2] for one in found.values()]), [one[0] for one in found.values()],
                 [one[1] for one in found.values()])


def _hear(path: str, net: Embedder, spec: AudioSpec) -> Found | str:
    torch.set_num_threads(1)
    try:
        sound = hear(path, spec)
    except AudioError as error:
        return str(error)
    where = points(sound, net, torch.device("cpu"))
    if not where.valid.any():
        return f"{path}: no pitches that stand out"
    return where.vectors[where.valid], sound.chroma, sound.duration_s
