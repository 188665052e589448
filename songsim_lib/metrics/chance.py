"""What pure chance reaches, exactly: expectations under a random order, not a coin that was flipped once.

The formulas follow from the position of relevants in a random order (a negative hypergeometric waiting time);
for the average precision see Bestgen, "Exact expected average precision of the random baseline" (2015).
"""

from __future__ import annotations

import numpy as np

from songsim_lib.metrics.labels import Labels


def average_precision(n: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Expect this average precision when `relevant` of `n` candidates are in random order [shape=(q,)]."""
    n, relevant = np.asarray(n, dtype=np.float64), np.asarray(relevant)
    harmonic = _harmonic(n)
    return (harmonic + (relevant - 1) * (n - harmonic) / np.maximum(n - 1, 1)) / n


def first_rank(n: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Expect the first of `relevant` among `n` candidates at this rank [shape=(q,)], from 1."""
    return (np.asarray(n) + 1) / (np.asarray(relevant) + 1)


def reciprocal_rank(n: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Expect this reciprocal of the first relevant's rank [shape=(q,)]: summed over where it may come."""
    from scipy.stats import nhypergeom  # here, because it takes half a second to load

    pairs, place = np.unique(np.stack([n, relevant]), axis=1, return_inverse=True)
    before = (np.arange(total - found + 1) for total, found in pairs.T)  # irrelevants ahead of the first relevant
    means = [(nhypergeom(total, total - found, 1).pmf(ahead) / (ahead + 1)).sum()
             for (total, found), ahead in zip(pairs.T, before, strict=True)]
    return np.array(means)[place.reshape(-1)]


def retrieval(labels: Labels) -> dict[str, float]:
    """Say what each retrieval score would be, on average, if the candidates came in random order.

    Returns
    -------
    The names of `Retrieval.summary`: expected for each query (n candidates, R relevants), then averaged.
    """
    n, relevant = labels.n_candidates[labels.queries], labels.n_relevant[labels.queries]
    found = {
        "map": average_precision(n, relevant),
        "mr1": first_rank(n, relevant),
        "mrr": reciprocal_rank(n, relevant),
        "p_at_1": relevant / n,
        "p_at_10": relevant / n * np.minimum(n, 10) / 10,
    }
    return {name: float(values.mean()) for name, values in found.items()} | {"triplet_accuracy": 0.5, "roc_auc": 0.5}


def triplets(works: np.ndarray) -> dict[str, float]:
    """Say what a random order would give the scores of validation triplets.

    There is no such number for the triplet loss: it depends on the scale of the distances.

    Parameters
    ----------
    works [shape=(n,)] : work of each anchor; its candidates are its own positive and those of other works.

    Returns
    -------
    triplet_accuracy, positive_rank, positive_first, positive_mrr (the names of `validate.Judgement.summary`).
    """
    _, place, sizes = np.unique(works, return_inverse=True, return_counts=True)
    n = len(works) - sizes[place] + 1.0
    return {"triplet_accuracy": 0.5, "positive_rank": float(((n + 1) / 2).mean()),
            "positive_first": float((1 / n).mean()), "positive_mrr": float((_harmonic(n) / n).mean())}


def _harmonic(n: np.ndarray) -> np.ndarray:
    """Sum 1 + 1/2 + ... + 1/n [shape=(q,)]."""
    from scipy.special import digamma

    return digamma(n + 1) + np.euler_gamma
