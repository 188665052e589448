"""The study's data path beside ours: what it takes to bring one triplet to the network."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pandas as pd
import torch
from timing import Timed, repeated

from songsim_lib.config import AudioSpec
from songsim_lib.device import Batches

SPEC = AudioSpec()
TRIPLETS, FEW = 1_000, 20  # in a batch file of the study's; for trying
COLUMNS = ("processed_audio", "augmented_audio", "diff_processed_audio")
CPU = torch.device("cpu")


def batch_file(folder: Path, triplets: int) -> Path:
    """Write a batch file as the study's: a pickled DataFrame of raw audio, (y, sr) in three columns."""
    path, rng = folder / "batch_1_augmented.pkl", np.random.default_rng(0)
    sounds = {name: [(rng.standard_normal(SPEC.clip_samples).astype(np.float32), SPEC.sample_rate_hz)
                     for _ in range(triplets)] for name in COLUMNS}
    pd.DataFrame({"name": [f"song {n}" for n in range(triplets)], **sounds}).to_pickle(path)
    return path


def study_item(path: Path, place: int) -> torch.Tensor:
    """Fetch one triplet as the study's dataset did: unpickle the file, take a row, draw three spectrograms."""
    with open(path, "rb") as file:
        row = pickle.load(file).iloc[place]  # our own file of a moment ago
    mels = [librosa.power_to_db(librosa.feature.melspectrogram(y=row[name][0], sr=row[name][1]), ref=np.max)
            for name in COLUMNS]
    return torch.from_numpy(np.stack(mels)).unsqueeze(1)


def store(folder: Path, triplets: int) -> np.ndarray:
    """Make a feature store's array of as many triplets, mapped from disk."""
    path = folder / "features.npy"
    shape = (3 * triplets, SPEC.n_mels, SPEC.n_frames)
    np.save(path, np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    return np.load(path, mmap_mode="r")


def compare(folder: Path, repeats: int, small: bool = False, items: int = 3, batch: int = 32) -> dict[str, Timed]:
    """Time one triplet on each path, seconds an item; ours until it is sent to a device, and until it is dB here."""
    triplets = FEW if small else TRIPLETS
    path, features = batch_file(folder, triplets), store(folder, triplets)
    data, rng = Batches(features, SPEC, CPU), np.random.default_rng(1)
    batch = min(batch, triplets)

    def theirs() -> None:
        for place in rng.integers(triplets, size=items):
            study_item(path, int(place))

    def rows() -> np.ndarray:
        return rng.permutation(len(features))[: 2 * batch]  # the negative is another triplet's anchor

    tasks: dict[str, tuple[Callable[[], object], int]] = {
        "study": (theirs, items), "bytes": (lambda: torch.from_numpy(features[rows()]), batch),
        "decibels": (lambda: data[rows()], batch)}
    return {name: repeated(task, repeats, per=per) for name, (task, per) in tasks.items()}


def measure(repeats: int, small: bool) -> dict[str, Any]:
    """Time the study's data path and ours."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: one.as_dict() for name, one in compare(Path(folder), repeats, small).items()}
