"""Whole works go to one side, and those that test are the same in every study."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from songsim_lib import splits
from songsim_lib.splits import TEST, TRAIN, VALIDATION


def songs(versions: int = 0, alone: int = 0, name: str = "w") -> pd.DataFrame:
    """A catalog: works with two recordings, then works with one."""
    works = [f"{name}{i}" for i in range(versions) for _ in range(2)] + [f"{name}{versions + i}" for i in range(alone)]
    return pd.DataFrame({"work_id": works, "recording_id": [f"r-{name}{i}" for i in range(len(works))],
                         "track_id": [f"t-{name}{i}" for i in range(len(works))]})


def held_out_works(table: pd.DataFrame, seed: int = 0) -> set[str]:
    return set(table.loc[splits.split_by_work(table, seed) == TEST, "work_id"])


@pytest.mark.parametrize("seed", range(5))
def test_no_work_is_in_two_splits(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"work_id": rng.integers(200, size=500).astype(str), "recording_id": np.arange(500)})
    sides = splits.split_by_work(table, seed).groupby(table["work_id"])
    assert (sides.nunique() == 1).all()
    learned = sides.first()[lambda side: side != TEST]
    assert abs((learned == VALIDATION).mean() - 0.2) < 0.01


def test_half_of_the_works_with_versions_and_a_tenth_of_the_others_are_held_out():
    table = songs(versions=2_000, alone=2_000)
    held = splits.held_out(table).groupby(table["work_id"]).first()
    both = splits.has_versions(table).groupby(table["work_id"]).first()
    for share, group in ((0.5, held[both]), (0.1, held[~both])):
        assert abs(group.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(group))


def test_encodes_of_one_recording_are_no_versions():
    table = pd.DataFrame({"work_id": ["a", "a", "b", "b", "c"], "recording_id": ["a1", "a1", "b1", "b2", "c1"]})
    assert splits.has_versions(table).tolist() == [False, False, True, True, False]


def test_the_split_follows_the_seed_and_not_the_order_of_rows():
    table = songs(versions=30, alone=70)
    first, again, other = (splits.split_by_work(table, seed) for seed in (0, 0, 1))
    assert first.equals(again) and not first.equals(other)
    shuffled = table.sample(frac=1, random_state=5)
    assert splits.split_by_work(shuffled, 0).sort_index().equals(first)


def test_the_works_that_test_do_not_depend_on_the_seed():
    table = songs(versions=30, alone=70)
    assert 8 <= len(held_out_works(table)) <= 40
    assert all(held_out_works(table, seed) == held_out_works(table) for seed in range(10))


def test_the_works_that_test_do_not_depend_on_which_others_there_are():
    table = songs(versions=40, alone=60)
    more = pd.concat([songs(versions=25, alone=10, name="x"), table], ignore_index=True)
    ours = more["work_id"].isin(table["work_id"])
    assert set(more.loc[splits.held_out(more) & ours, "work_id"]) == held_out_works(table)
    kept = table["work_id"].drop_duplicates().sample(50, random_state=0)
    fewer = table[table["work_id"].isin(kept)]
    assert held_out_works(fewer) == held_out_works(table) & set(kept)


def test_the_works_that_test_do_not_depend_on_how_often_they_were_recorded():
    table = songs(versions=40)
    again = table.assign(recording_id=table["recording_id"] + "-again", track_id=table["track_id"] + "-again")
    assert held_out_works(pd.concat([table, again], ignore_index=True)) == held_out_works(table)


def test_fewer_than_ten_works_with_versions_hold_nothing_out():
    assert not splits.held_out(songs(versions=9, alone=500)).any()
    assert splits.held_out(songs(versions=10, alone=500)).any()
    assert not splits.held_out(songs(alone=500)).any()


def test_a_source_that_names_its_test_works_is_believed():
    table = songs(versions=20, alone=10).assign(test=False)
    assert not splits.held_out(table).any()
    table.loc[[3, 39 + 1], "test"] = True  # the second recording of work 1, and work 20
    split = splits.split_by_work(table, 0)
    assert set(table.loc[split == TEST, "work_id"]) == {"w1", "w20"}
    assert (split[table["work_id"] == "w1"] == TEST).all(), "a work is held out whole"


def test_too_few_works_cannot_be_split():
    with pytest.raises(ValueError, match=r"4 work\(s\).*at least 5"):
        splits.split_by_work(songs(alone=4), 0)
    with pytest.raises(ValueError, match=r"0 work\(s\).*not held out"):
        splits.split_by_work(songs(versions=12).assign(test=True), 0)
    assert set(splits.split_by_work(songs(alone=5), 0)) == {TRAIN, VALIDATION}


@pytest.mark.parametrize("most", [50, 120])
def test_what_is_drawn_is_whole_works_four_to_learn_from_for_one_to_validate(most):
    table = songs(versions=150, alone=150)
    table["split"] = splits.split_by_work(table, 0)
    drawn = splits.draw(table, most, seed=3)
    assert most - 4 <= len(drawn) <= most, "a work more would be too many"
    assert abs((drawn["split"] == VALIDATION).mean() - 0.2) < 0.05
    assert set(drawn["split"]) == {TRAIN, VALIDATION}
    whole = table[table["work_id"].isin(drawn["work_id"])].reset_index(drop=True)
    assert drawn.equals(whole), "no work loses a recording, and the order is the catalog's"
    assert drawn.equals(splits.draw(table, most, seed=3)) and not drawn.equals(splits.draw(table, most, seed=4))


def test_a_draw_that_may_hold_everything_holds_all_but_the_works_that_test():
    table = songs(versions=30, alone=30)
    table["split"] = splits.split_by_work(table, 0)
    assert splits.draw(table, 10_000, seed=0).equals(table[table["split"] != TEST].reset_index(drop=True))
