"""The knobs of a sweep: planned in advance, evenly, and each one reaches what it is to turn."""

import warnings
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from torch import nn

from songsim_lib import models, runs
from songsim_lib.config import ChoiceError
from songsim_lib.profiles import PROFILES
from songsim_lib.splits import TRAIN, VALIDATION
from songsim_lib.sweep import design, space, training
from songsim_lib.train import Trainer

QUICK, REPORT = PROFILES["quick"], PROFILES["report"]
SETTING = {"batch_size": 16, "dropout": 0.3, "weight_decay": 1e-3, "learning_rate": 5e-4, "margin": 0.4,
           "frozen": "layer2"}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(models, "imagenet_weights", lambda: None)
    warnings.simplefilter("ignore")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return tiny.study(tmp_path_factory.mktemp("study"))


def plan(n, architecture="resnet18", profile=QUICK, seed=0):
    return [design.setting(point, architecture, profile, seed) for point in range(n)]


def test_the_report_s_own_settings_come_first_at_the_profile_s_learning_rate():
    last_block, unfrozen = plan(2)
    assert (last_block["frozen"], last_block["batch_size"], last_block["dropout"]) == ("layer3", 64, 0.8)
    assert (unfrozen["frozen"], unfrozen["batch_size"], unfrozen["weight_decay"]) == ("none", 32, 1e-4)
    assert {one["learning_rate"] for one in (last_block, unfrozen)} == {2e-3}
    assert [one["learning_rate"] for one in plan(2, profile=REPORT)] == [1e-4, 1e-5]
    assert plan(1, "cnn")[0]["frozen"] == "none"


def test_a_seed_plans_the_same_settings_however_many_are_asked_for_and_another_seed_others():
    assert plan(12)[:5] == plan(5) and plan(5) == plan(5)
    assert plan(5, seed=1)[2:] != plan(5)[2:] and plan(5, seed=1)[:2] == plan(5)[:2]


@pytest.mark.parametrize("architecture", space.ARCHITECTURES)
@pytest.mark.parametrize("profile", [QUICK, REPORT], ids=lambda profile: profile.name)
def test_settings_fill_the_ranges_evenly_and_no_two_knobs_are_turned_together(architecture, profile):
    knobs = space.knobs(architecture, space.rates(architecture, profile))
    tried = plan(60, architecture, profile)
    places = np.array([[knob.unit(setting[name]) for name, knob in knobs.items()] for setting in tried])
    assert (places >= -1e-9).all() and (places <= 1 + 1e-9).all()
    assert np.abs(np.corrcoef(places.T) - np.eye(len(knobs))).max() < 0.3
    for name, knob in knobs.items():
        if isinstance(knob, space.Levels):
            counts = Counter(setting[name] for setting in tried)
            assert set(counts) == set(knob.values) and min(counts.values()) >= 60 / len(knob.values) / 2
    assert 6 <= sum(setting["weight_decay"] == 0 for setting in tried) <= 18
    assert min(s["margin"] for s in tried) < 0.3 and max(s["margin"] for s in tried) > 1.6


def test_a_value_is_where_its_knob_says():
    for knob in space.knobs("resnet18", (1e-4, 1e-2)).values():
        for u in (0.0, 0.1, 0.3, 0.77, 0.999):
            value = knob.value(u)
            again = knob.value(min(knob.unit(value), 0.9999))
            assert again == value if isinstance(value, (str, int)) else again == pytest.approx(value, rel=1e-2)


@pytest.mark.parametrize(("architecture", "frozen", "parts"), [
    ("resnet18", "none", set()), ("resnet18", "layer1", {"conv1", "bn1", "layer1"}),
    ("resnet18", "layer3", {"conv1", "bn1", "layer1", "layer2", "layer3"}), ("cnn", "block2", {"block1", "block2"})])
def test_what_is_frozen_stands_still_and_the_rest_learns(study, architecture, frozen, parts):
    experiment = space.experiment(SETTING | {"frozen": frozen}, architecture)
    trainer = made(study, experiment)
    assert trainer.model.trunk in ("random trunk", "no pretraining")
    before = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    trainer.run_epoch(Bar())
    still, moved = (set(), set())
    for name, tensor in trainer.model.state_dict().items():
        (still if torch.equal(tensor, before[name]) else moved).add(name.split(".")[0])
    assert still - moved == parts, "parts that did not move at all"


def test_a_part_that_the_network_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(ChoiceError, match=r"layer9.*conv1.*layer4"):
        models.build(replace(space.experiment(SETTING, "resnet18"), trainable="after_layer9"))


def test_every_knob_reaches_what_it_turns(study):
    trainer = made(study, space.experiment(SETTING, "resnet18"))
    [group] = trainer.optimizer.param_groups
    assert (group["lr"], group["weight_decay"]) == (5e-4, 1e-3)
    assert trainer.steps_per_epoch == -(-len(trainer.train_pairs) // 16) and trainer.experiment.margin == 0.4
    assert [part.p for part in trainer.model.modules() if isinstance(part, nn.Dropout)] == [0.3]
    learned = sum(weight.requires_grad for weight in trainer.model.parameters())
    assert learned == len(group["params"]) < len(list(trainer.model.parameters()))


def test_a_training_of_a_sweep_is_that_of_the_notebooks(study):
    """The same settings and seed give the numbers that `runs.fit` finds; only the weights are not kept."""
    songs = training.TrainingData.of(study)
    setting = space.own("cnn", study.profile)["cnn_b32"]
    found = training.train(songs, space.experiment(setting, "cnn"), training.training_seed(study.seed, 0, 1))
    run = runs.fit(study, replace(space.experiments("cnn")[0], name="cnn_again"), repeat=1)
    assert found["loss"] == pytest.approx(run.metrics["best_validation_loss"])
    assert found["best_epoch"] == run.metrics["best_epoch"]
    assert found["accuracy"] == pytest.approx(run.metrics["validation"]["triplet_accuracy"]["value"])


def test_no_test_work_is_ever_opened(study):
    songs = training.TrainingData.of(study)
    store = study.store()
    of_track = store.index.reset_index(drop=True)["track_id"]
    rows = np.concatenate([songs.train.anchors, songs.train.positives, songs.validation.anchors,
                           songs.validation.positives])
    split = study.catalog().set_index("track_id")["split"]
    assert set(split.loc[of_track.iloc[np.unique(rows)]]) == {TRAIN, VALIDATION}


def test_every_training_has_a_seed_of_its_own():
    seeds = {training.training_seed(3, point, repeat) for point in range(50) for repeat in range(20)}
    assert len(seeds) == 1000 and training.training_seed(3, 0, 1) == 4


class Bar:
    def update(self, *_):
        pass

    def set_postfix(self, **_):
        pass


def made(study, experiment):
    songs = training.TrainingData.of(study)
    torch.manual_seed(0)
    profile = replace(study.profile, learning_rate=None)
    return Trainer(models.build(experiment), experiment, profile, songs.data, songs.train, songs.validation,
                   songs.negatives, 0)
