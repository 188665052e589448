"""The retrieval protocol (FACTS, section 5) as plain loops, slow and obvious; and catalogs to try it on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from songsim_lib.metrics.retrieval import Labels, Retrieval

FIELDS = ("average_precision", "first_rank", "reciprocal_rank", "p_at_1", "p_at_10", "triplet_accuracy")


def catalog(works: list, recordings: list | None = None) -> pd.DataFrame:
    """One row an item, in the order given; recordings all differ unless told."""
    n = len(works)
    return pd.DataFrame({"track_id": [f"t{i:04d}" for i in range(n)], "work_id": works,
                         "recording_id": recordings if recordings is not None else [f"r{i:04d}" for i in range(n)]})


def mixed(rng: np.random.Generator, n_works: int = 12) -> pd.DataFrame:
    """Works of one to four recordings, every fourth recording in a second encode, rows in random order."""
    works, recordings = [], []
    for work in range(n_works):
        for version in range((1, 2, 2, 3, 4, 1)[work % 6]):
            copies = 2 if rng.random() < 0.25 else 1
            works += [f"w{work}"] * copies
            recordings += [f"w{work}/{version}"] * copies
    order = rng.permutation(len(works))
    return catalog([works[i] for i in order], [recordings[i] for i in order])


def pairs(distances: np.ndarray, labels: Labels) -> list[tuple[str, bool, float]]:
    """Every (query, candidate) pair: work of the query, whether the two are of one work, distance."""
    return [(labels.works[i], labels.works[i] == labels.works[j], distances[i, j])
            for i in range(len(labels)) if labels.queries[i]
            for j in range(len(labels)) if labels.recordings[i] != labels.recordings[j]]


def scores(distances: np.ndarray, labels: Labels) -> dict[str, np.ndarray]:
    """Every score of every query, found by walking down its list of candidates."""
    found = []
    for i in np.flatnonzero(labels.queries):
        others = [j for j in range(len(labels)) if labels.recordings[j] != labels.recordings[i]]
        right = [labels.works[j] == labels.works[i] for j in others]
        ranked = sorted((distances[i, j], is_right) for j, is_right in zip(others, right, strict=True))
        hits, precisions, first = 0, [], 0
        for rank, (_, is_right) in enumerate(ranked, start=1):
            if is_right:
                hits += 1
                precisions.append(hits / rank)
                first = first or rank
        ordered = [np.sign(wrong - good) / 2 + 0.5 for good, is_right in ranked if is_right
                   for wrong, is_wrong in ranked if not is_wrong]
        found.append((sum(precisions) / sum(right), first, 1 / first, float(first == 1),
                      sum(is_right for _, is_right in ranked[:10]) / 10, np.mean(ordered)))
    return dict(zip(FIELDS, np.array(found, dtype=float).T, strict=True))


def roc_auc(distances: np.ndarray, labels: Labels) -> float:
    """Share of (positive pair, negative pair) that are in the right order, ties half, one after the other."""
    positive = [d for _, same, d in pairs(distances, labels) if same]
    negative = [d for _, same, d in pairs(distances, labels) if not same]
    return sum((n > p) + 0.5 * (n == p) for p in positive for n in negative) / len(positive) / len(negative)


def assert_agree(found: Retrieval, distances: np.ndarray, labels: Labels) -> None:
    """Compare a retrieval with the loops above, score by score, query by query."""
    assert np.array_equal(found.works, labels.works[labels.queries])
    assert np.array_equal(found.track_ids, labels.track_ids[labels.queries])
    for field, expected in scores(distances, labels).items():
        assert np.allclose(getattr(found, field), expected, rtol=1e-12), field
    assert np.isclose(found.auc.value, roc_auc(distances, labels), rtol=1e-12)
