"""Passages are planted where it is said, and found there."""

import numpy as np
import pytest

from songsim_lib import splits
from songsim_lib.audio import load
from songsim_lib.calibration.measuring import passages
from songsim_lib.calibration.planted import PASSAGE_S, iou, planted
from songsim_lib.config import AudioSpec
from songsim_lib.sources import tunebook

SPEC = AudioSpec()


@pytest.fixture(scope="module")
def rows():
    """Four train works that were performed twice."""
    edition = tunebook.catalog()
    train = edition[splits.split_by_work(edition, 0) == splits.TRAIN]
    twice = train.groupby(["score_id", "start_bar"])["track_id"].transform("size") > 1
    return train[twice & train["score_id"].isin(train.loc[twice, "score_id"].unique()[:4])]


@pytest.fixture(scope="module")
def made(rows):
    return list(planted(rows, SPEC))


def test_a_passage_is_eight_seconds_of_another_performance_in_other_music(rows, made):
    assert len(made) == 4 and all(one.works[0] != one.works[1] for one in made)
    for one in made:
        start, end = one.span_b
        assert end - start == pytest.approx(PASSAGE_S, abs=0.01)
        hosts = [load(path, SPEC) for path in rows.loc[rows["work_id"] == one.works[1], "path"]]
        at, rate_hz = round(start * SPEC.sample_rate_hz), SPEC.sample_rate_hz
        assert any(np.array_equal(one.b[:at], host[:at]) for host in hosts), "what comes before is the other work"
        assert len(one.b) / rate_hz == pytest.approx(13 + PASSAGE_S, abs=0.1)
        assert 0 <= one.span_a[0] < one.span_a[1] <= len(one.a) / rate_hz


def test_most_are_found_where_they_lie(made):
    found = passages(made, SPEC, workers=1)
    assert found["found"]["n"] == 4 and found["found"]["value"] >= 0.75 and found["overlap"] > 0.5


def test_the_overlap_of_two_intervals():
    assert iou((0, 2), (1, 3)) == pytest.approx(1 / 3) and iou((0, 1), (2, 3)) == 0 and iou((1, 2), (1, 2)) == 1
