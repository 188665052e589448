"""Small folders of made melodies, a small network, and indexes of vectors that were never heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import tiny

from songsim_lib.calibration import Calibration, Heard
from songsim_lib.calibration.cohort import Cohort
from songsim_lib.calibration.model import Model
from songsim_lib.search.speed import in_memory as made_index

__all__ = ["RATE_HZ", "calibrated", "clustered", "made_index", "melody", "unit", "write"]
RATE_HZ = 22_050


def melody(seed: int, seconds: float = 12) -> np.ndarray:
    return tiny.melody(seed, seconds=seconds)


def write(path: Path, seed: int, seconds: float = 12, gain: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, gain * melody(seed, seconds), RATE_HZ)
    return path


def unit(rng: np.random.Generator, n: int, dimensions: int = 64) -> np.ndarray:
    vectors = rng.standard_normal((n, dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def clustered(rng: np.random.Generator, n: int, centres: int, dimensions: int = 64, spread: float = 0.6) -> np.ndarray:
    """Unit vectors around unit vectors [shape=(n, dimensions)], `spread` from the centre on average."""
    near = unit(rng, centres, dimensions)[rng.integers(centres, size=n)] + spread * unit(rng, n, dimensions)
    return (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)


class Uncrowded(Calibration):
    """A calibration for which no recording lies in a crowd."""

    def heard(self, vectors: np.ndarray, seconds: float) -> Heard:
        return Heard(seconds, 0.0)


def calibrated(unrelated: np.ndarray) -> Calibration:
    """A calibration that has seen these distances of unrelated works, and takes 0.5 for as likely one work as two."""
    null = np.sort(-np.log(2 * unrelated))
    model = Model("network", -np.log(2), (-1.0, 0.0, 0.0, 0.0), null)
    return Uncrowded({"network": model}, Cohort(np.empty((0, 0)), np.empty(0, int)), 10, 10)
