"""Nothing that judges a model was trained on: no work, no variant of its melody, no encode of its recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import ROOT

from songsim_lib import splits, triplets, validate
from songsim_lib.catalog import sample_works
from songsim_lib.config import AudioSpec
from songsim_lib.sources import folder, tunebook
from songsim_lib.sources.tunebook.variants import works
from songsim_lib.splits import TEST, TRAIN, VALIDATION
from songsim_lib.store import ANCHOR, FeatureStore, positive_name

SEEDS = range(5)
MUSIC = ROOT.parent / "shared" / "music"


@pytest.fixture(scope="module")
def corpus() -> pd.DataFrame:
    """The committed edition, with a second encode of every third recording."""
    table = tunebook.catalog()
    encodes = table.iloc[::3].assign(track_id=table["track_id"] + "-mp3")
    return pd.concat([table, encodes], ignore_index=True)


@pytest.fixture(scope="module")
def variants() -> pd.DataFrame:
    """Confirmed pairs of scores with one melody, also of scores that are not recorded."""
    return pd.read_parquet(tunebook.FOLDER / "variants.parquet")


def split(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    return table.assign(split=splits.split_by_work(table, seed))


def apart(table: pd.DataFrame, name: str) -> list[str]:
    """Values of a column that stand in more than one split."""
    sides = table.groupby(name)["split"].nunique()
    return list(sides.index[sides > 1])


def pairs_apart(table: pd.DataFrame, variants: pd.DataFrame) -> pd.DataFrame:
    """Confirmed pairs whose scores stand in different splits."""
    sides = table[["score_id", "split"]].drop_duplicates()
    pairs = variants.merge(sides, left_on="score_a", right_on="score_id")
    pairs = pairs.merge(sides, left_on="score_b", right_on="score_id", suffixes=("_a", "_b"))
    return pairs[pairs["split_a"] != pairs["split_b"]]


def tune_of(table: pd.DataFrame, variants: pd.DataFrame) -> pd.Series:
    """Name the melody of each row, found anew from the pairs: variants of variants, recorded or not, are one tune."""
    return table["score_id"].map(works({*table["score_id"], *variants["score_a"], *variants["score_b"]}, variants))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_work_is_in_two_splits(corpus, seed):
    table = split(corpus, seed)
    assert apart(table, "work_id") == []
    assert apart(splits.draw(table, 360, seed), "work_id") == []
    assert set(table["split"]) == {TRAIN, VALIDATION, TEST}


def test_a_recording_on_the_wrong_side_is_found(corpus):
    table = split(corpus, 0)
    row = table.index[splits.has_versions(table) & (table["split"] == TEST)][0]
    table.loc[row, "split"] = TRAIN
    assert apart(table, "work_id") == [table.loc[row, "work_id"]]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_confirmed_variant_is_in_two_splits_whatever_its_title(corpus, variants, seed):
    table = split(corpus, seed)
    assert pairs_apart(table, variants).empty
    assert apart(table.assign(tune=tune_of(table, variants)), "tune") == []
    recorded = variants[variants["score_a"].isin(table["score_id"]) & variants["score_b"].isin(table["score_id"])]
    assert len(recorded) > 150 and (~recorded["same_title"]).sum() > 100, "or there is nothing to leak"


def test_splitting_by_title_would_leak_variants(corpus, variants):
    by_title = split(corpus.assign(work_id=corpus["title"]), 0)
    assert apart(by_title, "work_id") == []
    assert len(pairs_apart(by_title, variants)) > 50
    assert len(apart(by_title.assign(tune=tune_of(by_title, variants)), "tune")) > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_no_recordings_encode_is_in_two_splits(corpus, seed):
    table = split(corpus, seed)
    assert table["recording_id"].duplicated().sum() > 400
    assert apart(table, "recording_id") == []


def test_an_encode_that_is_filed_as_another_work_is_found(corpus):
    filed_apart = corpus["track_id"].str.endswith("-mp3")
    poisoned = corpus.assign(work_id=corpus["work_id"].mask(filed_apart, corpus["track_id"]))
    assert len(apart(split(poisoned, 0), "recording_id")) > 50


@pytest.mark.skipif(not MUSIC.is_dir(), reason="needs ../shared/music, which a clone does not have")
def test_a_folder_of_real_recordings_is_split_without_leaks():
    table = split(folder.catalog(MUSIC), 0)
    assert table["recording_id"].duplicated().any() and set(table["split"]) == {TRAIN, VALIDATION, TEST}
    assert apart(table, "recording_id") == apart(table, "work_id") == []


def test_the_works_that_test_are_the_same_for_every_seed(corpus):
    tested = {seed: set(split(corpus, seed).query("split == @TEST")["work_id"]) for seed in SEEDS}
    assert len(tested[0]) > 200 and all(found == tested[0] for found in tested.values())
    learned = {seed: frozenset(split(corpus, seed).query("split == @TRAIN")["work_id"]) for seed in SEEDS}
    assert len(set(learned.values())) == len(SEEDS), "while what is learned from follows the seed"


@pytest.mark.parametrize("most", [120, 400, 1_000])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_works_that_test_are_the_same_in_every_part_of_the_corpus(corpus, most, seed):
    part = sample_works(corpus, most, seed)
    assert set(split(part, seed).query("split == @TEST")["work_id"]) == \
        set(split(corpus, 0).query("split == @TEST")["work_id"]) & set(part["work_id"])


@pytest.mark.parametrize("most", [48, 360, 10_000])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_triplet_is_made_of_a_work_that_tests(corpus, variants, most, seed):
    table = split(corpus, seed)
    drawn = splits.draw(table, most, seed)
    tested = table[table["split"] == TEST]
    assert len(drawn) >= min(most, 900) - 5
    for name in ("work_id", "recording_id"):
        assert not set(drawn[name]) & set(tested[name])
    assert not set(tune_of(drawn, variants)) & set(tune_of(tested, variants))


@pytest.fixture(scope="module")
def rows(corpus) -> pd.DataFrame:
    """The rows that a feature store of the whole corpus would have, two positives a recording."""
    names = [ANCHOR, positive_name(0), positive_name(1)]
    index = pd.DataFrame([(track, name) for track in corpus["track_id"] for name in names],
                         columns=["track_id", "variant"])
    return index.assign(row=np.arange(len(index)))


@pytest.fixture
def store(rows, tmp_path: Path) -> FeatureStore:
    rows.to_parquet(tmp_path / "index.parquet")
    return FeatureStore(tmp_path, AudioSpec(), {"positives": 2, "rows": len(rows)})


def compared(data: triplets.Pairs, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Store rows of the anchors and negatives of three epochs, and of the fixed validation triplets."""
    drawn = [(anchors, anchors[negatives]) for epoch in (1, 2, 3)
             for anchors, _, negatives in triplets.batches(data, 32, seed, epoch)]
    drawn.append((data.anchors, data.anchors[validate.fixed_negatives(data, seed)]))
    anchors, negatives = map(np.concatenate, zip(*drawn, strict=True))
    return anchors, negatives


def of_one(column: pd.Series, corpus: pd.DataFrame, rows: pd.DataFrame, data: triplets.Pairs, seed: int) -> int:
    """Count the triplets whose negative has the anchor's own value of a column."""
    value = rows["track_id"].map(dict(zip(corpus["track_id"], column, strict=True))).to_numpy()
    anchors, negatives = compared(data, seed)
    assert len(anchors) == 4 * len(data)
    return int((value[anchors] == value[negatives]).sum())


@pytest.mark.parametrize("side", [TRAIN, VALIDATION])
@pytest.mark.parametrize("seed", range(3))
def test_a_negative_is_never_of_the_anchors_work_nor_a_variant_of_its_melody(
        corpus, variants, rows, store, side, seed):
    data = triplets.pairs(split(corpus, seed), store, side)
    assert len(data) > 300
    for column in (corpus["work_id"], tune_of(corpus, variants), corpus["recording_id"]):
        assert of_one(column, corpus, rows, data, seed) == 0


def test_recordings_that_are_each_filed_as_a_work_would_give_negatives_of_the_anchors_work(corpus, rows, store):
    table = split(corpus, 0).assign(work_id=corpus["track_id"])
    data = triplets.pairs(table, store, TRAIN)
    assert of_one(corpus["work_id"], corpus, rows, data, 0) > 0
