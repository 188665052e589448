"""What a random order reaches: formulas against every order there is, and against shuffled labels."""

import itertools
import math

import naive
import numpy as np
import pytest

from songsim_lib import metrics
from songsim_lib.metrics import chance, ranking
from songsim_lib.metrics.retrieval import Labels, evaluate, evaluate_embeddings


@pytest.mark.parametrize(("n", "relevant"), [(n, r) for n in (1, 2, 5, 12) for r in (1, 2, 3, 5, 12) if r <= n])
def test_chance_is_the_mean_over_every_order(n, relevant):
    orders = [ranking.rank_scores(np.array(places), np.setdiff1d(np.arange(n), places))
              for places in itertools.combinations(range(n), relevant)]
    precision, first, reciprocal, at_1, at_10, accuracy = np.mean(orders, axis=0)
    count, found = np.array([n]), np.array([relevant])
    assert chance.average_precision(count, found) == pytest.approx([precision], rel=1e-12)
    assert chance.first_rank(count, found) == pytest.approx([first], rel=1e-12)
    assert chance.reciprocal_rank(count, found) == pytest.approx([reciprocal], rel=1e-12)
    assert at_1 == pytest.approx(relevant / n) and at_10 == pytest.approx(relevant / n * min(n, 10) / 10)
    assert n == relevant or accuracy == pytest.approx(0.5)


@pytest.mark.parametrize(("works", "recordings"), [("aabbc", None), ("aaabb", None), ("aaabbc", "112345")])
def test_chance_of_a_retrieval_is_the_mean_over_every_way_to_hand_out_labels(works, recordings):
    labels = Labels.of(naive.catalog(list(works), recordings and list(recordings)))
    distances = metrics.distances(*2 * (np.random.default_rng(0).random((len(works), 3)),))
    found = []
    for order in map(list, itertools.permutations(range(len(works)))):
        each = evaluate(distances[np.ix_(order, order)], labels)
        found.append([*(getattr(each, field).mean() for field in naive.FIELDS), each.auc.value])
    assert np.mean(found, axis=0) == pytest.approx(list(chance.retrieval(labels).values()), rel=1e-12)


def test_chance_stays_exact_among_many_candidates():
    n = 9_999
    harmonic = math.fsum(1 / k for k in range(1, n + 1))
    assert chance.reciprocal_rank(np.array([n]), np.array([1])) == pytest.approx([harmonic / n], rel=1e-9)
    assert chance.average_precision(np.array([n]), np.array([1])) == pytest.approx([harmonic / n], rel=1e-9)
    assert chance.reciprocal_rank(np.array([n]), np.array([n])) == pytest.approx([1])


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_labels_score_chance_in_every_metric(seed):
    """200 shuffles of who is who; the mean lies within 3 standard errors of the formula."""
    rng = np.random.default_rng(seed)
    catalog = naive.mixed(rng, n_works=14)
    everyone = Labels.of(catalog)
    labels = Labels.of(catalog, everyone.queries & (rng.random(len(catalog)) < 0.7))
    truth = rng.standard_normal((14, 6))[rng.permutation(len(labels)) % 14]  # clusters, but not of works
    distances = metrics.distances(truth + 0.3 * rng.standard_normal(truth.shape), truth)
    distances = distances + distances.T
    shuffled = []
    for _ in range(200):
        order = rng.permutation(len(labels))
        found = evaluate(distances[np.ix_(order, order)], labels)
        shuffled.append([*(getattr(found, field).mean() for field in naive.FIELDS), found.auc.value])
    expected = chance.retrieval(labels)
    error = np.std(shuffled, axis=0, ddof=1) / np.sqrt(200)
    names = ("map", "mr1", "mrr", "p_at_1", "p_at_10", "triplet_accuracy", "roc_auc")
    assert set(names) == set(expected) == set(found.summary(draws=10))
    for name, mean, standard_error in zip(names, np.mean(shuffled, axis=0), error, strict=True):
        assert abs(mean - expected[name]) < 3 * standard_error, name


def test_a_constant_embedding_never_beats_chance():
    labels = Labels.of(naive.mixed(np.random.default_rng(0)))
    summary = evaluate_embeddings(np.ones((len(labels), 4)), labels).summary()
    found = {name: each["value"] for name, each in summary.items()}
    expected = chance.retrieval(labels)
    assert found.pop("mr1") > expected["mr1"]
    assert all(value <= expected[name] for name, value in found.items())


def test_chance_of_triplet_scores_is_what_random_distances_get():
    works = np.array([0, 0, 0, 1, 1, 2, 3, 4])
    rng, found = np.random.default_rng(0), []
    for _ in range(4_000):
        distances = rng.random((8, 8))
        rank = metrics.positive_ranks(distances, works)
        accuracy = metrics.accuracy_over_negatives(rng.random(8), distances, works)
        found.append((accuracy.mean(), rank.mean(), (rank == 1).mean(), (1 / rank).mean()))
    error = np.std(found, axis=0) / np.sqrt(len(found))
    expected = chance.triplets(works)
    assert list(expected) == ["triplet_accuracy", "positive_rank", "positive_first", "positive_mrr"]
    assert (np.abs(np.mean(found, axis=0) - list(expected.values())) < 3 * error).all()


def test_chance_of_triplets_of_single_works_is_textbook():
    expected = chance.triplets(np.arange(10))
    harmonic = sum(1 / k for k in range(1, 11))
    assert expected == pytest.approx({"triplet_accuracy": 0.5, "positive_rank": 5.5, "positive_first": 0.1,
                                      "positive_mrr": harmonic / 10})
