"""Who finds the other recordings of a work: against naive loops, scikit-learn, and cases known by hand."""

import naive
import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from songsim_lib.metrics import ranking, retrieval
from songsim_lib.metrics.retrieval import Labels, Retrieval, evaluate, evaluate_embeddings


def euclidean(embedded):
    return np.sqrt(((embedded[:, None].astype(float) - embedded[None]) ** 2).sum(axis=-1))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("levels", [0, 5, 1], ids=["no ties", "many ties", "nothing but ties"])
def test_every_score_is_that_of_a_naive_loop(seed, levels):
    rng = np.random.default_rng(seed)
    labels = Labels.of(naive.mixed(rng))
    distances = rng.random((len(labels), len(labels)))  # not even symmetric
    if levels:
        distances = np.floor(distances * levels)
    naive.assert_agree(evaluate(distances, labels), distances, labels)


@pytest.mark.parametrize("seed", range(3))
def test_a_mask_takes_queries_away_and_no_candidates(seed):
    rng = np.random.default_rng(seed)
    catalog = naive.mixed(rng)
    everyone = Labels.of(catalog)
    labels = Labels.of(catalog, everyone.queries & (rng.random(len(catalog)) < 0.4))
    distances = np.round(rng.random((len(labels), len(labels))), 1)
    some, all_of_them = evaluate(distances, labels), evaluate(distances, everyone)
    naive.assert_agree(some, distances, labels)
    kept = np.isin(all_of_them.queries, some.queries)
    assert 0 < kept.sum() < len(kept) and np.array_equal(some.first_rank, all_of_them.first_rank[kept])
    assert some.counts()["items"] == all_of_them.counts()["items"]


@pytest.mark.parametrize("seed", range(3))
def test_embeddings_are_judged_by_their_euclidean_distances(seed):
    rng = np.random.default_rng(seed)
    labels = Labels.of(naive.mixed(rng))
    embedded = rng.standard_normal((len(labels), 8)).astype(np.float32)
    naive.assert_agree(evaluate_embeddings(embedded, labels), euclidean(embedded), labels)
    steps = rng.integers(0, 2, (len(labels), 3)) + 1  # 8 places for all: most distances are ties, many are 0
    naive.assert_agree(evaluate_embeddings(steps, labels), euclidean(steps), labels)


def test_without_ties_average_precision_and_auc_are_scikit_learn_s():
    rng = np.random.default_rng(0)
    labels = Labels.of(naive.mixed(rng, n_works=30))
    distances = rng.random((len(labels), len(labels)))
    found = evaluate(distances, labels)
    for query, precision, accuracy in zip(found.queries, found.average_precision, found.triplet_accuracy, strict=True):
        candidates = labels.recordings != labels.recordings[query]
        right, near = (labels.works == labels.works[query])[candidates], -distances[query, candidates]
        assert precision == pytest.approx(average_precision_score(right, near), rel=1e-12)
        assert accuracy == pytest.approx(roc_auc_score(right, near), rel=1e-12)
    _, same, apart = zip(*naive.pairs(distances, labels), strict=True)
    assert found.auc.value == pytest.approx(roc_auc_score(same, -np.array(apart)), rel=1e-12)


def test_an_oracle_embedding_has_map_1():
    labels = Labels.of(naive.mixed(np.random.default_rng(0)))
    summary = evaluate_embeddings(np.eye(labels.work_codes.max() + 1)[labels.work_codes], labels).summary()
    for name in ("map", "mr1", "mrr", "p_at_1", "triplet_accuracy", "roc_auc"):
        assert (summary[name]["value"], summary[name]["low"], summary[name]["high"]) == (1, 1, 1), name
    assert summary["p_at_10"]["value"] == pytest.approx(np.mean(labels.n_relevant[labels.queries]) / 10)


def test_a_rank_is_counted_by_hand():
    # Query t0 hears: x 0.1, its own work 0.2, y 0.3, its own work 0.4, z 0.5.
    labels = Labels.of(naive.catalog(list("axayaz")), np.arange(6) == 0)
    distances = np.zeros((6, 6))
    distances[0] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    found = evaluate(distances, labels)
    assert found.average_precision == pytest.approx([(1 / 2 + 2 / 4) / 2])
    assert (found.first_rank, found.reciprocal_rank, found.p_at_1, found.p_at_10) == (2, 0.5, 0, 0.2)
    assert found.triplet_accuracy == pytest.approx(3 / 6) == found.auc.value
    assert found.track_ids.tolist() == ["t0000"] and found.works.tolist() == ["a"]
    summary = found.summary()
    assert summary["map"] == {"value": 0.5, "low": 0.5, "high": 0.5, "n": 1}, "one query"


def test_a_tie_is_lost_by_ranks_and_half_won_by_pairs():
    labels = Labels.of(naive.catalog(list("aabc")), np.arange(4) == 0)
    found = evaluate(np.array([[0, 0.5, 0.5, 0.9], [0] * 4, [0] * 4, [0] * 4]), labels)
    assert (found.first_rank, found.average_precision, found.p_at_1) == (2, 0.5, 0)
    assert found.triplet_accuracy == 0.75 == found.auc.value


def test_relevants_alone_are_found_at_once():
    assert ranking.rank_scores(np.array([3.0, 1.0, 2.0]), np.array([]))[:5] == (1, 1, 1, True, 0.3)


def test_a_hundred_relevants_fill_the_first_ten():
    scores = ranking.rank_scores(np.arange(100.0), np.array([1_000.0]))
    assert scores == (1, 1, 1, True, 1, 1)


@pytest.mark.parametrize("constant", [np.ones((9, 4)), np.full((9, 4), 0.1, np.float32), np.full((9, 3), 1e30),
                                      np.full((9, 5), 1e-30)])
def test_an_embedding_that_tells_nothing_apart_comes_last_everywhere(constant):
    labels = Labels.of(naive.catalog(list("aabbccdef")))
    found = evaluate_embeddings(constant, labels)
    assert (found.first_rank == 8).all() and (found.average_precision == 1 / 8).all()
    assert (found.triplet_accuracy == 0.5).all() and found.auc.value == 0.5


def test_equal_vectors_are_at_distance_zero_wherever_they_stand():
    rng = np.random.default_rng(0)
    codes = np.arange(600) % 150
    embedded = (1_000 + rng.standard_normal((150, 128)))[codes].astype(np.float32)
    found = evaluate_embeddings(embedded, Labels.of(naive.catalog(list(codes))))
    assert (found.average_precision == 1).all() and found.auc.value == 1
    split = Labels.of(naive.catalog(list(codes + 150 * (np.arange(600) // 300))))  # two works sound just the same
    expected = evaluate((codes[:, None] != codes).astype(float), split)
    found = evaluate_embeddings(embedded, split)
    assert (found.first_rank == 3).all(), "two of the other work come first"
    assert np.array_equal(found.auc.wins, expected.auc.wins), "a positive pair at 0 ties with a negative pair at 0"


def test_distances_that_are_equal_on_paper_are_ties():
    """Sets of 5 out of 16 pitches, scaled to unit length: distances follow from how many pitches are shared."""
    rng = np.random.default_rng(0)
    sets = np.array([rng.permutation(16) < 5 for _ in range(200)])
    labels = Labels.of(naive.catalog(list(np.arange(200) // 2)))
    found = evaluate_embeddings(sets / np.sqrt(5), labels)
    expected = evaluate(5.0 - sets.astype(int) @ sets.T, labels)
    assert np.array_equal(found.first_rank, expected.first_rank) and found.auc.value == expected.auc.value


def test_the_scale_of_an_embedding_does_not_matter():
    rng = np.random.default_rng(0)
    labels, embedded = Labels.of(naive.mixed(rng)), rng.standard_normal((300, 16))
    embedded = embedded[: len(labels)]
    plain = evaluate_embeddings(embedded, labels).summary()
    assert evaluate_embeddings(embedded * 2.0**800, labels).summary() == plain
    assert evaluate_embeddings(embedded * 2.0**-800, labels).summary() == plain


def test_neither_a_query_nor_its_other_encodes_are_candidates():
    catalog = naive.catalog(list("aaabbc"), ["a1", "a1", "a2", "b1", "b2", "c1"])  # two encodes of a1
    labels = Labels.of(catalog)
    assert labels.n_relevant.tolist() == [1, 1, 2, 1, 1, 0] and labels.n_candidates.tolist() == [4, 4, 5, 5, 5, 5]
    distances = np.full((6, 6), 0.5)
    distances[2, :2] = distances[:2, 2] = 0.4  # a1 and a2 are near in both encodes
    honest = evaluate(distances, labels)
    distances[0, 1] = distances[1, 0] = distances[0, 0] = np.nan  # never looked at
    again = evaluate(distances, labels)
    assert (honest.average_precision[:3] == 1).all() and honest.auc.value == again.auc.value
    assert np.array_equal(honest.average_precision, again.average_precision)


def test_a_distractor_is_found_by_mistake_and_never_asks():
    labels = Labels.of(naive.catalog(list("aabbz")))
    distances = 1 - np.eye(5)
    distances[:2, 4] = 0.1  # the single recording of z is nearest to both of a
    distances[2, 3] = distances[3, 2] = 0.2
    found = evaluate(distances, labels)
    assert found.track_ids.tolist() == ["t0000", "t0001", "t0002", "t0003"]
    assert found.first_rank[:2].min() > 1 and (found.first_rank[2:] == 1).all()


def test_a_query_without_relevants_does_not_count_as_found_first():
    """Public code lets it: its MRR rises with every distractor (FACTS, section 5)."""
    rng = np.random.default_rng(0)
    few, many = naive.catalog(list("aabb")), naive.catalog(list("aabb") + [f"z{i}" for i in range(40)])
    far = rng.random((44, 44)) + 1
    far[:4, :4] = [[0, 2, 1, 1], [2, 0, 1, 1], [1, 1, 0, 2], [1, 1, 2, 0]]  # every query is wrong first
    mrr = [evaluate(far[:n, :n], Labels.of(catalog)).summary()["mrr"] for n, catalog in ((4, few), (44, many))]
    assert mrr[0]["value"] == pytest.approx(1 / 3) and mrr[1]["value"] < mrr[0]["value"]
    assert mrr[0]["n"] == mrr[1]["n"] == 4


def test_average_precision_divides_by_existing_not_by_early_relevants():
    """One relevant first, one last of 1,000: half of it is missing from any list of neighbours (FACTS, section 5)."""
    labels = Labels.of(naive.catalog(["a"] * 3 + [f"z{i}" for i in range(998)]), np.arange(1_001) == 0)
    distances = np.full((1_001, 1_001), 0.5)
    distances[0, 1], distances[0, 2] = 0.1, 0.9
    assert evaluate(distances, labels).average_precision == pytest.approx([(1 + 2 / 1_000) / 2])


def test_two_runs_agree_to_the_last_bit_and_blocks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(0)
    labels = Labels.of(naive.mixed(rng, n_works=60))
    embedded = rng.standard_normal((len(labels), 32)).astype(np.float32)
    whole = evaluate_embeddings(embedded, labels)
    assert evaluate_embeddings(embedded, labels).summary() == whole.summary()
    monkeypatch.setattr(ranking, "BLOCK_CELLS", 7 * len(labels))  # works are cut in two
    parts = evaluate_embeddings(embedded, labels)
    assert parts.summary() == whole.summary() and np.array_equal(parts.auc.wins, whole.auc.wins)


def test_the_order_of_the_catalog_does_not_matter():
    rng = np.random.default_rng(0)
    catalog = naive.mixed(rng)
    distances = rng.random((len(catalog), len(catalog)))
    order = rng.permutation(len(catalog))
    plain = evaluate(distances, Labels.of(catalog))
    other = evaluate(distances[np.ix_(order, order)], Labels.of(catalog.iloc[order]))
    assert other.auc.value == plain.auc.value
    by_id = dict(zip(other.track_ids, other.average_precision, strict=True))
    assert [by_id[track] for track in plain.track_ids] == plain.average_precision.tolist()


def trainings(n: int, seed: int = 0) -> tuple[Labels, list[Retrieval]]:
    """Results of several systems that hear the same works more or less well."""
    rng = np.random.default_rng(seed)
    labels = Labels.of(naive.mixed(rng, n_works=60))
    truth = rng.standard_normal((labels.work_codes.max() + 1, 12))[labels.work_codes]
    heard = truth + 0.8 * rng.standard_normal(truth.shape)  # what all systems share: hard works and easy ones
    return labels, [evaluate_embeddings(heard + 0.2 * rng.standard_normal(truth.shape), labels) for _ in range(n)]


def test_trainings_are_averaged_query_by_query():
    _, results = trainings(3)
    mean = Retrieval.mean(results)
    for field in naive.FIELDS:
        assert np.allclose(getattr(mean, field), sum(getattr(each, field) for each in results) / 3)
    assert mean.auc.value == pytest.approx(np.mean([each.auc.value for each in results]))
    summaries = [each.summary() for each in results]
    for name, estimate in mean.summary().items():
        assert estimate["value"] == pytest.approx(np.mean([summary[name]["value"] for summary in summaries])), name
        assert estimate["n"] == len(mean.queries) and estimate["low"] < estimate["value"] < estimate["high"]


def test_different_queries_can_be_neither_averaged_nor_compared():
    labels, (one, *_) = trainings(1)
    fewer = labels.queries.copy()
    fewer[one.queries[0]] = False
    rng = np.random.default_rng(0)
    other = evaluate(rng.random((len(labels),) * 2), Labels(labels.track_ids, labels.works, labels.recordings, fewer))
    with pytest.raises(ValueError, match=f"in one of them only: {one.track_ids[0]}$"):
        Retrieval.mean([one, other])
    with pytest.raises(ValueError, match="not the same queries"):
        retrieval.compare(one, other)
    with pytest.raises(ValueError, match="mean of no retrieval"):
        Retrieval.mean([])
    catalogs = [naive.catalog(list("aabbc")), naive.catalog(list("aabbcd"))]  # the same queries, one more to find
    few, many = (evaluate(rng.random((len(each),) * 2), Labels.of(each)) for each in catalogs)
    with pytest.raises(ValueError, match="among other candidates"):
        retrieval.compare(few, many)


def test_a_paired_interval_is_narrower_than_two_of_one_system_each():
    _, (a, b) = trainings(2)
    paired, alone = retrieval.compare(a, b), (a.summary(), b.summary())
    assert paired.keys() == alone[0].keys()
    for name, difference in paired.items():
        assert difference["value"] == pytest.approx(alone[0][name]["value"] - alone[1][name]["value"]), name
        widths = [each[name]["high"] - each[name]["low"] for each in alone]
        assert difference["high"] - difference["low"] < min(widths), name
        assert difference["low"] <= difference["value"] <= difference["high"]


def test_a_system_compared_with_itself_differs_by_nothing():
    _, (a,) = trainings(1)
    for name, difference in retrieval.compare(a, a).items():
        assert (difference["value"], difference["low"], difference["high"]) == (0, 0, 0), name
