"""Bad labels, distances and embeddings are refused by name; tables of embeddings find their rows."""

import naive
import numpy as np
import pandas as pd
import pytest

from songsim_lib.metrics.retrieval import Labels, evaluate, evaluate_embeddings


@pytest.fixture
def labels():
    return Labels.of(naive.catalog(list("aabbcdefg")))


def changed(column, row, value):
    catalog = naive.catalog(list("aabbc"))
    catalog[column] = catalog[column].astype(object)
    catalog.loc[row, column] = value
    return catalog


@pytest.mark.parametrize("empty", [None, np.nan, pd.NA, "", "  "])
@pytest.mark.parametrize("column", ["work_id", "recording_id"])
def test_a_missing_work_or_recording_is_named(column, empty):
    with pytest.raises(ValueError, match=f"column '{column}' is empty for: t0002"):
        Labels.of(changed(column, 2, empty))


def test_a_recording_of_an_unknown_work_is_told_what_to_do():
    with pytest.raises(ValueError, match="gets a work_id of its own, and is then a distractor"):
        Labels.of(changed("work_id", 4, None))


def test_missing_and_repeated_track_ids_are_named():
    with pytest.raises(ValueError, match="column 'track_id' is empty for: 3"):
        Labels.of(changed("track_id", 3, None))
    with pytest.raises(ValueError, match="must be unique; repeated: t0000"):
        Labels.of(changed("track_id", 3, "t0000"))


def test_an_absent_column_is_named():
    with pytest.raises(ValueError, match="lacks the column 'recording_id'; it has: track_id, work_id"):
        Labels.of(naive.catalog(list("aab")).drop(columns="recording_id"))


def test_a_recording_of_two_works_is_named():
    with pytest.raises(ValueError, match=r"belongs to one work; listed under several: r0000$"):
        Labels.of(changed("recording_id", 2, "r0000"))


@pytest.mark.parametrize("catalog", [naive.catalog(list("abcde")), naive.catalog(list("aab"), ["r", "r", "s"])],
                         ids=["one file each", "two encodes of one recording"])
def test_a_folder_with_a_single_recording_per_work_is_told_what_to_do(catalog):
    works = catalog["work_id"].nunique()
    with pytest.raises(ValueError, match=rf"no work has two recordings: each of the {works} works has one \(the first"):
        Labels.of(catalog)


def test_a_catalog_of_one_work_or_of_nothing_is_refused():
    with pytest.raises(ValueError, match="all 3 recordings are of one work, a; add others"):
        Labels.of(naive.catalog(list("aaa")))
    with pytest.raises(ValueError, match="no recording in the catalog"):
        Labels.of(naive.catalog([]))


def test_a_distractor_that_is_asked_for_as_a_query_is_named():
    catalog = naive.catalog(list("aabbcd"))
    with pytest.raises(ValueError, match=r"no other recording of their work .*: t0004, t0005\. Leave them out"):
        Labels.of(catalog, np.ones(6, bool))
    assert Labels.of(catalog).queries.tolist() == [True] * 4 + [False] * 2, "left out without being asked for"


@pytest.mark.parametrize(("mask", "said"), [
    (np.zeros(5, bool), "selects none of the 5"), (np.ones(4, bool), r"mask of 5 booleans, not bool \(4,\)"),
    (np.array([0, 1]), r"mask of 5 booleans, not int64 \(2,\)"), (["t0000"], "mask of 5 booleans"),
])
def test_a_mask_that_is_none_is_refused(mask, said):
    with pytest.raises(ValueError, match=said):
        Labels.of(naive.catalog(list("aabbc")), mask)


def test_labels_of_different_lengths_are_refused():
    ids = np.array(["x", "y", "z"])
    with pytest.raises(ValueError, match="3 track_ids, 2 works and 3 recordings"):
        Labels(ids, ids[:2], ids, np.ones(3, bool))


def test_numbers_serve_as_ids():
    catalog = pd.DataFrame({"track_id": [10, 9, 8], "work_id": [1, 1, 2], "recording_id": [1, 2, 3]})
    found = Labels.of(catalog)
    assert found.queries.tolist() == [True, True, False] and found.align([8, 9, 10], np.eye(3)).argmax(1)[0] == 2


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_embeddings_that_are_no_numbers_are_counted_and_named(labels, value):
    embedded = np.ones((9, 3), np.float32)
    embedded[[2, 5], 1] = value
    with pytest.raises(ValueError, match=r"2 of 9 embeddings hold NaN or infinite values: t0002, t0005$"):
        evaluate_embeddings(embedded, labels)


def test_zero_vectors_are_counted_and_named(labels):
    embedded = np.eye(9)
    embedded[8] = 0
    with pytest.raises(ValueError, match=r"1 of 9 embeddings are zero vectors .*: t0008$"):
        evaluate_embeddings(embedded, labels)


def test_of_many_offenders_the_first_five_are_named(labels):
    with pytest.raises(ValueError, match=r": t0000, t0001, t0002, t0003, t0004, \.\.\. \(9 in all\)$"):
        evaluate_embeddings(np.zeros((9, 3)), labels)


def test_distances_that_are_no_numbers_are_counted_and_their_queries_named(labels):
    distances = np.ones((9, 9))
    distances[1, [4, 5]] = distances[3, 0] = np.nan
    distances[6, 0] = distances[0, 0] = np.nan  # a distractor's row, and a query's distance to itself: do not count
    with pytest.raises(ValueError, match=r"3 distances are NaN or infinite, of the queries: t0001, t0003$"):
        evaluate(distances, labels)


@pytest.mark.parametrize("shape", [(8, 8), (9, 8), (4, 9), (9,)])
def test_sizes_that_do_not_fit_the_labels_are_refused(labels, shape):
    with pytest.raises(ValueError, match="do not fit the labels of 9 items"):
        evaluate(np.ones(shape), labels)
    with pytest.raises(ValueError, match="do not fit the labels of 9 items"):
        evaluate_embeddings(np.ones(shape)[:8], labels)


def test_a_table_of_embeddings_is_put_into_the_order_of_the_catalog(labels):
    order = np.random.default_rng(0).permutation(9)
    table = np.arange(9)[:, None] * np.ones(4)
    assert np.array_equal(labels.align(labels.track_ids[order], table[order]), table)


def test_ids_on_one_side_only_are_named(labels):
    ids, table = labels.track_ids, np.ones((9, 4))
    with pytest.raises(ValueError, match=r"no embedding for: t0007, t0008$"):
        labels.align(ids[:7], table[:7])
    with pytest.raises(ValueError, match=r"not in the catalog: t9999$"):
        labels.align([*ids, "t9999"], np.ones((10, 4)))
    with pytest.raises(ValueError, match=r"several embeddings for one track_id: t0000$"):
        labels.align([*ids, "t0000"], np.ones((10, 4)))
    with pytest.raises(ValueError, match="8 track_ids for 9 embeddings"):
        labels.align(ids[:8], table)
