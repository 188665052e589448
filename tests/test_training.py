"""Training: repeatable, resumable, and judged with batch norms that know the weights."""

import json
import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
import torch
from torch import nn

from songsim_lib import batch_norm, checkpoint, models, results, runs, train, yardsticks
from songsim_lib.caveats import caveats
from songsim_lib.checkpoint import CheckpointError
from songsim_lib.device import Batches
from songsim_lib.splits import TRAIN, VALIDATION
from songsim_lib.train import Trainer, TrainingError
from songsim_lib.triplets import batches, pairs
from songsim_lib.validate import fixed_negatives


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(models, "imagenet_weights", lambda: None)
    warnings.simplefilter("ignore")


@pytest.fixture
def study(tmp_path):
    return tiny.study(tmp_path)


def numbers(run):
    """Everything a run measured, without its times."""
    timeless = {key: value for key, value in run.metrics.items() if key not in {"finished", "training_seconds"}}
    return json.dumps(timeless), run.history.drop(columns="seconds").to_csv()


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(tmp_path):
    first, again = (runs.fit(tiny.study(tmp_path / name), tiny.CNN) for name in "ab")
    other = runs.fit(tiny.study(tmp_path / "c", seed=1), tiny.CNN)
    assert numbers(first) == numbers(again)
    assert numbers(first) != numbers(other)


@pytest.mark.parametrize("experiment", [tiny.CNN, tiny.RESNET], ids=lambda e: e.name)
def test_a_resumed_run_has_the_numbers_of_one_that_was_never_interrupted(tmp_path, monkeypatch, experiment, capsys):
    whole = runs.fit(tiny.study(tmp_path / "whole"), experiment)
    original = train.Trainer.run_epoch

    def interrupted(self, bar):
        if self.history:
            raise KeyboardInterrupt
        return original(self, bar)

    parts = tiny.study(tmp_path / "parts")
    monkeypatch.setattr(train.Trainer, "run_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runs.fit(parts, experiment)
    assert runs.load(parts, experiment) is None, "an unfinished run must not count as finished"
    monkeypatch.setattr(train.Trainer, "run_epoch", original)
    resumed = runs.fit(parts, experiment)
    assert "going on after epoch 1" in capsys.readouterr().out
    assert numbers(resumed) == numbers(whole)
    assert pd.DataFrame(resumed.embeddings["embedding"].to_list()).equals(
        pd.DataFrame(whole.embeddings["embedding"].to_list()))


def test_a_finished_run_is_loaded_and_one_of_other_settings_is_trained_anew(study, monkeypatch, capsys):
    runs.fit(study, tiny.CNN)
    monkeypatch.setattr(runs.epochs, "train", lambda *_: pytest.fail("trained again"))
    runs.fit(study, tiny.CNN)
    assert "already trained" in capsys.readouterr().out
    config = study.run_folder("cnn_tiny") / "config.json"
    config.write_text(config.read_text().replace('"margin": 1.0', '"margin": 0.5'))
    with pytest.raises(pytest.fail.Exception, match="trained again"):
        runs.fit(study, tiny.CNN)


def test_training_learns(tmp_path):
    study = tiny.study(tmp_path, profile=replace(tiny.PROFILE, max_epochs=10))
    run = runs.fit(study, replace(tiny.CNN, epochs=10, dropout=0.0))
    untrained = yardsticks.measure(study)["untrained"]
    assert run.metrics["best_validation_loss"] < results.loss_of(untrained)
    assert run.history["train_loss"].iloc[-1] < run.history["train_loss"].iloc[0]
    assert run.metrics["best_validation_loss"] == pytest.approx(run.history["validation_loss"].min())
    assert run.judgement(study).loss == pytest.approx(run.metrics["best_validation_loss"], abs=1e-5)


def test_with_fewer_recordings_than_triplets_every_song_gets_several_positives(tmp_path):
    study = tiny.study(tmp_path, profile=replace(tiny.PROFILE, triplets=60, max_epochs=1))
    run = runs.fit(study, tiny.CNN)
    assert study.store().about["positives"] == 3
    assert run.metrics["train_triplets"] + run.metrics["validation_triplets"] == 3 * len(study.catalog())
    songs = len(pairs(study.catalog(), study.store(), VALIDATION).first())
    assert run.metrics["validation"]["triplet_loss"]["n"] == 3 * songs
    assert run.metrics["validation"]["positive_rank"]["n"] == songs


def test_the_saved_weights_give_the_saved_embeddings(study):
    run = runs.fit(study, tiny.CNN)
    from songsim_lib.device import embed

    rows = run.embeddings["row"].to_numpy()
    again = embed(run.model(), Batches(study.store().features, study.spec, torch.device("cpu")), rows)
    assert np.allclose(again, np.stack(run.embeddings["embedding"].to_list()), atol=0.02)


def trainer(study, experiment=tiny.RESNET):
    torch.manual_seed(0)
    data = Batches(study.store().features, study.spec, torch.device("cpu"))
    catalog, store = study.catalog(), study.store()
    validation = pairs(catalog, store, VALIDATION)
    return Trainer(models.build(experiment), experiment, study.profile, data, pairs(catalog, store, TRAIN),
                   validation, fixed_negatives(validation, study.seed), study.seed)


def losses(run: Trainer) -> tuple[float, float]:
    """Loss on the training triplets with batch statistics, and in eval mode; no dropout in either."""
    found = []
    rows = np.concatenate([run.train_pairs.anchors, run.train_pairs.positives])
    n = len(run.train_pairs)
    negatives = torch.from_numpy(np.roll(np.arange(n), 5))
    for training in (True, False):
        run.model.train(training)
        for module in run.model.modules():
            if isinstance(module, nn.Dropout):
                module.eval()
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.0 if training else 0.1  # look, do not touch
        with torch.no_grad():
            a, p = run.model(run.data[rows]).split(n)
        found.append(float(nn.functional.triplet_margin_loss(a, p, a[negatives])))
    return found[0], found[1]


def test_after_a_few_steps_train_and_eval_losses_agree_once_batch_norms_are_refreshed(study):
    """Running averages lag behind the weights: without the refresh the two are far apart (FACTS, 7b)."""
    run = trainer(study)
    rng = np.random.default_rng(0)
    for _ in range(6):
        chosen = rng.permutation(len(run.train_pairs))[:8]
        run.model.train()
        rows = np.concatenate([run.train_pairs.anchors[chosen], run.train_pairs.positives[chosen]])
        run.step(run.data[rows], np.roll(np.arange(8), 1))
    train_loss, lagging = losses(run)
    batch_norm.refresh_batch_norm(run.model, run.data, run.train_pairs, 64, 64, seed=0)
    _, refreshed = losses(run)
    assert abs(refreshed - train_loss) < 0.05
    assert abs(lagging - train_loss) > 2 * abs(refreshed - train_loss), (train_loss, lagging, refreshed)


def test_refreshing_leaves_the_statistics_of_frozen_parts_alone(study):
    run = trainer(study)
    run.model.freeze(frozenset({"conv1", "bn1", "layer1"}))
    before = {name: buffer.clone() for name, buffer in run.model.named_buffers()}
    batch_norm.refresh_batch_norm(run.model, run.data, run.train_pairs, 8, 32, seed=0)
    same = {name.split(".")[0] for name, buffer in run.model.named_buffers() if torch.equal(buffer, before[name])}
    assert same == {"bn1", "layer1"}


@pytest.mark.fault("numbers")
def test_a_loss_that_is_no_number_stops_training_and_keeps_the_last_good_epoch(study, monkeypatch):
    original, steps = train.Trainer.step, []

    def diverging(self, *args):
        steps.append(1)
        return original(self, *args) * (float("nan") if len(steps) > self.steps_per_epoch else 1)

    monkeypatch.setattr(train.Trainer, "step", diverging)
    with pytest.raises(TrainingError, match=r"batch 1 in epoch 2.*learning rate") as stopped:
        runs.fit(study, tiny.CNN)
    learned = pairs(study.catalog(), study.store(), TRAIN)
    anchors, *_ = next(batches(learned, tiny.CNN.batch_size, study.seed, epoch=2))
    told = set(re.findall(r"t\d\d", str(stopped.value)))
    assert told == set(learned.track_ids[np.isin(learned.anchors, anchors)]) and len(told) == len(anchors)
    state = checkpoint.load_state(study.run_folder("cnn_tiny") / "last.ckpt")
    assert len(state["history"]) == 1


@pytest.mark.fault("numbers")
def test_a_network_that_gives_all_songs_one_embedding_is_told_of(study, monkeypatch):
    def alike(self, x):
        return (x.mean(dim=(1, 2, 3)) * self.head[-1].weight[0, 0] * 0 + 1)[:, None].expand(-1, 128)

    monkeypatch.setattr(models.StudyCNN, "features", alike)
    with pytest.warns(UserWarning, match=r"cnn_tiny has collapsed.*loss stands at the margin"):
        run = runs.fit(study, tiny.CNN)
    assert run.metrics["collapsed"] and run.metrics["best_validation_loss"] == pytest.approx(tiny.CNN.margin)
    assert any(text.startswith("Collapsed: cnn_tiny") for text in caveats(study, [run]))


def test_a_network_that_learns_has_not_collapsed(study):
    assert runs.fit(study, tiny.CNN).metrics["collapsed"] is False


@pytest.mark.fault("code in data")
def test_a_checkpoint_with_code_in_it_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    torch.save({"model": Evil()}, tmp_path / "last.ckpt")
    with pytest.raises(CheckpointError, match=r"last\.ckpt"):
        checkpoint.load_state(tmp_path / "last.ckpt")
    assert not (tmp_path / "owned").exists()


@pytest.mark.fault("tampered file")
def test_a_damaged_or_foreign_model_file_is_named(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"half")
    model = models.network(tiny.CNN)
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        checkpoint.load_model(tmp_path / "model.safetensors", model)
    checkpoint.save_model(tmp_path / "model.safetensors", models.network(tiny.RESNET))
    with pytest.raises(CheckpointError, match="this network"):
        checkpoint.load_model(tmp_path / "model.safetensors", model)


def test_baselines_measured_by_other_code_are_measured_again(study, monkeypatch):
    first = yardsticks.measure(study)
    monkeypatch.setattr(yardsticks, "judgements", lambda *_: pytest.fail("measured again"))
    assert yardsticks.measure(study) == first
    monkeypatch.setattr(yardsticks, "code_digest", lambda *_: "other code")
    with pytest.raises(pytest.fail.Exception, match="measured again"):
        yardsticks.measure(study)
