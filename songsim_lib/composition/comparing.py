"""How far apart two recordings are: their windows in pairs, the best of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from songsim_lib.cqt import SCALE
from songsim_lib.device import Batches, embed
from songsim_lib.excerpts import Excerpts
from songsim_lib.models import Embedder

# Of a recording's windows, those that the other recording answers best. MAP of real music's dev queries (n = 160), up
# to 30 s each: with a half 0.854, three quarters 0.879, all 0.878.
BEST_SHARE = 0.75


@dataclass(frozen=True)
class Embedded:
    """Where the windows of n recordings lie.

    Attributes
    ----------
    vectors [shape=(V, D)] : of unit length, recording by recording.
    counts [shape=(n,)] : windows of each recording, one at least.
    """

    vectors: np.ndarray
    counts: np.ndarray


def points(net: Embedder, excerpts: Excerpts, device: torch.device) -> Embedded:
    """Embed the windows of all recordings, those of one length together."""
    every = [window for recording in excerpts.constant_q for window in recording]
    lengths = np.array([window.shape[1] for window in every])
    vectors: np.ndarray | None = None
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        found = embed(net, Batches(np.stack([every[row] for row in rows]), SCALE, device), np.arange(len(rows)))
        vectors = np.empty((len(every), found.shape[1]), np.float32) if vectors is None else vectors
        vectors[rows] = found
    assert vectors is not None
    return Embedded(vectors, np.array([len(recording) for recording in excerpts.constant_q]))


def _answered(alike: np.ndarray, asking: np.ndarray, answering: np.ndarray) -> np.ndarray:
    """Average, over the best-answered windows of each asking recording, their best answers: (V, W) -> (n, m)."""
    best = np.maximum.reduceat(alike, np.cumsum(answering) - answering, axis=1)
    kept = []
    for windows in np.split(best, np.cumsum(asking)[:-1]):
        counted = max(1, round(BEST_SHARE * len(windows)))
        kept.append(np.sort(windows, axis=0)[-counted:].mean(axis=0))
    return np.stack(kept)


def distances(a: Embedded, b: Embedded) -> np.ndarray:
    """Compare n recordings with m: one minus the cosine, averaged over the best pairs of windows [shape=(n, m)].

    Each window takes its best answer in the other recording; of these the best BEST_SHARE count, so that an ending that
    the other leaves out costs nothing; the mean of both directions is taken. With one window each, it is the cosine
    distance of the two.
    """
    alike = a.vectors @ b.vectors.T
    there = _answered(alike, a.counts, b.counts)
    return 1 - (there + _answered(alike.T, b.counts, a.counts).T) / 2


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Compare two recordings by the points of their windows (V, D), (W, D), as `distances` does."""
    return float(distances(*(Embedded(side, np.array([len(side)])) for side in (a, b)))[0, 0])
