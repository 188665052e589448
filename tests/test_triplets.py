"""Every song with its own positive, and never a negative of the anchor's own work."""

import numpy as np
import pandas as pd
import pytest
import tiny

from songsim_lib import splits, triplets
from songsim_lib.triplets import Pairs, with_versions


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return tiny.study(tmp_path_factory.mktemp("study"))


@pytest.mark.parametrize("seed", range(20))
def test_a_negative_is_never_of_the_anchor_s_work(seed):
    rng = np.random.default_rng(seed)
    works = rng.integers(2 + seed // 4, size=40)
    negatives = triplets.draw_negatives(works, rng)
    assert (works[negatives] != works).all()


def test_every_song_of_another_work_is_equally_likely_as_negative():
    works = np.array([0, 0, 0, 1, 1, 2, 3])
    rng = np.random.default_rng(0)
    drawn = np.array([triplets.draw_negatives(works, rng) for _ in range(8_000)])
    for i in range(len(works)):
        counts = np.bincount(drawn[:, i], minlength=len(works))
        others = works != works[i]
        assert counts[~others].sum() == 0
        expected = 8_000 / others.sum()
        assert np.abs(counts[others] - expected).max() < 5 * np.sqrt(expected)


def test_one_work_alone_has_no_negative():
    with pytest.raises(ValueError, match="one work"):
        triplets.draw_negatives(np.zeros(4, int), np.random.default_rng(0))


def test_an_epoch_shows_every_triplet_once_in_batches_of_near_equal_size():
    n = 101
    data = Pairs(np.arange(n), np.arange(n) + n, np.arange(n) // 2, np.arange(n))
    drawn = list(triplets.batches(data, 32, seed=0, epoch=1))
    sizes = [len(anchors) for anchors, _, _ in drawn]
    assert max(sizes) <= 32 and max(sizes) - min(sizes) <= 1
    assert sorted(np.concatenate([anchors for anchors, _, _ in drawn])) == list(range(n))
    for anchors, positives, negatives in drawn:
        assert (positives == anchors + n).all(), "a positive left its anchor"
        assert (anchors[negatives] // 2 != anchors // 2).all()


def test_epochs_differ_and_repeat_with_the_seed():
    n = 64
    data = Pairs(np.arange(n), np.arange(n) + n, np.arange(n), np.arange(n))
    first, again, second = (np.concatenate([b[0] for b in triplets.batches(data, 16, 0, epoch)]) for epoch in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, second)


def test_pairs_join_a_song_with_its_own_positive(study):
    catalog, store = study.catalog(), study.store()
    both = [triplets.pairs(catalog, store, side) for side in (splits.TRAIN, splits.VALIDATION)]
    names = store.index.set_index("row")
    for side in both:
        assert (names.loc[side.anchors, "variant"] == "anchor").all()
        assert (names.loc[side.positives, "variant"] == "positive_0").all()
        assert names.loc[side.anchors, "track_id"].tolist() == names.loc[side.positives, "track_id"].tolist()
        assert names.loc[side.anchors, "track_id"].tolist() == side.track_ids.tolist()
    assert not set(both[0].track_ids) & set(both[1].track_ids)
    assert sum(map(len, both)) == len(catalog)


def test_other_versions_are_positives_of_the_same_work_and_never_the_same_recording():
    works = np.array([0, 0, 0, 1, 2, 2])
    tracks = np.array(list("abcdef"), dtype=object)
    catalog = pd.DataFrame({"track_id": tracks, "recording_id": ["a", "a", "c", "d", "e", "f"]})  # b encodes a
    augmented = Pairs(np.arange(6), np.arange(6) + 6, works, tracks)
    found = with_versions(augmented, catalog)
    added = set(zip(found.anchors[6:].tolist(), found.positives[6:].tolist(), strict=True))
    assert added == {(0, 2), (1, 2), (2, 0), (2, 1), (4, 5), (5, 4)}
    assert np.array_equal(found.anchors[:6], augmented.anchors) and len(found) == 6 + len(added)
    assert all(found.track_ids[i] == tracks[found.anchors[i]] for i in range(len(found)))
    assert np.array_equal(found.works, works[found.anchors])
    assert len(with_versions(augmented, catalog, most=1)) == 6 + 4  # a-b is no pair of versions


def test_without_versions_nothing_is_added():
    augmented = Pairs(np.arange(3), np.arange(3) + 3, np.arange(3), np.array(list("abc"), dtype=object))
    assert len(with_versions(augmented, pd.DataFrame({"track_id": list("abc"), "recording_id": list("abc")}))) == 3
