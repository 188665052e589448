"""Triplets: losses, hardness, and where an anchor's own positive comes among the others."""

from __future__ import annotations

import numpy as np


def triplet_losses(positive_distance: np.ndarray, negative_distance: np.ndarray, margin: float) -> np.ndarray:
    """Compute max(0, d(a, p) - d(a, n) + margin) for each triplet [shape=(n,)] (Schroff et al. 2015)."""
    return np.maximum(positive_distance - negative_distance + margin, 0.0)


def hardness(positive_distance: np.ndarray, negative_distance: np.ndarray, margin: float) -> np.ndarray:
    """Name each negative [shape=(n,)]: "hard" (nearer than the positive), "semi-hard" (within the margin), "easy"."""
    gap = negative_distance - positive_distance
    return np.select([gap <= 0, gap < margin], ["hard", "semi-hard"], default="easy")


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Euclidean distances of every row of `a` (n, D) to every row of `b` (m, D) [shape=(n, m)]."""
    import torch  # here, because it takes seconds and most of this module does without

    return torch.cdist(torch.from_numpy(a), torch.from_numpy(b),
                       compute_mode="donot_use_mm_for_euclid_dist" if a.shape[1] <= 1_024 else
                       "use_mm_for_euclid_dist").numpy()


def accuracy_over_negatives(positive_distance: np.ndarray, others: np.ndarray, works: np.ndarray) -> np.ndarray:
    """Measure for each anchor the share of all negatives that lie farther away than its positive.

    Parameters
    ----------
    positive_distance [shape=(n,)] : d(anchor, its positive).
    others [shape=(n, n)] : d(anchor, every anchor); those of the same work do not count.
    works [shape=(n,)] : work of each anchor.

    Returns
    -------
    [shape=(n,)], in [0, 1]; a tie counts one half. Chance is 0.5.
    """
    negative = works[:, None] != works[None, :]
    won = (others > positive_distance[:, None]) + 0.5 * (others == positive_distance[:, None])
    return (won * negative).sum(axis=1) / negative.sum(axis=1)


def positive_ranks(to_positives: np.ndarray, works: np.ndarray) -> np.ndarray:
    """Rank each anchor's own positive among the positives of all songs: 1 is best.

    Every candidate is augmented alike, so that noise cannot give the answer away. Other recordings of the
    anchor's work are no candidates. A tie takes the middle rank.

    Parameters
    ----------
    to_positives [shape=(n, n)] : d(anchor i, positive j); the diagonal is the right answer.
    works [shape=(n,)]

    Returns
    -------
    [shape=(n,)], in [1, n].
    """
    own = np.diag(to_positives)[:, None]
    rival = works[:, None] != works[None, :]
    return 1 + ((to_positives < own) & rival).sum(axis=1) + 0.5 * ((to_positives == own) & rival).sum(axis=1)
