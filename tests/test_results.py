"""Results: several trainings of an experiment, their mean, interval and range, and what is said about them."""

import dataclasses
import json

import numpy as np
import pytest
import tiny

from songsim_lib import metrics, models, results, runs, yardsticks
from songsim_lib.caveats import caveats
from songsim_lib.config import EXPERIMENTS
from songsim_lib.files import read_json, write_json
from songsim_lib.splits import VALIDATION
from songsim_lib.trained import CLOCK, Score, Trained
from songsim_lib.triplets import pairs

SEEDS = 3


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return tiny.study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def trained(study):
    """The CNN of the tiny study, trained three times."""
    return results.train(study, [tiny.CNN], SEEDS)[0]


@pytest.fixture(scope="module")
def measured(study):
    return yardsticks.measure(study)


@pytest.mark.parametrize("seeds", [0, 21, -1, 1.0, "3", True, None])
def test_a_number_of_trainings_that_makes_no_sense_is_refused(seeds):
    with pytest.raises(ValueError, match="whole number from 1 to 20"):
        results.repeats(seeds)


def test_up_to_twenty_trainings_are_counted_from_zero():
    assert list(results.repeats(1)) == [0] and list(results.repeats(20)) == list(range(20))


def test_trainings_differ_while_their_triplets_are_the_same(trained):
    losses = [judged.losses for judged in trained.judgements]
    assert len({loss.tobytes() for loss in losses}) == SEEDS
    assert all(np.array_equal(judged.works, trained.judgements[0].works) for judged in trained.judgements)


def test_a_mean_over_trainings_has_the_interval_of_the_averaged_triplets(trained):
    assert list(trained.scores) == list(trained.judgements[0].summary())
    for name, (_, works) in trained.judgements[0].values().items():
        each = np.stack([judged.values()[name][0] for judged in trained.judgements]).astype(float)
        score = trained.scores[name]
        assert score.estimate == metrics.mean_over_works(each.mean(axis=0), works)
        assert score.value == pytest.approx(np.mean([run.metrics["validation"][name]["value"] for run in trained.runs]),
                                            abs=1e-5)
        assert min(score.each) <= score.value <= max(score.each)
    first = trained.scores["positive_first"]  # of the ranks, not of the mean rank
    assert first.value == pytest.approx(np.mean([(judged.rank == 1).mean() for judged in trained.judgements]))


def test_one_training_has_the_numbers_of_its_own_metrics_file(study, trained):
    alone = Trained(study, trained.runs[:1])
    assert set(alone.scores) == set(trained.runs[0].metrics["validation"]), "a score has no values here"
    for name, told in trained.runs[0].metrics["validation"].items():
        assert dataclasses.astuple(alone.scores[name].estimate) == pytest.approx(list(told.values()), abs=1e-5)


def test_a_range_is_written_where_there_are_several_trainings():
    values, works = [np.array([0.1, 0.3]), np.array([0.2, 0.6])], np.array([0, 1])
    assert str(Score.of(values, works)) == "0.300 [0.150, 0.450] (0.200–0.400)"
    assert str(Score.of(values[:1], works)) == "0.200 [0.100, 0.300]"


def test_all_trainings_are_in_the_history(trained):
    epochs = trained.history.groupby("repeat").size()
    assert epochs.to_dict() == dict.fromkeys(range(SEEDS), tiny.CNN.epochs)
    assert len(trained.pooled("rank")) == SEEDS * len(trained.judgements[0].rank)


def test_finished_trainings_are_read_and_a_missing_one_is_named(study, trained, monkeypatch):
    monkeypatch.setattr(results, "fit", lambda *_: pytest.fail("trained again"))
    [found] = results.finished(study, [tiny.CNN, tiny.RESNET], SEEDS)
    assert [run.repeat for run in found.runs] == [0, 1, 2] and found.scores == trained.scores
    with pytest.raises(FileNotFoundError, match=r"2 of 5 trainings missing: .*-r3, .*-r4\. Run 05_cnn_from_scratch "):
        results.finished(study, [tiny.CNN], 5)
    with pytest.raises(FileNotFoundError, match=r"no finished run .* 04_resnet_finetuning or 05_cnn_from_scratch"):
        results.finished(study, [tiny.RESNET], 1)


def test_trainings_that_differ_in_more_than_their_seed_are_not_averaged(study, trained):
    first, second = trained.runs[:2]
    other = dataclasses.replace(second, config=second.config | {"trunk": "ImageNet trunk"})
    with pytest.raises(ValueError, match=rf"\(trunk\).*{second.folder.name}"):
        Trained(study, (first, other))
    with pytest.raises(ValueError, match="never trained"):
        Trained(study, ())


def test_the_table_begins_with_chance_which_is_no_coin(study, trained, measured):
    table = results.table(study, [trained], measured).set_index("system")
    assert list(table.index) == [results.CHANCE, *(one["title"] for one in measured.values()), trained.title]
    works = pairs(study.catalog(), study.store(), VALIDATION).first().works
    candidates = np.array([1 + (works != work).sum() for work in works])
    assert table.loc[results.CHANCE].to_list() == ["–", "0.500", f"{((candidates + 1) / 2).mean():.3f}",
                                                   f"{(1 / candidates).mean():.3f}"]
    assert table.loc[trained.title, "triplet loss"] == str(trained.loss)


def test_brackets_are_explained_as_they_are_used():
    assert "parentheses" in results.how_to_read(3) and "3 trainings" in results.how_to_read(3)
    assert "parentheses" not in results.how_to_read(1) and "training" not in results.how_to_read(1)


def test_results_name_their_data_seed_n_interval_and_range(study, trained, measured):
    found = results.summary(study, [trained], measured)
    assert found["seed"] == 0 and found["seeds"] == SEEDS and found["data"] == study.store().about["content"]
    run = found["runs"]["cnn_tiny"]
    n = len(pairs(study.catalog(), study.store(), VALIDATION))
    for scores in [*measured.values(), run["validation"]]:
        for name in results.SCORES:
            assert scores[name]["low"] <= scores[name]["value"] <= scores[name]["high"] and scores[name]["n"] == n
    for name, score in run["validation"].items():
        each = [one["validation"][name]["value"] for one in run["repeats"]]
        assert score["range"] == pytest.approx([min(each), max(each)], abs=1e-5)
    assert found == json.loads(json.dumps(found)), "plain values only"


def test_results_do_not_depend_on_how_long_training_took(study, trained, measured, tmp_path):
    slower = []
    for run in trained.runs:
        write_json(tmp_path / "metrics.json", run.metrics | dict.fromkeys(CLOCK, 1e6))
        slower.append(dataclasses.replace(run, metrics=read_json(tmp_path / "metrics.json")))
    assert results.summary(study, [Trained(study, tuple(slower))], measured) == \
           results.summary(study, [trained], measured)


def test_the_report_s_table_shows_no_number_the_report_does_not_give(study, trained, measured):
    table = results.against_report([trained], measured)
    assert all(cell.startswith("– | ") for column in table.columns[2:] for cell in table[column])
    renamed = tuple(dataclasses.replace(run, experiment=EXPERIMENTS["cnn_b32"]) for run in trained.runs)
    reported = results.against_report([Trained(study, renamed)], measured)
    low, high = min(trained.loss.each), max(trained.loss.each)
    assert reported.loc[0, "best loss"] == f"0.3208 | {trained.loss.value:.4f} ({low:.4f}–{high:.4f})"
    assert reported.loc[0, "improvement"].startswith("67.9 % | ")
    assert reported.loc[1, "baseline loss"].startswith("– | ")


def test_a_model_beats_a_baseline_by_the_means_of_its_trainings(trained):
    def baseline(loss, accuracy):
        return {"triplet_loss": {"value": loss}, "triplet_accuracy": {"value": accuracy}}

    loss, accuracy = trained.loss.value, trained.scores["triplet_accuracy"].value
    assert results.beats(trained, baseline(loss + 0.01, accuracy - 0.01)) == {"loss": True, "accuracy": True}
    assert results.beats(trained, baseline(loss - 0.01, accuracy + 0.01)) == {"loss": False, "accuracy": False}


def test_whether_the_loss_fell_is_counted_over_trainings(study, trained):
    def with_best(*losses):
        some = zip(trained.runs, losses, strict=False)
        return Trained(study, tuple(dataclasses.replace(run, metrics=run.metrics | {"best_validation_loss": loss})
                                    for run, loss in some))

    assert with_best(0.0, 0.0, 0.0).fell() == with_best(0.0).fell() == "it fell"
    assert with_best(9.0, 9.0).fell() == "it did not fall"
    assert with_best(9.0, 0.0, 0.0).fell() == "it fell in 2 of 3 trainings"


def test_a_random_trunk_is_named_in_titles_and_caveats(study, monkeypatch):
    monkeypatch.setattr(models, "imagenet_weights", lambda: None)
    run = runs.fit(study, dataclasses.replace(tiny.RESNET, name="resnet_random", epochs=1))
    assert "random trunk" in run.title
    assert any("Random trunk" in caveat for caveat in caveats(study, [run]))


def test_a_single_training_is_a_caveat_and_each_experiment_is_named_once(study, trained):
    alone, several = (" ".join(caveats(study, some)) for some in (trained.runs[:1], trained.runs))
    assert "Trained once: cnn_tiny." in alone and "Trained once" not in several
    raised = [dataclasses.replace(run, config=run.config | {"recipe_learning_rate": 1e-5}) for run in trained.runs]
    assert " ".join(caveats(study, raised)).count("cnn_tiny: 0.001 instead of 1e-05") == 1


def test_the_report_s_own_improvement_is_recomputed():
    assert results.improvement(0.1514, 0.9983) == pytest.approx(84.83, abs=0.01)
