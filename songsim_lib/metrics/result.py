"""The scores of one retrieval, query by query: summed up with intervals, averaged, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from songsim_lib.metrics.auc import Auc
from songsim_lib.metrics.estimates import DRAWS, Estimate, mean_over_works, paired_difference
from songsim_lib.text import named

# Name in tables -> field of `Retrieval` that it is the mean of; in the order of `rank_scores`.
PER_QUERY = {
    "map": "average_precision",
    "mr1": "first_rank",
    "mrr": "reciprocal_rank",
    "p_at_1": "p_at_1",
    "p_at_10": "p_at_10",
    "triplet_accuracy": "triplet_accuracy",
}

Scores = dict[str, dict[str, float | int]]


@dataclass(frozen=True)
class Retrieval:
    """How well each query finds the other recordings of its work; arrays have one value a query [shape=(q,)].

    `queries` are positions in the labels, ascending; `auc` holds what the ROC-AUC and its interval need;
    `n_items` counts the items that were searched, distractors included. MR1 is better when lower, all other
    scores when higher; P@10 divides by 10, so that it cannot pass 0.1 where a work has two recordings.
    """

    track_ids: np.ndarray
    queries: np.ndarray
    works: np.ndarray
    average_precision: np.ndarray
    first_rank: np.ndarray
    reciprocal_rank: np.ndarray
    p_at_1: np.ndarray
    p_at_10: np.ndarray
    triplet_accuracy: np.ndarray
    auc: Auc
    n_items: int

    def summary(self, seed: int = 0, draws: int = DRAWS) -> Scores:
        """Estimate every score with its 95 % interval over works; n is the number of queries in all of them.

        Returns
        -------
        map, mr1, mrr, p_at_1, p_at_10, triplet_accuracy, roc_auc : each value, low, high, n.
        """
        means = {name: mean_over_works(getattr(self, field), self.works, seed, draws)
                 for name, field in PER_QUERY.items()}
        means["roc_auc"] = Estimate.from_draws(self.auc.value, self.auc.draws(seed, draws), len(self.queries))
        return {name: estimate.as_dict() for name, estimate in means.items()}

    def counts(self) -> dict[str, int]:
        """Say how much was compared: queries, works that ask, items searched, pairs of one and of two works."""
        return {"queries": len(self.queries), "works": len(self.auc.positives), "items": self.n_items,
                "positive_pairs": int(self.auc.positives.sum()), "negative_pairs": int(self.auc.negatives.sum())}

    @classmethod
    def mean(cls, results: Sequence[Retrieval]) -> Retrieval:
        """Average several trainings of one system query by query; intervals are then over works, not trainings.

        Raises
        ------
        ValueError : there is no result, or they are not of the same queries; names some that differ.
        """
        if not results:
            raise ValueError("the mean of no retrieval is not defined")
        for other in results[1:]:
            _check_same_queries(results[0], other)
        scores = {field: np.mean([getattr(each, field) for each in results], axis=0)
                  for field in PER_QUERY.values()}
        auc = replace(results[0].auc, wins=np.mean([each.auc.wins for each in results], axis=0))
        return replace(results[0], **scores, auc=auc)


def compare(a: Retrieval, b: Retrieval, seed: int = 0, draws: int = DRAWS) -> Scores:
    """Say by how much system `a` scores higher than `b` on the same queries, with paired 95 % intervals over works.

    Returns
    -------
    The scores of `Retrieval.summary`, each the difference a - b (negative is better for mr1 alone).

    Raises
    ------
    ValueError : the two were not judged on the same queries and candidates.
    """
    _check_same_queries(a, b)
    found = {name: paired_difference(getattr(a, field), getattr(b, field), a.works, seed, draws)
             for name, field in PER_QUERY.items()}
    found["roc_auc"] = Estimate.from_draws(a.auc.value - b.auc.value,
                                           a.auc.draws(seed, draws) - b.auc.draws(seed, draws), len(a.queries))
    return {name: estimate.as_dict() for name, estimate in found.items()}


def _check_same_queries(a: Retrieval, b: Retrieval) -> None:
    if len(odd := np.setxor1d(a.track_ids, b.track_ids)):
        raise ValueError(f"not the same queries; in one of them only: {named(odd)}")
    same = a.n_items == b.n_items and all(
        np.array_equal(x, y) for x, y in ((a.track_ids, b.track_ids), (a.works, b.works),
                                          (a.auc.positives, b.auc.positives), (a.auc.negatives, b.auc.negatives)))
    if not same:
        raise ValueError("the same queries, but in another order, of other works or among other candidates")
