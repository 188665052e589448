"""Covers of unseen works: who asks for whom, thresholds, cases, and what is said about them."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from songsim_lib import config, covers, results, systems
from songsim_lib.covers import cases, evaluation, groups, heard, threshold, verdict
from songsim_lib.covers.evaluation import Covers
from songsim_lib.covers.heard import Heard
from songsim_lib.excerpts import Excerpts
from songsim_lib.metrics import Estimate
from songsim_lib.study import Study
from songsim_lib.systems import BASELINE, MODEL


@pytest.fixture
def catalog():
    """Two rearranged works, two variant works (one of them with a score played twice), a work on its own."""
    rows = [("a", "a1", 1), ("a", "a1", 2), ("b", "b1", 1), ("b", "b1", 2), ("c", "c1", 1), ("c", "c2", 1),
            ("d", "d1", 1), ("d", "d1", 2), ("d", "d2", 1), ("e", "e1", 1)]
    return pd.DataFrame({"work_id": [work for work, _, _ in rows], "score_id": [score for _, score, _ in rows],
                         "track_id": [f"{score}-p{k}" for _, score, k in rows],
                         "recording_id": [f"{score}-p{k}" for _, score, k in rows], "title": "A tune"})


def of(catalog: pd.DataFrame, distances: dict[str, list[np.ndarray]]) -> Covers:
    n = len(catalog)
    nothing = Excerpts(np.zeros((n, 1, 1), np.uint8), np.arange(n), [np.zeros((12, 1), np.float32)] * n,
                       [np.zeros((1, 72, 1), np.uint8)] * n)
    return Covers(Heard(catalog, nothing, {}), distances, {name: name.upper() for name in distances},
                  {name: MODEL if name.startswith("net") else BASELINE for name in distances})


def random_distances(n: int, seed: int) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((n, 6))
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def oracle(catalog: pd.DataFrame, noise: float = 0.0) -> np.ndarray:
    works = catalog["work_id"].to_numpy()
    return (works[:, None] != works[None]) + noise * random_distances(len(works), 0)


def test_versions_are_rearranged_when_the_score_is_the_same_and_variants_when_it_is_not(catalog):
    assert groups.group_of(catalog).tolist() == ["rearranged"] * 4 + ["variant"] * 5 + [""]
    assert groups.group_of(catalog.drop(columns="score_id")).tolist() == ["versions"] * 9 + [""]


def test_another_performance_of_the_same_score_is_no_answer_to_a_variant(catalog):
    groups = of(catalog, {}).heard.groups
    assert set(groups) == {"rearranged", "variant"}
    variant = groups["variant"]
    assert variant.n_relevant[variant.queries].tolist() == [1, 1, 1, 1, 2]
    assert groups["rearranged"].queries.sum() == 4 and len(groups["rearranged"]) == len(catalog)


def test_an_oracle_is_perfect_and_beats_what_is_random(catalog):
    made = of(catalog, {"net": [oracle(catalog)], **{name: [random_distances(10, 1)] for name in verdict.AGAINST}})
    for labels in made.heard.groups.values():
        assert evaluation.perfect(labels)
        assert made.retrieval("net", labels).average_precision.tolist() == [1.0] * labels.queries.sum()
        gaps = verdict.differences(made, labels)
        assert len(gaps) == len(verdict.AGAINST) and all(gap.value >= 0 for gap in gaps["difference"])


def test_several_trainings_are_averaged_query_by_query(catalog):
    matrices = [random_distances(10, seed) for seed in range(3)]
    labels = of(catalog, {}).heard.everyone
    alone = [of(catalog, {"net": [matrix]}).retrieval("net", labels).average_precision for matrix in matrices]
    together = of(catalog, {"net": matrices}).scores(labels)["net"]
    assert together["map"]["value"] == pytest.approx(np.mean(alone))
    assert together["each"]["map"] == pytest.approx([one.mean() for one in alone])
    row = evaluation.table(of(catalog, {"net": matrices}), labels).iloc[1]
    assert f"({min(map(np.mean, alone)):.3f}–{max(map(np.mean, alone)):.3f})" in row["MAP"]


def test_each_pair_is_counted_once_and_on_the_right_side(catalog):
    labels = of(catalog, {}).heard.everyone
    matrix = np.arange(100.0).reshape(10, 10)
    same, different = threshold.pairs(matrix, labels)
    works = catalog["work_id"].to_numpy()
    pairs = [(i, j) for i in range(10) for j in range(i + 1, 10)]
    assert sorted(same) == sorted(matrix[i, j] for i, j in pairs if works[i] == works[j])
    assert sorted(different) == sorted(matrix[i, j] for i, j in pairs if works[i] != works[j])


def test_the_threshold_separates_what_can_be_separated(catalog):
    labels = of(catalog, {}).heard.everyone
    matrix = oracle(catalog, noise=0.01)
    at = threshold.choose(matrix, labels)
    same, different = threshold.pairs(matrix, labels)
    assert same.max() < at < different.min()
    found = threshold.errors(matrix, labels, at)
    assert not found["missed"].any() and not found["false_alarm"].any() and (found["balanced_accuracy"] == 1).all()


def test_errors_agree_with_a_naive_count(catalog):
    labels, matrix = of(catalog, {}).heard.everyone, random_distances(10, 3)
    found, works = threshold.errors(matrix, labels, 3.0), catalog["work_id"].to_numpy()
    for place, query in enumerate(np.flatnonzero(labels.queries)):
        relevant = [j for j in range(10) if j != query and works[j] == works[query]]
        others = [j for j in range(10) if works[j] != works[query]]
        assert found["missed"][place] == pytest.approx(np.mean([matrix[query, j] > 3 for j in relevant]))
        assert found["false_alarm"][place] == pytest.approx(np.mean([matrix[query, j] <= 3 for j in others]))


def test_the_threshold_is_chosen_on_validation_alone(catalog):
    """Changing the test distances must not move it."""
    validation = of(catalog, {"net": [oracle(catalog, 0.01)]})
    first, other = (threshold.transfer(validation, of(catalog, {"net": [test]}), validation.heard.everyone)
                    for test in (oracle(catalog), random_distances(10, 2)))
    assert first["threshold"].tolist() == other["threshold"].tolist()
    on_test = [table.loc[table["side"] == "test", "missed"].iloc[0].value for table in (first, other)]
    assert on_test[0] != on_test[1], "errors are counted on the test distances"
    assert first.loc[first["side"] == "validation", "missed"].iloc[0].value == 0


def test_cases_go_from_the_clearest_success_to_the_clearest_failure(catalog):
    labels, matrix = of(catalog, {}).heard.everyone, random_distances(10, 5)
    found = cases.cases(matrix, labels)
    assert [case.margin for case in found] == sorted((case.margin for case in found), reverse=True)
    works = catalog["work_id"].to_numpy()
    for case in found:
        assert works[case.version] == works[case.query] != works[case.rival] and case.version != case.query
        assert case.found == (matrix[case.query, case.version] < matrix[case.query, case.rival]) == (case.rank == 1)
    best, worst = cases.extremes(matrix, labels)
    assert best[0] == found[0] and worst[0] == found[-1]
    assert works[best[0].query] != works[best[1].query]


def test_a_caption_says_what_sets_a_version_apart():
    row = pd.Series({"title": "Soldier's Joy", "instruments": ["fiddle", "piano"], "key": 2, "tempo": 101.6})
    assert cases.caption(row) == "Soldier's Joy; fiddle, piano; in D; 102 beats a minute"
    assert cases.caption(pd.Series({"title": "Song", "key": pd.NA, "tempo": np.nan})) == "Song"


@pytest.mark.parametrize(("low", "high", "said"), [(0.1, 0.3, verdict.BETTER), (-0.3, -0.1, verdict.WORSE),
                                                   (-0.1, 0.1, verdict.UNDECIDED)])
def test_a_verdict_follows_the_interval(low, high, said):
    assert verdict.in_words(Estimate((low + high) / 2, low, high, 9)) == said


def test_the_conclusion_names_every_baseline_once_for_each_model(catalog):
    made = of(catalog, {"net": [oracle(catalog)], "net2": [random_distances(10, 8)],
                        **{name: [random_distances(10, 1)] for name in verdict.AGAINST}})
    labels = made.heard.everyone
    said = verdict.conclusion(verdict.summary(made, labels), "all")
    assert said.count("\n- ") == 2 and "the best system is NET: MAP 1.000" in said
    for line in said.split("\n- ")[1:]:
        assert all(line.count(f"{name.upper()} (MAP") == 1 for name in verdict.AGAINST)


def test_the_same_recordings_have_the_same_key_and_others_another(catalog):
    made = of(catalog, {}).heard
    assert made.key == of(catalog, {}).heard.key
    louder = dataclasses.replace(made.excerpts, windows=made.excerpts.windows + 1)
    assert Heard(catalog, louder, {}).key != made.key


def test_chroma_alone_makes_another_key(catalog):
    made = of(catalog, {}).heard
    chroma = made.excerpts.chroma
    others = [[*chroma[:-1], chroma[-1] + 1], [*chroma[:-1], np.zeros((12, 2), np.float32)],
              [*chroma[:-1], chroma[-1].reshape(6, 2)]]
    keys = [Heard(catalog, dataclasses.replace(made.excerpts, chroma=other), {}).key for other in others]
    assert len({made.key, *keys}) == 4


def test_a_second_evaluation_writes_the_same_files(smoke, tmp_path):
    """Distances and tables of the smoke chain, computed anew from its recordings and weights, byte by byte."""
    study = Study("tunebook", "smoke", output=str(smoke.parents[1]))
    trained = results.finished(study, config.choose_experiments("all"), 1)
    told_by_07 = systems.baselines(study) + systems.models(study, [run for one in trained for run in one.runs])
    compared = [*told_by_07, systems.composition(study)]
    kept = study.paths.cache / "distances"
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    kept.rename(tmp_path / "distances")
    try:
        covers.measure(study, compared)
        again = {path.name: path.read_bytes() for path in kept.iterdir()}
        test = covers.measure(study, told_by_07)["test"]
    finally:
        shutil.rmtree(kept, ignore_errors=True)
        (tmp_path / "distances").rename(kept)
    assert again == before and len(again) == 2 * len(compared)
    for name, labels in test.heard.groups.items():
        told = (smoke / "tables" / f"covers_{name}.csv").read_text()
        assert evaluation.table(test, labels).to_csv(index=False) == told


def test_works_that_a_model_knows_are_left_out_of_a_folder(catalog):
    catalog = catalog.assign(path="/music/" + catalog["track_id"])
    learned = catalog.iloc[[0]]
    left = heard._unknown_to_models(catalog, learned)
    assert catalog["work_id"].iloc[0] not in set(left["work_id"])
    assert set(left["work_id"]) == set(catalog["work_id"]) - {catalog["work_id"].iloc[0]}
