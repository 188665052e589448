"""What can be asked for, and what happens to names that do not exist."""

import pytest

from songsim_lib import config, hardware, study
from songsim_lib.config import EXPERIMENTS, PROFILES, AudioSpec, ChoiceError
from songsim_lib.sources import SOURCES


def test_a_clip_gives_the_report_s_picture_size():
    spec = AudioSpec()
    assert (spec.n_mels, spec.n_frames) == (128, 431)


def test_a_window_holds_the_fastest_stretch_of_a_clip():
    spec = AudioSpec()
    assert spec.window_samples == 1.25 * spec.clip_samples


@pytest.mark.parametrize(("kind", "make"), [
    ("profile", lambda: study.Study("tunebook", "huge")),
    ("source", lambda: study.Study("radio", "smoke")),
    ("experiment", lambda: config.choose_experiments("resnet50")),
])
def test_a_wrong_name_is_refused_with_the_valid_ones(kind, make):
    valid = {"profile": PROFILES, "source": SOURCES, "experiment": EXPERIMENTS}[kind]
    with pytest.raises(ChoiceError, match=f"unknown {kind}") as error:
        make()
    assert all(name in str(error.value) for name in valid)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True])
def test_a_seed_is_a_whole_number_from_zero_up(seed):
    with pytest.raises(ValueError, match="seed"):
        study.Study("tunebook", "smoke", seed=seed)


def test_the_command_line_knows_every_source_and_each_is_described():
    assert set(config.SOURCE_DESCRIPTIONS) == set(SOURCES)


def test_experiments_come_in_the_report_s_order_whatever_the_order_asked():
    assert [e.name for e in config.choose_experiments("cnn_b32, resnet18_b64_last_block")] == [
        "resnet18_b64_last_block", "cnn_b32"]
    assert [e.name for e in config.choose_experiments("all")] == list(EXPERIMENTS)


def test_the_report_profile_keeps_the_recipe():
    report = PROFILES["report"]
    for experiment in EXPERIMENTS.values():
        assert report.learning_rate_of(experiment) == experiment.learning_rate
        assert report.epochs(experiment) == experiment.epochs


def test_every_recording_gets_enough_positives_for_the_profile():
    assert PROFILES["report"].positives(700) * 700 >= 10_000
    assert PROFILES["quick"].positives(360) == 1


def test_auto_means_report_with_a_gpu_and_quick_without(monkeypatch):
    monkeypatch.setattr(hardware, "gpu_name", lambda: "Tesla T4")
    assert study.choose_profile("auto").name == "report"
    monkeypatch.setattr(hardware, "gpu_name", lambda: "")
    assert study.choose_profile("auto").name == "quick"


def test_quick_halves_on_slow_processors_and_says_so(monkeypatch):
    monkeypatch.setattr(hardware, "gpu_name", lambda: "")
    monkeypatch.setattr(hardware, "has_fast_bf16", lambda: False)
    slow = study.choose_profile("quick")
    assert slow.triplets == PROFILES["quick"].triplets // 2
    assert "HALF" in slow.purpose
