"""Losses, accuracies and ranks against naive loops and cases known by hand."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from support import ROOT

from songsim_lib import metrics, validate
from songsim_lib.baselines import BASELINES
from songsim_lib.metrics.estimates import may_fail
from songsim_lib.triplets import Pairs


@pytest.fixture
def clouds():
    rng = np.random.default_rng(0)
    return rng.standard_normal((12, 5)).astype(np.float32), rng.standard_normal((12, 5)).astype(np.float32)


def test_triplet_loss_is_torch_s(clouds):
    a, p = clouds
    n = np.roll(a, 3, axis=0)
    expected = torch.nn.TripletMarginLoss(margin=1.0, eps=0, reduction="none")(*map(torch.from_numpy, (a, p, n)))
    found = metrics.triplet_losses(np.linalg.norm(a - p, axis=1), np.linalg.norm(a - n, axis=1), 1.0)
    assert np.allclose(found, expected, atol=1e-5)


def test_accuracy_and_rank_agree_with_naive_loops(clouds):
    a, p = clouds
    works = np.arange(12) // 2
    own = np.linalg.norm(a - p, axis=1)
    accuracy = metrics.accuracy_over_negatives(own, metrics.distances(a, a), works)
    ranks = metrics.positive_ranks(metrics.distances(a, p), works)
    for i in range(12):
        others = [j for j in range(12) if works[j] != works[i]]
        assert accuracy[i] == pytest.approx(np.mean([np.linalg.norm(a[i] - a[j]) > own[i] for j in others]))
        assert ranks[i] == 1 + sum(np.linalg.norm(a[i] - p[j]) < own[i] for j in others)


def test_a_perfect_and_a_useless_embedding_get_what_they_deserve():
    works, far = np.arange(6), 1 - np.eye(6)
    assert (metrics.accuracy_over_negatives(np.zeros(6), far, works) == 1).all()
    assert (metrics.positive_ranks(far, works) == 1).all()
    same = np.zeros((6, 6))  # all songs in one place: every comparison is a tie
    assert (metrics.accuracy_over_negatives(np.zeros(6), same, works) == 0.5).all()
    assert (metrics.positive_ranks(same, works) == 3.5).all()


def test_negatives_are_hard_semi_hard_or_easy():
    found = metrics.hardness(np.array([1.0, 1.0, 1.0]), np.array([0.5, 1.5, 2.5]), margin=1.0)
    assert found.tolist() == ["hard", "semi-hard", "easy"]


def test_the_interval_is_taken_over_works_not_recordings():
    rng = np.random.default_rng(0)
    per_work = rng.standard_normal(40)
    alone = metrics.mean_over_works(per_work, np.arange(40))
    copied = metrics.mean_over_works(np.repeat(per_work, 5), np.repeat(np.arange(40), 5))
    assert copied.n == 200 and copied.value == pytest.approx(alone.value)
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low), "copies made the interval narrower"
    assert alone.low < per_work.mean() < alone.high


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng, hits = np.random.default_rng(1), 0
    for trial in range(200):
        found = metrics.mean_over_works(rng.standard_normal(60), np.arange(60), seed=trial, draws=400)
        hits += found.low <= 0 <= found.high
    assert 180 <= hits <= 199


def pairs(n: int) -> Pairs:
    return Pairs(np.arange(n), np.arange(n) + n, np.arange(n), np.arange(n))


@pytest.mark.parametrize("n_works", [3, 79, 1_000])
def test_where_none_fails_the_bound_is_the_share_that_would_go_unseen_once_in_twenty(n_works):
    share = may_fail(n_works)
    unseen = np.random.default_rng(0).binomial(n_works, share, 100_000) == 0
    assert unseen.mean() == pytest.approx(0.05, abs=0.003) and share < 3 / n_works


def test_a_judgement_names_embeddings_that_are_not_numbers():
    embedded = np.ones((8, 3), np.float32)
    embedded[2] = np.nan
    with pytest.raises(ValueError, match="1 of 8 embeddings hold NaN"):
        validate.judge(pairs(4), np.array([1, 2, 3, 0]), embedded, 1.0)


def test_the_report_s_baseline_is_its_margin_whatever_the_songs():
    """Normalising (B, 1, F, T) over axis 1, of length 1, leaves -1 and 0 (FACTS, 3.1)."""
    rng = np.random.default_rng(0)
    decibels = rng.uniform(-80, 0, (16, 128, 431)).astype(np.float32)
    decibels[:, 5, 7] = 0.0
    as_torch = torch.nn.functional.normalize(torch.from_numpy(decibels)[:, None], dim=1)
    assert np.allclose(BASELINES["as_reported"].embed(decibels), as_torch[:, 0].numpy())
    negatives = np.roll(np.arange(8), 1)
    judged = validate.judge(pairs(8), negatives, BASELINES["as_reported"].embed(decibels), 1.0)
    theirs = torch.nn.TripletMarginLoss(margin=1.0)(as_torch[:8], as_torch[8:], as_torch[:8][negatives])
    assert judged.loss == pytest.approx(float(theirs), abs=1e-3) == pytest.approx(1.0, abs=0.01)


def test_flat_and_band_baselines_are_what_their_names_say():
    decibels = np.random.default_rng(0).uniform(-80, 0, (3, 4, 6)).astype(np.float32)
    assert np.allclose(np.linalg.norm(BASELINES["flat_l2"].embed(decibels), axis=1), 1)
    louder_band = decibels.copy()
    louder_band[:, 2] += 10
    moving = BASELINES["band_mean_removed"].embed
    assert np.allclose(moving(decibels), moving(louder_band), atol=1e-6)
    assert not np.allclose(BASELINES["flat_l2"].embed(decibels), BASELINES["flat_l2"].embed(louder_band), atol=1e-3)


def test_a_paired_difference_forgets_what_is_hard_for_both():
    rng = np.random.default_rng(0)
    works, hard = np.arange(120) // 3, rng.standard_normal(120)
    a, b = hard + 0.1 * rng.standard_normal(120) + 0.1, hard + 0.1 * rng.standard_normal(120)
    paired = metrics.paired_difference(a, b, works)
    alone = [metrics.mean_over_works(each, works) for each in (a, b)]
    assert paired.value == pytest.approx(alone[0].value - alone[1].value) and paired.n == 120
    assert paired.low > 0 and paired.high - paired.low < 0.3 * (alone[0].high - alone[0].low)
    assert alone[0].low < alone[1].high, "unpaired intervals do not see the difference"
    mirrored = metrics.paired_difference(b, a, works)
    assert (mirrored.low, mirrored.high) == pytest.approx((-paired.high, -paired.low))


def test_a_paired_difference_of_different_queries_is_refused():
    with pytest.raises(ValueError, match=r"same queries: \(3,\) scores of a, \(4,\) of b, \(3,\) works"):
        metrics.paired_difference(np.ones(3), np.ones(4), np.arange(3))


def test_the_metrics_load_without_a_heavy_library():
    program = "import sys, songsim_lib.metrics; print({'torch', 'sklearn', 'scipy', 'pandas'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout == "set()\n"
