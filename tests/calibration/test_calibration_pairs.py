"""Unrelated pairs last as long as related ones, no two works meet twice, and a part is compared with what holds it."""

import numpy as np
import pandas as pd
import pytest

from songsim_lib.calibration import pairs as pairing
from songsim_lib.calibration.cohort import NEAREST, Cohort
from songsim_lib.calibration.parts import with_parts
from songsim_lib.calibration.songs import Songs, unlearned
from songsim_lib.chroma import FRAME_S
from songsim_lib.config import AudioSpec
from songsim_lib.sources import tunebook
from songsim_lib.splits import TEST, VALIDATION, held_out


@pytest.fixture(scope="module")
def songs():
    """Sixty works, two performances of each of about the same length, some of them of another score."""
    rng = np.random.default_rng(0)
    seconds = np.repeat(np.exp(rng.uniform(np.log(8), np.log(180), 60)), 2) * rng.uniform(0.8, 1, 120)
    table = pd.DataFrame({"track_id": [f"w{n // 2}-{n % 2}" for n in range(120)],
                          "work_id": [f"w{n // 2}" for n in range(120)],
                          "score_id": [f"s{n // 2}" if n % 6 else f"other{n}" for n in range(120)], "seconds": seconds})
    vectors = [rng.normal(size=(max(1, int(s / 5) - 1), 8)).astype(np.float32) for s in seconds]
    vectors = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in vectors]
    chroma = [rng.random((12, int(s / FRAME_S))).astype(np.float32) for s in seconds]
    return with_parts(Songs(table, vectors, chroma), AudioSpec())


@pytest.fixture(scope="module")
def found(songs):
    return pairing.pairs(songs.table, 300)


def test_parts_are_beginnings_of_their_wholes(songs):
    table = songs.table
    assert 40 < table["part"].sum() < 120 and len(songs.vectors) == len(songs.chroma) == len(table)
    for row in np.flatnonzero(table["part"]):
        whole = table.index[table["track_id"] == table["recording_id"][row]][0]
        assert 10 < table["seconds"][row] <= 0.5 * table["seconds"][whole] + 1e-6
        n, t = len(songs.vectors[row]), songs.chroma[row].shape[1]
        assert (songs.vectors[row] == songs.vectors[whole][:n]).all() and n < len(songs.vectors[whole])
        assert (songs.chroma[row] == songs.chroma[whole][:, :t]).all()
        assert t == pytest.approx(table["seconds"][row] / FRAME_S, abs=1)


def test_two_works_meet_once_and_no_unrelated_pair_is_of_one_work(found):
    apart = found[found["kind"] == "unrelated"]
    met = [frozenset(both) for both in zip(apart["work_a"], apart["work_b"], strict=True)]
    assert len(apart) > 200 and len(set(met)) == len(met) and all(len(both) == 2 for both in met)
    related = found[found["kind"] != "unrelated"]
    assert (related["work_a"] == related["work_b"]).all() and set(related["kind"]) == {"rearranged", "variant"}


def test_a_part_is_paired_with_the_first_performance_and_never_with_its_own_whole(songs, found):
    table, related = songs.table, found[found["kind"] != "unrelated"]
    for a, b in zip(related["a"], related["b"], strict=True):
        assert table["recording_id"][a] != table["recording_id"][b]
        assert not (table["part"][a] and table["part"][b])
        if table["part"][b]:
            assert table["track_id"][a].endswith("-0")


def test_lengths_do_not_tell_related_pairs_from_unrelated_ones(songs, found):
    """Drawn without regard to length, unrelated pairs would differ more: two recordings of a work last alike."""
    seconds = songs.table["seconds"].to_numpy()
    ratio = np.abs(np.log(seconds[found["a"]] / seconds[found["b"]]))
    same = (found["kind"] != "unrelated").to_numpy()
    anyhow = np.abs(np.log(np.random.default_rng(1).permutation(seconds) / seconds))
    assert abs(np.median(ratio[same]) - np.median(ratio[~same])) < 0.5 * (np.median(anyhow) - np.median(ratio[same]))


def test_what_is_known_of_a_pair_and_its_own_works_make_no_crowd(songs, found):
    first = np.flatnonzero(~songs.table["work_id"].duplicated())
    cohort = Cohort.of([songs.vectors[row] for row in first])
    some = found.groupby("kind").head(5)
    told = pairing.compared(songs, some, cohort, songs.table["work_id"].to_numpy(str)[first])
    row = told[told["kind"] != "unrelated"].iloc[0]
    keep = songs.table["work_id"].to_numpy(str)[first] != row["work_a"]
    crowds = [np.sort(cohort.likenesses(songs.vectors[side])[keep])[-NEAREST:].mean() for side in (row["a"], row["b"])]
    assert row["crowd"] == pytest.approx(np.mean(crowds), abs=1e-5)
    assert (told["shorter_s"] <= told["longer_s"]).all() and (told[["network", "alignment"]] > 0).all().all()


def test_no_work_is_both_calibrated_and_tested_on():
    edition = tunebook.catalog()
    scores = edition[["score_id", "work_id"]].drop_duplicates().reset_index(drop=True)
    chosen, tested = (unlearned(scores, side, 0) for side in (VALIDATION, TEST))
    test_works = set(edition.loc[held_out(edition), "work_id"])
    assert set(tested["work_id"]) == test_works and not test_works & set(chosen["work_id"]) and len(chosen) > 50
