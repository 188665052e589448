"""ROC-AUC of same-work against different-work pairs, with an exact bootstrap over works.

`sklearn.metrics.roc_auc_score` gives the area alone. An interval over works needs to know which work's pairs beat
which other's: with that table each bootstrap draw is a product of matrices instead of a new sort of all pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from songsim_lib.metrics.estimates import DRAWS, resample
from songsim_lib.metrics.ranking import Group


@dataclass(frozen=True)
class Auc:
    """How often pairs of one work are closer than pairs of different works.

    `wins` [shape=(W, W)] : cell (w, v) counts the positive pairs of queries of work w that are closer than a
    negative pair of a query of work v; a tie is half. `positives`, `negatives` [shape=(W,)] : pairs of the
    queries of each work. Works in the order of their names.
    """

    wins: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray

    @property
    def value(self) -> float:
        """Probability that a same-work pair is closer than a different-work pair, over all pairs of all queries."""
        return float(self.wins.sum() / (self.positives.sum() * self.negatives.sum()))

    def draws(self, seed: int = 0, draws: int = DRAWS) -> np.ndarray:
        """Compute the area for works drawn with replacement [shape=(draws,)], those of `mean_over_works`."""
        n_works = len(self.positives)
        cells = resample(n_works, seed, draws) + n_works * np.arange(draws)[:, None]
        counts = np.bincount(cells.ravel(), minlength=draws * n_works).reshape(draws, n_works).astype(np.float64)
        won = np.einsum("dw,dw->d", counts @ self.wins, counts)
        return won / ((counts @ self.positives) * (counts @ self.negatives))


def tally(relevant: np.ndarray, works: np.ndarray, groups: Iterable[tuple[int, Group]], n_works: int) -> Auc:
    """Count which work's positive pairs beat which work's negative pairs.

    Parameters
    ----------
    relevant, works [shape=(pairs,)] : distance of each positive pair, and the code of its query's work.
    groups : every query once, with the code of its work; their distances get sorted in place.
    n_works : works that ask; codes count from 0.
    """
    order = np.argsort(relevant, kind="stable")
    relevant, works = relevant[order], works[order]
    lost_by, negatives = np.zeros((n_works, n_works)), np.zeros(n_works)
    for work, group in groups:
        apart = group.irrelevant.reshape(-1)
        apart.sort()
        lost_by[work] += np.bincount(works, weights=_farther(relevant, apart), minlength=n_works)
        negatives[work] += len(apart)
    return Auc(lost_by.T, np.bincount(works, minlength=n_works).astype(np.float64), negatives)


def _farther(relevant: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Count for each positive distance [shape=(pairs,)] the negatives that are farther, ties half; both sorted."""
    nearer = np.searchsorted(negatives, relevant, side="left")
    farther = len(negatives) - nearer.astype(np.float64)
    tied = negatives[np.minimum(nearer, len(negatives) - 1)] == relevant  # rare: the second search is for these
    farther[tied] -= (np.searchsorted(negatives, relevant[tied], side="right") - nearer[tied]) / 2
    return farther
