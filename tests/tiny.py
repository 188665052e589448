"""A study of small synthetic melodies: 1 s clips, 32 mel bands, made through the library's own path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from songsim_lib import catalog as catalogs
from songsim_lib import prepare, splits
from songsim_lib.config import AudioSpec, Experiment
from songsim_lib.profiles import Profile
from songsim_lib.study import Study

SPEC = AudioSpec(clip_s=1.0, window_s=1.25, n_mels=32)
PROFILE = Profile("tiny", "tests", triplets=24, max_epochs=3, learning_rate=1e-3, batch_norm_clips=32, covers=40)
CNN = Experiment(name="cnn_tiny", title="CNN", architecture="cnn", trainable="all", batch_size=8, dropout=0.5,
                 epochs=3, learning_rate=1e-3, weight_decay=1e-4, figure="cnn_tiny")
RESNET = Experiment(name="resnet_tiny", title="ResNet-18", architecture="resnet18", trainable="last_block",
                    batch_size=8, dropout=0.5, epochs=2, learning_rate=1e-4, weight_decay=0.0, figure="resnet_tiny")


def melody(seed: int, seconds: float = 1.5, rate_hz: int = 22_050) -> np.ndarray:
    """Eight random notes of a few harmonics each."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate_hz / 8)) / rate_hz
    notes = [sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3)) for pitch in rng.uniform(150, 2_000, 8)]
    return 0.2 * np.concatenate(notes) + 0.001 * rng.standard_normal(8 * len(time))


def recordings(folder: Path, n: int = 24, works: int = 16) -> pd.DataFrame:
    """Write `n` wav files and catalog them; the first works have two recordings."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        soundfile.write(folder / f"t{i:02d}.wav", melody(i), 22_050)
    return catalogs.validate(pd.DataFrame({
        "track_id": [f"t{i:02d}" for i in range(n)], "title": "Melody", "artist": "A generator",
        "work_id": [f"w{i % works:02d}" for i in range(n)], "recording_id": [f"r{i:02d}" for i in range(n)],
        "path": [str(folder / f"t{i:02d}.wav") for i in range(n)],
    }))


def study(folder: Path, seed: int = 0, profile: Profile = PROFILE) -> Study:
    """Make a study whose catalog and store exist."""
    made = Study("tunebook", profile, seed=seed, output=str(folder), spec=SPEC)
    table = recordings(folder / "sound")
    table["split"] = splits.split_by_work(table, seed, validation_share=0.3)
    catalogs.save(table, made.store_folder / "catalog.parquet")
    catalogs.save(table[table["split"] != splits.TRAIN], made.store_folder / "unseen.parquet")
    prepare.build(table, made.store_folder, SPEC, profile.positives(len(table)), seed=seed, workers=1)
    return made
