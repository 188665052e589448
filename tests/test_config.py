"""What can be asked for, and what happens to names that do not exist."""

import re
from importlib import import_module

import pytest

from songsim_lib import config, hardware, study
from songsim_lib.config import EXPERIMENTS, AudioSpec, ChoiceError
from songsim_lib.profiles import PROFILES, choose_profile
from songsim_lib.source_choice import SourceChoice
from songsim_lib.source_kinds import SOURCE_KINDS


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
    valid = {"profile": PROFILES, "source": SOURCE_KINDS, "experiment": EXPERIMENTS}[kind]
    with pytest.raises(ChoiceError, match=f"unknown {kind}") as error:
        make()
    assert all(name in str(error.value) for name in valid)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True])
def test_a_seed_is_a_whole_number_from_zero_up(seed):
    with pytest.raises(ValueError, match="seed"):
        study.Study("tunebook", "smoke", seed=seed)


def test_the_command_line_knows_every_source_and_each_is_described():
    for name, kind in SOURCE_KINDS.items():
        assert kind.description and callable(import_module(f"songsim_lib.sources.{name}").source)


def test_a_source_and_its_options_are_one_text_in_one_spelling(tmp_path):
    folder = tmp_path / "My scores, 2,x"
    folder.mkdir()
    choice = SourceChoice.of(f"tunebook:performances=02,size=full,scores={folder}/../{folder.name}")
    assert str(choice) == f"tunebook:size=full,performances=2,scores={folder}"
    assert SourceChoice.of(str(choice)) == choice
    assert (choice["size"], choice["performances"], choice["windows"], choice["research"]) == ("full", "2", "1", "no")
    assert str(SourceChoice.of("tunebook:size=edition,performances=1")) == "tunebook"


@pytest.mark.parametrize(("text", "said"), [
    ("tunebook:size=huge", "unknown size 'huge'; valid: edition, full"),
    ("tunebook:tempo=3", "valid: size, performances, windows, research, scores"),
    ("tunebook:size=full,performances=0", "performances must be a whole number from 1 to 9, not '0'"),
    ("tunebook:size=full,performances=-1", "performances must be a whole number"),
    ("tunebook:size=full,performances=\u0662", "performances must be a whole number"),
    ("tunebook:performances=2", "performances of source 'tunebook' needs size=full"),
    ("tunebook:size=full,research=maybe", "unknown research 'maybe'; valid: no, yes"),
    ("tunebook:size=full,scores=/no/such/folder", "scores must be a folder that exists"),
    ("tunebook:size=full,size=full", "each option once"),
    ("tunebook:full", "should be one option=value"),
    ("tunebook:", "should be one option=value"),
    ("radio:size=full", "unknown source 'radio'; valid: tunebook"),
])
def test_a_wrong_option_is_refused_with_what_is_valid(text, said):
    with pytest.raises(ChoiceError, match=said.replace("(", r"\(")):
        SourceChoice.of(text)
    with pytest.raises(ChoiceError):
        study.Study(text, "smoke")


def test_a_study_s_folders_tell_its_options_apart_and_suit_every_file_system(tmp_path):
    folders = [tmp_path / "a" / "Noten ü", tmp_path / "b" / "Noten ü"]
    for folder in folders:
        folder.mkdir(parents=True)
    texts = ["tunebook", "tunebook:size=full", "tunebook:size=full,performances=2", "tunebook:size=full,windows=2",
             "tunebook:size=full,performances=2,windows=2", "tunebook:size=full,research=yes",
             *(f"tunebook:size=full,scores={folder}" for folder in folders)]
    names = [study.Study(text, "quick").name for text in texts]
    assert names[:3] == ["tunebook-quick-s0", "tunebook-full-quick-s0", "tunebook-full-k2-quick-s0"]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)


def test_a_source_of_one_s_own_is_a_path_that_exists(tmp_path):
    songs = tmp_path / "songs.csv"
    songs.write_text("title")
    choice = SourceChoice.of("music_info", {"csv": f"{tmp_path}/../{tmp_path.name}/songs.csv"})
    assert str(choice) == f"music_info:csv={songs}" and choice.paths == [songs]
    assert SourceChoice.of("music_info").paths == []
    assert re.fullmatch(r"music-info-songs-csv-[0-9a-f]{8}-smoke-s0", study.Study(str(choice), "smoke").name)
    for wrong, said in (("music_info", "csv must be a file that exists"), ("folder", "a folder that exists")):
        with pytest.raises(ChoiceError, match=said):
            SourceChoice.of(wrong, {"csv" if wrong == "music_info" else "folder": str(songs) + "x"})
    with pytest.raises(ChoiceError, match=r"source 'folder' needs folder=PATH \(--folder PATH\)"):
        study.Study("folder", "smoke")


def test_what_is_for_testing_only_trains_nothing():
    with pytest.raises(ChoiceError, match=r"'covers80' is for testing only.*--covers-folder covers80:files=160"):
        study.Study("covers80:files=160", "smoke")


def test_scores_for_research_are_called_what_they_are():
    assert "NEVER REDISTRIBUTE" in SourceChoice.of("tunebook:size=full,research=yes").description
    assert "full size" in SourceChoice.of("tunebook:size=full").description


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
    assert 9_500 <= PROFILES["report"].positives(700) * 700 < 9_500 + 700
    assert PROFILES["quick"].positives(360) == 1
    assert PROFILES["quick"].positives(359) == 1, "whole works are drawn, and may come out one recording short"
    assert PROFILES["quick"].positives(180) == 2


def test_auto_means_report_with_a_gpu_and_quick_without(monkeypatch):
    monkeypatch.setattr(hardware, "gpu_name", lambda: "Tesla T4")
    assert choose_profile("auto").name == "report"
    monkeypatch.setattr(hardware, "gpu_name", lambda: "")
    assert choose_profile("auto").name == "quick"


def test_quick_halves_on_slow_processors_and_says_so(monkeypatch):
    monkeypatch.setattr(hardware, "gpu_name", lambda: "")
    monkeypatch.setattr(hardware, "has_fast_bf16", lambda: False)
    slow = choose_profile("quick")
    assert slow.triplets == PROFILES["quick"].triplets // 2
    assert "HALF" in slow.purpose
