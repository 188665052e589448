"""What a model must beat: distances between spectrograms without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Baseline:
    """A named way to compare spectrograms without training.

    `embed` maps dB (n, F, T) to (n, D), or to (n, R, D), whose distance is the mean over R parts.
    """

    name: str
    title: str
    embed: Callable[[np.ndarray], np.ndarray]


def unit(x: np.ndarray) -> np.ndarray:
    """Scale each row (n, D) to unit length."""
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def as_reported(decibels: np.ndarray) -> np.ndarray:
    """Normalise as the report did, over the channel axis of (n, 1, F, T), which has length 1.

    Every value becomes -1 or 0, so nearly all distances vanish and the loss is the margin, whatever the
    songs are (FACTS, 3.1). The distance is taken along time and averaged over mel bands, as
    `TripletMarginLoss` does with pictures.
    """
    return np.sign(decibels)


def flat_l2(decibels: np.ndarray) -> np.ndarray:
    """Flatten the whole spectrogram and scale it to unit length: (n, F, T) -> (n, F * T)."""
    return unit(decibels.reshape(len(decibels), -1))


def band_mean_removed(decibels: np.ndarray) -> np.ndarray:
    """Take each mel band's mean over time away before flattening: what is left is how bands move."""
    return flat_l2(decibels - decibels.mean(axis=2, keepdims=True))


BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline("as_reported", "no model, as the report did it", as_reported),
        Baseline("flat_l2", "log-mel, flat L2", flat_l2),
        Baseline("band_mean_removed", "log-mel, per-mel-band mean removed", band_mean_removed),
    )
}
