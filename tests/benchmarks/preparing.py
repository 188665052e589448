"""How many clips a second become features, and what a second worker adds."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from songsim_lib import prepare
from songsim_lib.config import AudioSpec
from songsim_lib.sources import tunebook

SPEC = AudioSpec()
RECORDINGS, FEW = 160, 8  # for measuring, for trying


def clips_per_s(catalog: pd.DataFrame, workers: int) -> tuple[float, int]:
    """Fill a store, one positive each; recordings a second, and bytes of its array."""
    with tempfile.TemporaryDirectory() as folder:
        # Processes start, and libraries are loaded, once.
        prepare.build(catalog.head(4 * workers), Path(folder) / "first", SPEC, 1, seed=1, workers=workers)
        start = time.perf_counter()
        prepare.build(catalog, Path(folder) / "store", SPEC, 1, seed=0, workers=workers)
        rate = len(catalog) / (time.perf_counter() - start)
        return rate, (Path(folder) / "store" / "features.npy").stat().st_size


def measure(repeats: int, small: bool) -> dict[str, Any]:
    """Fill stores of the embedded corpus's first recordings with one worker and with two; medians of the rates."""
    catalog = tunebook.catalog().head(FEW if small else RECORDINGS)
    found = {workers: [clips_per_s(catalog, workers) for _ in range(repeats)] for workers in (1, 2)}
    one, two = (statistics.median(rate for rate, _ in found[workers]) for workers in (1, 2))
    size = found[1][0][1]
    return {"recordings": len(catalog), "clips_per_s": {"1": one, "2": two}, "efficiency": two / (2 * one),
            "bytes_per_clip": size / (2 * len(catalog))}
