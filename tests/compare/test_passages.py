"""Passages are found where they are, in the key and at the tempo they are played in."""

import time

import numpy as np
import pytest
from made import SPEC, noise, tune

from songsim_lib.baselines import qmax
from songsim_lib.calibration.planted import iou
from songsim_lib.chroma import FRAME_S, chroma
from songsim_lib.compare import nearness
from songsim_lib.compare.passages import find, signed, tempo_ratio


def heard(*parts):
    return chroma(np.concatenate(parts), SPEC)


@pytest.fixture(scope="module")
def original():
    return heard(tune(0, 12))


@pytest.fixture(scope="module")
def inserted():
    """5 s, then a theme of 8 s, then 5 s; and 7 s, the theme 3 semitones higher and 1.2 times as fast, 4 s."""
    return (heard(tune(1, 5), tune(0, 8), tune(2, 5)), heard(tune(3, 7), tune(0, 8, 3, 1.2), tune(4, 4)))


@pytest.mark.parametrize("semitones", range(-5, 7))
def test_the_key_offset_is_by_how_much_b_sounds_higher(original, semitones):
    found = find(original, np.roll(original, semitones, axis=0))[0]
    assert found.semitones == semitones and found.tempo_ratio == pytest.approx(1)


@pytest.mark.parametrize("semitones", [-4, 1, 5])
def test_a_tune_played_in_another_key_is_found_in_it(original, semitones):
    assert find(original, heard(tune(0, 12, semitones)))[0].semitones == semitones


@pytest.mark.parametrize("rate", [0.75, 0.9, 1.1, 1.3])
def test_the_tempo_ratio_is_that_of_b_over_a(original, rate):
    assert find(original, heard(tune(0, 12, 2, rate)))[0].tempo_ratio == pytest.approx(rate, rel=0.04)


def test_a_passage_inside_other_music_is_found_where_it_lies_in_both(inserted):
    found = find(*inserted)[0]
    assert iou((found.start_a_s, found.end_a_s), (5, 13)) > 0.6
    assert iou((found.start_b_s, found.end_b_s), (7, 7 + 8 / 1.2)) > 0.6
    assert found.semitones == 3 and found.tempo_ratio == pytest.approx(1.2, rel=0.06)


def test_two_passages_in_two_keys_are_both_found_and_share_no_moment():
    a = heard(tune(0, 8), tune(1, 4), tune(2, 6))
    b = heard(tune(2, 6, -2), tune(3, 4), tune(0, 8, 4))
    first, second = find(a, b)
    assert (first.semitones, second.semitones) == (4, -2) and first.score >= second.score
    assert iou((first.start_b_s, first.end_b_s), (10, 18)) > 0.7
    assert iou((second.start_b_s, second.end_b_s), (0, 6)) > 0.7
    assert second.start_a_s >= first.end_a_s and first.start_b_s >= second.end_b_s


def test_exchanging_the_recordings_mirrors_the_passages(inserted):
    a, b = inserted
    assert find(b, a) == [passage.mirrored() for passage in find(a, b)]
    there, back = find(a, b)[0], find(b, a)[0]
    assert back.semitones == -there.semitones and back.tempo_ratio * there.tempo_ratio == pytest.approx(1)
    assert np.array_equal(back.path, there.path[:, ::-1])


def test_a_recording_answers_itself_everywhere_and_nowhere_else(original):
    (only,) = find(original, original)
    assert only.start_a_s == only.start_b_s == 0 and only.end_a_s == only.end_b_s == pytest.approx(12, abs=0.4)
    assert only.semitones == 0 and only.matches == only.score == len(only.path)


def test_no_passage_is_claimed_between_noises_and_little_between_other_tunes(original):
    noises = [heard(noise(seed, 12)) for seed in range(3)]
    assert not find(noises[0], noises[1]) and not find(original, noises[2])
    others = [heard(tune(seed, 12)) for seed in range(10, 16)]
    assert sum(bool(find(original, other)) for other in others) <= 1


def test_silence_has_no_passages(original):
    silence = np.zeros((12, 130), np.float32)
    assert find(silence, silence, least_score=0) == find(original, silence, least_score=0) == []


def test_performances_of_a_work_share_passages_in_the_key_and_tempo_they_were_played_in(versions, sounds):
    chromas = [chroma(samples, SPEC) for samples in sounds]
    found = [find(chromas[i], chromas[i + 1]) for i in range(0, 20, 2)]
    assert sum(map(bool, found)) >= 9
    for passages, i in zip(found, range(0, 20, 2), strict=True):
        a, b = versions.iloc[i], versions.iloc[i + 1]
        if passages and a["score_id"] == b["score_id"]:  # else the notated tempi and keys are two editors'
            assert passages[0].semitones == signed(int(b["key"] - a["key"]))
            assert passages[0].tempo_ratio == pytest.approx(b["tempo"] / a["tempo"], rel=0.06)
    unrelated = [find(chromas[i], chromas[(i + 3) % 20]) for i in range(0, 20, 2)]
    assert sum(map(bool, unrelated)) <= 1


def test_stopping_early_gives_the_strongest(inserted):
    every = find(*inserted, least_score=5)
    assert len(every) >= 2 and find(*inserted, most=1, least_score=5) == every[:1]
    scores = [passage.score for passage in every]
    assert scores == sorted(scores, reverse=True) and min(scores) >= 5


def test_two_recordings_of_ten_minutes_take_less_than_five_seconds():
    rng = np.random.default_rng(0)
    a, b = (rng.random((12, round(600 / FRAME_S)), dtype=np.float32) for _ in "ab")
    b[:, 1_000:1_800] = np.roll(a[:, 4_000:4_800], 2, axis=0)
    began = time.process_time()
    (found,) = find(a, b)
    assert time.process_time() - began < 5
    assert found.semitones == 2 and iou((found.start_a_s, found.end_a_s), (4_000 * FRAME_S, 4_800 * FRAME_S)) > 0.9


def test_a_moment_beside_hours_is_refused():
    with pytest.raises(ValueError, match="too short to be found in so long a recording"):
        find(np.ones((12, 50), np.float32), np.ones((12, 40_000), np.float32))


def test_what_is_no_chroma_is_named(original):
    with pytest.raises(ValueError, match="chroma b is not a finite array"):
        find(original, np.full((12, 90), np.nan))
    with pytest.raises(ValueError, match="chroma a is not a finite array"):
        find(original.T, original)
    with pytest.raises(ValueError, match=f"chroma b is too short to have passages: 3 frames, {nearness.FEWEST}"):
        find(original, original[:, :3])


def test_near_states_agree_with_a_naive_count():
    rng = np.random.default_rng(0)
    a, b = rng.random((40, qmax.STACKED, 12)), rng.random((31, qmax.STACKED, 12))
    apart = np.array([[np.sum((x - y) ** 2) for y in b] for x in a])
    closer = np.array([[(apart[i] < apart[i, j]).sum() for j in range(31)] for i in range(40)])
    closer_b = np.array([[(apart[:, j] < apart[i, j]).sum() for j in range(31)] for i in range(40)])
    expected = (closer < nearness.NEIGHBOURS) & (closer_b < nearness.NEIGHBOURS)
    assert np.array_equal(nearness.near(a, b), expected)


def test_a_short_path_has_no_tempo():
    assert tempo_ratio(np.stack([np.arange(5), np.arange(5)], axis=1)) is None
    assert tempo_ratio(np.stack([2 * np.arange(30), np.arange(30)], axis=1)) == 2
