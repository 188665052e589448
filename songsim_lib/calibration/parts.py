"""Parts of songs, as a preview is of a whole: cut out of what was heard, so that nothing is played again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from songsim_lib import cqt
from songsim_lib.calibration.songs import Songs
from songsim_lib.chroma import FRAME_S
from songsim_lib.config import AudioSpec

LEAST_S = 10.2  # of a part: one window of the network
LARGEST = 0.5  # share of the whole


def with_parts(songs: Songs, spec: AudioSpec, seed: int = 0) -> Songs:
    """Add the beginning of each song that is long enough, as `part` (bool), with its whole's `recording_id`.

    A part has the first windows and chroma of its whole: what `compare` would hear of it, but for windows that were
    left out because they hold no music, which parts of these songs hardly have.
    """
    rng, table = np.random.default_rng(seed), songs.table.reset_index(drop=True)
    long = np.flatnonzero((table["seconds"] * LARGEST > LEAST_S).to_numpy())
    seconds = np.exp(rng.uniform(np.log(LEAST_S), np.log(LARGEST * table["seconds"].to_numpy()[long])))
    step_s = cqt.STEP * cqt.HOP_LENGTH / spec.sample_rate_hz
    windows = 1 + ((seconds - cqt.WINDOW * cqt.HOP_LENGTH / spec.sample_rate_hz) / step_s).astype(int)
    whole = table.assign(part=False, recording_id=table["track_id"])
    parts = whole.iloc[long].assign(part=True, seconds=seconds, track_id=whole["track_id"].iloc[long] + "-part")
    return Songs(pd.concat([whole, parts], ignore_index=True),
                 [*songs.vectors, *(songs.vectors[row][: max(1, n)] for row, n in zip(long, windows, strict=True))],
                 [*songs.chroma, *(songs.chroma[row][:, : int(s / FRAME_S)]
                                   for row, s in zip(long, seconds, strict=True))])
