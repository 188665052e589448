"""Music whose truth is known, and recordings of the tunebook that nothing is tested on elsewhere."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import soundfile
from test_chroma import play

from songsim_lib import splits
from songsim_lib.config import AudioSpec
from songsim_lib.sources import tunebook

SPEC = AudioSpec()
RATE_HZ = SPEC.sample_rate_hz
SCALE = [0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17, 19]


def tune(seed: int, seconds: float, semitones: int = 0, rate: float = 1.0) -> np.ndarray:
    """A melody in C major with notes of different lengths, one of many; `seconds` at rate 1."""
    rng, notes, left = np.random.default_rng(seed), [], seconds
    while left > 0.05:
        length = min(left, float(rng.choice([0.15, 0.25, 0.4, 0.65])))
        notes.append(play([60 + semitones + int(rng.choice(SCALE))], length / rate))
        left -= length
    return np.concatenate(notes)


def noise(seed: int, seconds: float) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).normal(size=round(seconds * RATE_HZ))).astype(np.float32)


def noisy(samples: np.ndarray, snr_db: float) -> np.ndarray:
    added = noise(7, len(samples) / RATE_HZ)[: len(samples)]
    return samples + added * np.sqrt((samples**2).mean() / (added**2).mean() / 10 ** (snr_db / 10))


def as_mp3(samples: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE_HZ, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.9)
    return soundfile.read(io.BytesIO(file.getvalue()), dtype="float32")[0]


def train_works() -> pd.DataFrame:
    """Recordings of works that train, two of each work that has them, side by side."""
    table = tunebook.catalog()
    table = table[splits.split_by_work(table, 0) == splits.TRAIN]
    return table.sort_values("track_id").groupby("work_id").head(2)
