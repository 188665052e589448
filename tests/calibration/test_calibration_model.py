"""A likelihood ratio means what it says, and a p-value counts unrelated works."""

import math

import numpy as np
import pytest
from made_pairs import made

from songsim_lib.calibration import ASKED, BOTH, Calibration, Heard, Statement, model, reliability
from songsim_lib.calibration.cohort import NEAREST, Cohort
from songsim_lib.calibration.measuring import judged

NOBODY = Cohort(np.empty((0, 0)), np.empty(0, int))


@pytest.fixture(scope="module")
def known():
    pairs = made(0)
    coefficients = {kind: model.fit(pairs, kind) for kind in ASKED}
    return Calibration.of(pairs[pairs["kind"] == "unrelated"], NOBODY, coefficients, 160, 160)


@pytest.fixture(scope="module")
def unseen():
    return made(1)


def test_p_values_of_unrelated_works_are_uniform(known, unseen):
    for kind in ASKED:
        told = judged(known, unseen, kind)
        assert np.quantile(told.p_values[~told.same], [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.05)


def test_said_probabilities_come_true_and_louder_ones_do_not(known, unseen):
    told = judged(known, unseen)
    assert reliability.calibration_error(told).value < 0.06
    boasting = reliability.Judged(4 * told.log_ratios, told.p_values, told.same, told.work_a, told.work_b)
    assert reliability.calibration_error(boasting).low > 0.06
    curve = reliability.curve(told)
    assert curve["weight"].sum() == pytest.approx(1) and curve["pairs"].sum() == len(unseen)


def test_two_witnesses_flag_more_than_one_at_the_same_rate_of_false_alarms(known, unseen):
    share = {kind: reliability.flagged(judged(known, unseen, kind), True, alarm=0.05).value for kind in ASKED}
    assert share[BOTH] > max(share["network"], share["alignment"]) + 0.05
    assert reliability.flagged(judged(known, unseen), False, alarm=0.05).value == pytest.approx(0.05, abs=0.02)


def test_what_chance_reaches_in_longer_recordings_is_allowed_for(known):
    short, long = (known.state({"network": 0.6, "alignment": 0.6}, *[Heard(seconds, 0.2)] * 2) for seconds in (12, 90))
    assert short.log_ratio > long.log_ratio and short.p_value < long.p_value
    sides = Heard(30, 0.1), Heard(90, 0.3)
    assert known.state({"network": 0.6}, *sides) == known.state({"network": 0.6}, *sides[::-1])


def test_a_likeness_counts_for_less_in_a_crowd(known, unseen):
    """Without regard to it, recordings that lie near all others would be taken for versions of each other."""
    alone, crowded = (known.state({"network": 0.5}, *[Heard(30, crowd)] * 2) for crowd in (0.05, 0.35))
    assert alone.log_ratio > crowded.log_ratio + 0.5 and alone.p_value < crowded.p_value
    told = judged(known, unseen, "network")
    near = (unseen["crowd"] > 0.3).to_numpy() & ~told.same
    assert np.mean(told.p_values[near] <= 0.1) == pytest.approx(0.1, abs=0.06)


def test_the_crowd_is_the_nearest_of_the_cohort():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(NEAREST + 20, 5, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    cohort = Cohort.of(list(vectors))
    assert cohort.counts.tolist() == [3] * len(vectors), "the first windows of each"
    likenesses = cohort.likenesses(vectors[0])
    assert likenesses.argmax() == 0 and cohort.crowd(vectors[0]) == pytest.approx(np.sort(likenesses)[-NEAREST:].mean())


def test_identical_recordings_are_at_the_floor_and_nothing_is_beyond(known):
    least = known.state({"network": 0.0, "alignment": 1e-9}, *[Heard(30, 0.2)] * 2)
    n = least.unrelated_pairs
    assert least.p_value == pytest.approx(1 / (n + 1)) and least.rare and math.isfinite(least.ratio)
    assert "None of" in least.sentence() and known.state({"network": 9.0}, *[Heard(30, 0.2)] * 2).p_value == 1


def test_an_interval_over_works_is_wider_than_one_over_pairs(known, unseen):
    """Pairs share works, so that all pairs of 160 works say less than as many independent ones would."""
    alarms = reliability.flagged(judged(known, unseen), False, alarm=0.05)
    alone = 1.96 * math.sqrt(0.05 * 0.95 / alarms.n)
    assert alarms.high - alarms.value > alone


@pytest.mark.parametrize(("p_value", "log_ratio", "words"), [
    (1 / 20_001, 20.0, ("None of 20,000", "more than 10,000 times likelier between recordings of one work")),
    (0.00034, math.log(37), ("0.03 % are", "about 40 times likelier between recordings of one work")),
    (0.31, math.log(0.04), ("31 % are", "about 20 times likelier between unrelated works")),
    (0.05, 0.1, ("5 % are", "about as frequent"))])
def test_a_statement_says_no_more_than_is_known(p_value, log_ratio, words):
    said = Statement(p_value, log_ratio, 20_000).sentence()
    assert all(word in said for word in words) and said.endswith(".") and "\n" not in said


@pytest.mark.parametrize(("p_value", "log_ratio", "rarity", "times"), [
    (1 / 20_001, 20.0, "below 0.00005", "more than 10,000"), (0.000341, math.log(37.2), "0.00034", "37"),
    (0.31, math.log(0.0421), "0.31", "0.042"), (1.0, -30.0, "1", "less than 1 / 10,000")])
def test_tables_show_no_more_digits_than_are_known(p_value, log_ratio, rarity, times):
    stated = Statement(p_value, log_ratio, 20_000)
    assert (stated.rarity(), stated.times()) == (rarity, times)


def test_works_without_versions_calibrate_nothing():
    pairs = made(0, works=5)
    for some in (pairs[pairs["kind"] == "unrelated"], pairs[pairs["kind"] != "unrelated"]):
        with pytest.raises(ValueError, match="pairs of one work and pairs of unrelated works"):
            model.fit(some, BOTH)
