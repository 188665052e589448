"""What notebook 08 tells is what the record of the training, notebook 07 and the sounds themselves say."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import tiny
import torch

from songsim_lib import splits
from songsim_lib.composition import costs, looking, own_task, retold, story
from songsim_lib.composition.network import CompositionNet
from songsim_lib.covers import verdict
from songsim_lib.covers.evaluation import Covers
from songsim_lib.covers.heard import Heard
from songsim_lib.cqt import SCALE, SEMITONES, cqt
from songsim_lib.cutting import positive_clip, recording_window
from songsim_lib.excerpts import Excerpts
from songsim_lib.features import quantise
from songsim_lib.metrics.retrieval import Labels
from songsim_lib.sources import tunebook
from songsim_lib.triplets import pairs
from songsim_lib.validate import clips

GROUPS = ("rearranged", "variant")


def score(value: float, width: float = 0.05) -> dict:
    return {"value": value, "low": value - width, "high": value + width, "n": 70}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """The record of a training that never was."""
    recipe = {"steps": 1000, "works": 32, "performances": 4}
    rows = {"full": 0.9, "keys": 0.7, "wear": 0.89}
    (tmp_path / "ablation.json").write_text(json.dumps({"recipe": recipe, "variations": {
        name: {"title": name, "scores": {group: {"map": score(value)} for group in GROUPS},
               "difference": {group: score(value - 0.9) for group in GROUPS}} for name, value in rows.items()}}))
    (tmp_path / "card.json").write_text(json.dumps({"validation": {}, "trained": {
        "source": "tunebook", "works": 5_000, "recordings": 20_000, "clips": 40_000, "steps": 6_000, "hours": 1.25,
        "device": "a GPU", "seed": 0, "versions": {"torch": "2"}, "recipe": recipe}}))
    pd.DataFrame({"step": [1], "loss": [1.0], "map_rearranged": [0.5], "map_variant": [0.4]}).to_csv(
        tmp_path / "history.csv", index=False)
    return tmp_path


READERS = {"card.json": story.card, "ablation.json": story.ablation, "history.csv": story.history}


@pytest.mark.parametrize("name", READERS)
def test_a_record_that_is_absent_or_damaged_is_an_error_that_names_the_file(record, name):
    assert len(READERS[name](record))
    (record / name).write_text("{}" if name.endswith("json") else "step,loss\n")
    with pytest.raises(ValueError, match=f"{name} lacks .*restore it with git"):
        READERS[name](record)
    (record / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        READERS[name](record)


def test_a_training_is_told_with_its_size_time_and_machine(record):
    told = story.about_training(story.card(record))
    assert all(part in told for part in ("5,000 works", "20,000 recordings", "6,000 steps in 1.2 hours on a GPU"))


def test_an_ablation_is_told_by_its_intervals(record):
    found = story.ablation(record)
    table = story.ablation_table(found)
    assert table.loc[table["title"] == "full", "difference"].isna().all() and len(table) == 6
    told = story.about_ablation(found, table)
    assert "1,000 steps of 32 works" in told
    assert "- *variant*: finds fewer: keys. cannot be told from everything: wear." in told


def performances(shifts: list[int]) -> Heard:
    """Performances of one score, each the same random picture moved up by so many semitones, all but one at 100 bpm."""
    rng = np.random.default_rng(0)
    score = rng.integers(0, 255, (SEMITONES + 24, 100), dtype=np.uint8)
    pictures = [score[12 - shift : 12 - shift + SEMITONES][None] for shift in shifts]
    n = len(shifts)
    catalog = pd.DataFrame({
        "track_id": [f"t{i}" for i in range(n)], "work_id": [f"w{i // 2}" for i in range(n)],
        "recording_id": [f"r{i}" for i in range(n)], "score_id": [f"s{i // 2}" for i in range(n)], "start_bar": 4,
        "transposition_semitones": shifts, "tempo": 100.0})
    windows = np.arange(n, dtype=np.uint8)[:, None, None] * np.ones((1, 128, 431), np.uint8)
    return Heard(catalog, Excerpts(windows, np.arange(n), [np.zeros((12, 5))] * n, pictures), {})


def test_a_picture_in_another_key_is_the_same_picture_moved():
    heard = performances([0, 5, -4, 2])
    found = looking.moved_back(heard, Labels.of(heard.catalog))
    assert sorted(zip(found["row"], found["row_b"], found["semitones"], strict=True)) == [(0, 1, 5), (2, 3, 6)]
    assert found["moved"].to_numpy() == pytest.approx(1) and (found["as_it_is"].abs() < 0.1).all()
    assert "more than before in 2 of 2" in looking.about_pairs(found, 5)


def test_a_faster_version_is_stretched_before_it_is_compared():
    one = np.random.default_rng(0).random((SEMITONES, 40)).repeat(20, axis=1)
    assert looking.alike(one, one[:, ::2], 0, stretch=0.5) > 0.9 > looking.alike(one, one[:, ::2], 0, stretch=1.0)


def test_the_pair_that_is_shown_is_the_clearest_whose_keys_are_visibly_apart():
    heard = performances([0, 1, 0, 7])
    labels = Labels.of(heard.catalog)
    assert looking.pair(heard, labels, looking.moved_back(heard, labels)) == (2, 3, 7)
    without = Heard(heard.catalog.drop(columns="score_id"), heard.excerpts, {})
    nothing = looking.moved_back(without, labels)
    assert len(nothing) == 0 and looking.pair(without, labels, nothing) == (0, 1, None)
    assert "nobody knows" in looking.about_pairs(nothing, None)
    assert (looking.pictures(heard, 2, tiny.SPEC)[0] == -80 + 2 * 80 / 255).mean() == pytest.approx(1)


def group(**systems: float) -> dict:
    return {"chance": {"map": 0.1}, "scores": {
        name: {"title": name, "kind": "model" if name.startswith("net") else "baseline", "map": score(value),
               "each": {"map": [value]}} for name, value in systems.items()}}


def test_what_07_found_is_told_by_its_intervals():
    found = {"variant": group(net_a=0.12, net_b=0.3, qmax=0.9, flat=0.1)}
    assert "1 of 2 trained models are above guessing" in retold.in_short(found)
    assert "is qmax, MAP 0.900" in retold.in_short(found)
    table = retold.told_table(found).set_index("system")["variant"]
    assert table["chance (analytic)"] == "0.100" and table["net_b"].startswith("0.300 [")


def test_two_notebooks_that_measured_the_same_must_agree():
    assert retold.agrees(group(qmax=0.9, flat=0.1), group(qmax=0.9, composition=0.5))
    assert not retold.agrees(group(qmax=0.9), group(qmax=0.8))
    assert retold.agrees(None, group(qmax=0.8)), "what 07 has not measured cannot contradict it"


@pytest.mark.parametrize(("value", "said"), [(0.2, "**above** Qmax"), (0.01, "undecided"), (-0.2, "**below** Qmax")])
def test_the_verdict_against_qmax_follows_the_interval(value, said):
    rows = [{"model_title": title, "baseline": name, "difference": score(value)}
            for title in ("composition model", "both") for name in ("qmax", "fourier2d")]
    told = retold.against_qmax({"variant": {"differences": rows}})
    assert said in told and told.count("\n") == 1 and "the both is" in told


@pytest.mark.parametrize("change", ["none", "trainings", "works", "absent"])
def test_invariances_of_07_are_read_only_where_they_are_of_the_same_systems_and_works(change, tmp_path, monkeypatch):
    asked = []

    def measured(study, chosen, probes):
        asked.append([system.name for system in chosen])
        return pd.DataFrame([{"factor": "noise", "level": np.inf, "label": "30", "system": name, "repeats": 1, "n": 6}
                             for name in dict.fromkeys(asked[-1])])

    monkeypatch.setattr(retold.invariance, "of_study", measured)
    study = SimpleNamespace(folder=tmp_path, profile=SimpleNamespace(probes=6))
    others = [SimpleNamespace(name="qmax"), SimpleNamespace(name="cnn")]
    before = measured(study, others, 6).assign(n=7 if change == "works" else 6)
    if change != "absent":
        (tmp_path / "tables").mkdir()
        before.to_csv(tmp_path / "tables" / "invariance.csv", index=False)
    asked.clear()
    others += [SimpleNamespace(name="cnn")] * (change == "trainings")
    found = retold.invariances(study, SimpleNamespace(name="composition"), others)
    assert len(asked) == (1 if change == "none" else 2)
    assert found["system"].tolist() == ["composition", "qmax", "cnn"] and np.isinf(found["level"]).all()
    assert set(found["label"]) == {"30"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return tiny.study(tmp_path_factory.mktemp("own"))


def test_anchors_and_positives_are_the_very_sounds_of_the_study(study):
    data = own_task.unlearned(study, seed=0)
    assert len(data) == len(pairs(study.catalog(), study.store(), splits.VALIDATION)), "no score, so none was learned"
    levels = own_task.spectra(study, data, workers=1)
    row = int(np.searchsorted(clips(data), data.positives[-1]))
    track = str(data.track_ids[-1])
    path = study.catalog().set_index("track_id")["path"].loc[track]
    window = recording_window(path, track, study.spec, study.seed)
    last = study.store().about["positives"] - 1
    expected = quantise(cqt(positive_clip(window, track, study.spec, study.seed, last), study.spec), SCALE)
    assert np.array_equal(levels[row], expected) and len(levels) == len(clips(data))


def test_a_network_is_judged_by_the_triplets_of_the_study(study):
    torch.manual_seed(0)
    found = own_task.measure(study, CompositionNet().to(study.device).eval(), "net", [], seed=0)
    scores = found["net"]
    assert 0 <= scores["triplet_accuracy"].value <= 1 and scores["triplet_loss"].value >= 0
    table = own_task.table(found)
    assert table["triplets"].tolist() == [len(own_task.unlearned(study, 0))]
    assert json.loads(json.dumps(own_task.as_dict(found)))["net"]["triplet_loss"]["n"] == table["triplets"].iloc[0]
    assert list(own_task.table({}).columns) == list(table.columns)


def test_works_that_the_network_may_have_learned_from_are_not_asked(study, monkeypatch):
    edition = tunebook.catalog()
    side = splits.split_by_work(edition, 0)
    known, unknown = (edition.loc[side == name, "score_id"].iloc[0] for name in (splits.TRAIN, splits.VALIDATION))
    catalog = study.catalog()
    works = catalog.loc[catalog["split"] == splits.VALIDATION, "work_id"].unique()
    scored = catalog.assign(score_id=np.where(catalog["work_id"].isin(works[:2]), unknown, known))
    monkeypatch.setattr(type(study), "catalog", lambda self: scored)
    kept = scored.set_index("track_id")["work_id"].loc[own_task.unlearned(study, 0).track_ids]
    assert set(kept) == set(works[:2])
    monkeypatch.setattr(type(study), "catalog", lambda self: scored.assign(score_id=known))
    assert own_task.measure(study, CompositionNet(), "net", [], 0) == {}


def test_what_is_nearest_is_found_exactly():
    catalog = torch.nn.functional.normalize(torch.randn(500, 16, generator=torch.Generator().manual_seed(0)))
    assert costs.nearest(catalog[7], catalog)[0] == 7


def test_costs_are_of_one_thread_and_the_threads_come_back(monkeypatch):
    monkeypatch.setattr(costs, "CATALOG", 1_000)
    before = torch.get_num_threads()
    chroma = np.random.default_rng(0).random((12, 100)).astype(np.float32)
    found = costs.measure(CompositionNet().eval(), tiny.melody(0), [chroma, chroma], tiny.SPEC, repeats=1)
    assert torch.get_num_threads() == before and len(found) == 3
    assert (found["milliseconds"] > 0).all() and (found["fastest"] <= found["slowest"]).all()
    assert "1,000 recordings" in costs.about(found)


def test_any_system_can_be_compared_with_any_other():
    heard = performances([0, 5, -4, 2])
    apart = (np.arange(4)[:, None] // 2 != np.arange(4) // 2).astype(np.float32)
    made = Covers(heard, {"ours": [apart], "net": [1 - apart], "qmax": [apart]},
                  {name: name.upper() for name in ("ours", "net", "qmax")},
                  {"ours": "model", "net": "model", "qmax": "baseline"})
    labels = Labels.of(heard.catalog)
    table = verdict.differences(made, labels, ["ours"], ["net", "qmax"])
    assert list(zip(table["model"], table["baseline"], strict=True)) == [("ours", "net"), ("ours", "qmax")]
    assert table["difference"].map(lambda gap: gap.value).tolist() == pytest.approx([2 / 3, 0])
    told = verdict.conclusion(verdict.summary(made, labels, ["ours"], ["net", "qmax"]), "all")
    assert "finds more versions than NET" in told and "cannot be told from QMAX" in told
