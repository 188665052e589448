"""How long a search takes among a thousand songs of which nobody needs the sound."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from songsim_lib.search.asking import Asked
from songsim_lib.search.index import Index
from songsim_lib.search.query import answer

if TYPE_CHECKING:
    from songsim_lib.calibration import Calibration

SONGS, WINDOWS, DIMENSIONS = 1_000, 48, 256  # of four minutes each
CENTRES, SPREAD = 500, 0.6  # around which the windows lie, and how far from there


def in_memory(vectors: np.ndarray, counts: np.ndarray, **columns: object) -> Index:
    """Make an index of given windows that lies nowhere.

    Parameters
    ----------
    vectors [shape=(V, D)] : of unit length, recording by recording.
    counts [shape=(n,)] : windows of each recording.
    columns : of its recordings, in the place of those made up.
    """
    n, starts = len(counts), np.cumsum(counts) - counts
    names = [f"r{i:05d}" for i in range(n)]
    recordings = pd.DataFrame({
        "track_id": names, "title": names, "artist": names, "work_id": names, "recording_id": names, "size": 0,
        "mtime_ns": 0, "glimpse": "", "key": names, "first": starts, "windows": counts, "left_out": 0, "reason": "",
    }).assign(**columns)
    place = np.concatenate([np.arange(count) for count in counts])
    windows = pd.DataFrame({"id": np.arange(len(vectors)), "recording": np.repeat(np.arange(n), counts),
                            "start_s": 5.0 * place, "end_s": 5.0 * place + 10})
    nowhere = Path("/nowhere")
    return Index(nowhere, nowhere, {"engine": None}, recordings, windows, vectors)


def songs(n: int = SONGS, seed: int = 0) -> Index:
    """Make up an index of n songs of four minutes, whose windows lie in clusters as those of music do."""
    rng = np.random.default_rng(seed)
    centres, vectors = (rng.standard_normal((count, DIMENSIONS), dtype=np.float32) for count in (CENTRES, n * WINDOWS))
    for points in (centres, vectors):
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    vectors = centres[rng.integers(CENTRES, size=len(vectors))] + SPREAD * vectors
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return in_memory(vectors, np.full(n, WINDOWS))


def seconds(index: Index, calibrated: Calibration | None = None, queries: int = 3) -> float:
    """Measure how long one search for the ten nearest takes, once the query was heard: the median of several songs."""
    took = []
    for row in range(queries):
        mine = index.rows(row)
        starts, ends = (index.windows[name].to_numpy()[mine] for name in ("start_s", "end_s"))
        asked = Asked(np.array(index.vectors[mine]), starts, ends)
        start = time.perf_counter()
        answer("made up", asked, index, 10, np.array([row]), calibrated=calibrated)
        took.append(time.perf_counter() - start)
    return float(np.median(took))
