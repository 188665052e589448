"""How many clips a second become features, and what a second worker adds."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from songsim_lib import prepare
from songsim_lib.config import AudioSpec
from songsim_lib.sources import tunebook

SPEC = AudioSpec()


def measure(recordings: int, workers: tuple[int, ...] = (1, 2)) -> dict[str, Any]:
    """Fill a store of the embedded corpus's first recordings, one positive each; clips (recordings) a second."""
    catalog = tunebook.catalog().head(recordings)
    rates, size = {}, 0
    for count in workers:
        # Processes start, and libraries are loaded, once.
        prepare.build(catalog.head(4 * count), Path(tempfile.mkdtemp()), SPEC, 1, seed=1, workers=count)
        folder = Path(tempfile.mkdtemp())
        start = time.perf_counter()
        prepare.build(catalog, folder, SPEC, 1, seed=0, workers=count)
        rates[count] = len(catalog) / (time.perf_counter() - start)
        size = (folder / "features.npy").stat().st_size
        shutil.rmtree(folder)
    return {"recordings": len(catalog), "clips_per_s": rates, "bytes_per_clip": size / (2 * len(catalog)),
            "efficiency": rates[workers[-1]] / (workers[-1] * rates[workers[0]])}
