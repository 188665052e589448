"""Find the other recordings of a work: the protocol of cover-song research, query by query (FACTS, section 5).

Every item with another recording of its work asks; all items of other recordings are candidates. Ready-made
scores do not fit: pytorch-metric-learning's `AccuracyCalculator` and the retrieval metrics of torchmetrics leave
out a query itself but no other encodes of its recording, give means without values per query, which intervals
and paired comparisons need, and leave ties to the order of a sort. `sklearn` computes the distances, and its
`average_precision_score` and `roc_auc_score` check this module in the tests.
"""

from __future__ import annotations

import numpy as np

from songsim_lib.metrics.auc import tally
from songsim_lib.metrics.labels import Labels
from songsim_lib.metrics.ranking import Distances, by_work, of_embeddings, of_matrix, rank_scores
from songsim_lib.metrics.result import PER_QUERY, Retrieval, compare

__all__ = ["PER_QUERY", "Labels", "Retrieval", "compare", "evaluate", "evaluate_embeddings"]


def evaluate(distances: np.ndarray, labels: Labels) -> Retrieval:
    """Judge distances: who finds the other recordings of its work among all others?

    Parameters
    ----------
    distances [shape=(n, n)] : from each item (row, the query) to each item; smaller is more alike. Only the rows
        of queries count, and in them no items of the query's own recording.
    labels : of the same n items, in the same order.

    Raises
    ------
    ValueError : the shape does not fit, or distances that count are NaN or infinite; names the queries.
    """
    return _retrieve(of_matrix(np.asarray(distances), labels), labels)


def evaluate_embeddings(embedded: np.ndarray, labels: Labels) -> Retrieval:
    """Judge embeddings by their Euclidean distances, without ever holding all of them.

    Parameters
    ----------
    embedded [shape=(n, D)] : one row for each item of the labels, in the same order (see `Labels.align`).

    Raises
    ------
    ValueError : the rows do not fit the labels, or hold NaN, infinite values or nothing but zeros; names them.
    """
    return _retrieve(of_embeddings(embedded, labels), labels)


def _retrieve(distances: Distances, labels: Labels) -> Retrieval:
    """Go through all distances twice: for ranks and positive pairs, then to set the negative pairs against these."""
    queries = np.flatnonzero(labels.queries)
    works = np.full(len(labels), -1)
    works[queries] = np.unique(labels.works[queries], return_inverse=True)[1]
    scores, relevant, asked_by = np.empty((len(labels), len(PER_QUERY))), [], []
    for group in by_work(labels, distances):
        group.irrelevant.sort(axis=1)
        for query, right, wrong in zip(group.queries, group.relevant, group.irrelevant, strict=True):
            scores[query] = rank_scores(right, wrong)
            relevant.append(right)
            asked_by.append(query)
    owners = works[np.repeat(asked_by, list(map(len, relevant)))]
    groups = ((works[group.queries[0]], group) for group in by_work(labels, distances))
    auc = tally(np.concatenate(relevant), owners, groups, works.max() + 1)
    by_field = dict(zip(PER_QUERY.values(), scores[queries].T.copy(), strict=True))
    return Retrieval(labels.track_ids[queries], queries, labels.works[queries], **by_field, auc=auc,
                     n_items=len(labels))
