"""The pooled ROC-AUC and its bootstrap: against scikit-learn with weights, and against truths that are known."""

import naive
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from songsim_lib.metrics import auc, estimates, retrieval
from songsim_lib.metrics.retrieval import Labels


@pytest.mark.parametrize("levels", [0, 4], ids=["no ties", "many ties"])
def test_each_bootstrap_draw_is_the_auc_of_the_works_drawn(levels):
    rng = np.random.default_rng(0)
    labels = Labels.of(naive.mixed(rng))
    distances = rng.random((len(labels), len(labels)))
    distances = np.floor(distances * levels) if levels else distances
    found = retrieval.evaluate(distances, labels)
    names, same, apart = map(np.array, zip(*naive.pairs(distances, labels), strict=True))
    works = np.unique(found.works)
    drawn = estimates.resample(len(works), seed=5, draws=20)
    for value, codes in zip(found.auc.draws(seed=5, draws=20), drawn, strict=True):
        times = np.bincount(codes, minlength=len(works))[np.searchsorted(works, names)]
        assert value == pytest.approx(roc_auc_score(same, -apart, sample_weight=times), rel=1e-12)


def test_the_table_of_wins_counts_pairs_of_works():
    distances = np.array([[0, 1, 5, 1], [2, 0, 2, 9], [7, 8, 0, 3], [3, 3, 3, 0.0]])
    found = retrieval.evaluate(distances, Labels.of(naive.catalog(list("aabb")))).auc
    assert found.positives.tolist() == [2, 2] and found.negatives.tolist() == [4, 4]
    # a's positives: 1, 2; its negatives 5, 1, 2, 9. b's positives: 3, 3; its negatives 7, 8, 3, 3.
    assert found.wins.tolist() == [[3.5 + 2.5, 8], [2 + 2, 3 + 3]]
    assert found.value == (6 + 8 + 4 + 6) / (4 * 8)


def test_ties_at_both_ends_of_the_negatives_are_half():
    found = auc._farther(np.array([0.0, 1.0, 1.0, 2.0, 3.0, 4.0]), np.array([1.0, 1.0, 2.0, 3.0]))
    assert found.tolist() == [4, 3, 3, 1.5, 0.5, 0]


def test_the_intervals_cover_the_truth_about_as_often_as_they_say():
    """Works of different difficulty, judged in small catalogs; the truth is the mean over very many of them."""
    names, trials = ("map", "mrr", "triplet_accuracy", "roc_auc"), 120
    labels = Labels.of(naive.catalog(list(np.arange(60) // 2)))
    rng = np.random.default_rng(0)
    values, inside = [], []
    for _ in range(3 * trials):
        hard = np.repeat(rng.uniform(0.4, 1.6, 30), 2)[:, None]
        heard = np.repeat(rng.standard_normal((30, 6)), 2, axis=0) + hard * rng.standard_normal((60, 6))
        found = retrieval.evaluate_embeddings(heard, labels)
        values.append([*(getattr(found, retrieval.PER_QUERY[name]).mean() for name in names[:3]), found.auc.value])
        if len(inside) < trials:
            inside.append(found.summary(seed=len(inside), draws=300))
    for name, truth in zip(names, np.mean(values, axis=0), strict=True):
        hits = np.mean([each[name]["low"] <= truth <= each[name]["high"] for each in inside])
        assert 0.86 <= hits < 1, (name, hits)
