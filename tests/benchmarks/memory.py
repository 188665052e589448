"""What preparing and training on many clips take of memory, when the store is larger than it should hold.

Two peaks of a process and its children. *Own* memory is what they have written and nobody else can give back. Pages of
the store's file, which is mapped, come on top in *resident* memory for as long as nothing else needs the room: the
kernel drops them and reads them again.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import training
from joblib.externals.loky import get_reusable_executor

from songsim_lib import prepare
from songsim_lib.config import EXPERIMENTS, AudioSpec
from songsim_lib.sources import tunebook
from songsim_lib.store import FeatureStore

SPEC = AudioSpec()
CLIPS, FEW = 50_000, 64  # recordings with one positive each; for trying
REAL, FEW_REAL = (150, 1_500), (8,)  # recordings that are really decoded
TRAINED = {"cnn_b32": 8, "resnet18_b32_all": 8}  # steps that are really taken; the other batches are only read
EVERY_S = 0.1


class Peaks:
    """Watch this process's children while a block runs: the largest sums of their memory, in MB."""

    def __init__(self) -> None:
        self.own_mb = self.resident_mb = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._done.wait(EVERY_S):
            found = []
            for child in me.children(recursive=True):
                try:
                    found.append(child.memory_info())
                except psutil.Error:  # it ended meanwhile
                    continue
            resident = sum(one.rss for one in found) / 1e6
            shared = sum(getattr(one, "shared", 0) for one in found) / 1e6  # pages of files; only Linux tells
            self.own_mb, self.resident_mb = max(self.own_mb, resident - shared), max(self.resident_mb, resident)

    def __enter__(self) -> Peaks:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def watched(task: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Call in a process of its own; what it tells, with `own_mb` and `resident_mb`, its peaks and its children's."""
    with Peaks() as peaks, ProcessPoolExecutor(1, get_context("spawn")) as process:
        told = process.submit(task, *given).result()
    return told | {"own_mb": round(peaks.own_mb), "resident_mb": round(peaks.resident_mb)}


def repeated_catalog(recordings: int) -> pd.DataFrame:
    """List the embedded corpus's recordings again and again under new names, up to so many."""
    catalog = tunebook.catalog()
    rows = catalog.iloc[np.arange(recordings) % len(catalog)].reset_index(drop=True)
    return rows.assign(track_id=[f"{track}-{row}" for row, track in enumerate(rows["track_id"])])


def prepared(recordings: int, folder: Path) -> dict[str, Any]:
    """Prepare really, on two workers."""
    prepare.build(repeated_catalog(recordings), folder, SPEC, 1, seed=0, workers=2)
    get_reusable_executor().shutdown()  # joblib's processes, for which this one would wait five minutes
    return {"what": "preparing, 2 workers", "clips": recordings}


def stored(recordings: int, folder: Path) -> dict[str, Any]:
    """Prepare with noise in the place of each spectrogram, so that what grows is the store alone."""
    drawn = training.noise(2)
    prepare.spectrograms = lambda path, track_id, **_: drawn
    prepare.build(repeated_catalog(recordings), folder, SPEC, 1, seed=0, workers=1)
    return {"what": "preparing with noise for each spectrogram: the store alone", "clips": recordings}


def trained(name: str, folder: Path, steps: int) -> dict[str, Any]:
    """Read one epoch's batches from a store that is mapped from disk, and train on the first of them."""
    run = training.trainer(EXPERIMENTS[name], FeatureStore.open(folder, SPEC).features)
    for place, batch in enumerate(run.batches(epoch=1)):
        if place < steps:
            run.step(*batch)
    return {"what": f"training {name}: an epoch read, {steps} steps taken", "clips": len(run.train_pairs)}


def room(folder: str, clips: int) -> None:
    """Check that a store of so many clips, with one positive each, fits.

    Raises
    ------
    SystemExit : says how much is free and how much is needed.
    """
    needed, free = 1.2 * 2 * clips * SPEC.n_mels * SPEC.n_frames, shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(f"memory: {needed / 1e9:.1f} GB are needed in {folder}, {free / 1e9:.1f} GB are free")


def measure(repeats: int, small: bool) -> dict[str, Any]:
    """Measure each once, whatever `repeats` says: a peak hardly varies, and one round writes 5.5 GB."""
    clips = FEW if small else CLIPS
    with tempfile.TemporaryDirectory() as folder:
        room(folder, clips)
        found = [watched(prepared, n, Path(folder) / f"real{n}") for n in (FEW_REAL if small else REAL)]
        found.append(watched(stored, clips, Path(folder) / "store"))
        names = ["cnn_b32"] if small else list(TRAINED)
        found += [watched(trained, name, Path(folder) / "store", 1 if small else TRAINED[name]) for name in names]
    return {"rows": found, "limit_mb": 6_000}
