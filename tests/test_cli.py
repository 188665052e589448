"""The command line refuses what does not exist and says what does, before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from songsim_lib import chain, cli
from songsim_lib.config import EXPERIMENTS
from songsim_lib.profiles import PROFILES
from songsim_lib.source_kinds import SOURCE_KINDS, SourceKind


@pytest.fixture
def asked(monkeypatch) -> list[chain.Request]:
    """The requests that reach the chain."""
    requests: list[chain.Request] = []
    monkeypatch.setattr(chain, "run_study", lambda request: requests.append(request) or 0)
    return requests


@pytest.mark.parametrize(
    ("option", "wrong", "valid"),
    [
        ("--profile", "huge", [*PROFILES, "auto"]),
        ("--source", "spotify", SOURCE_KINDS),
        ("--source", "tunebook:size=huge", ["edition", "full"]),
        ("--source", "tunebook:speed=2", ["size", "performances"]),
        ("--experiments", "resnet50", EXPERIMENTS),
        ("--experiments", "", EXPERIMENTS),
        ("--notebooks", "99", ["00_data", "06_results"]),
        ("--notebooks", "00,nothing", ["00_data", "06_results"]),
    ],
)
def test_a_wrong_name_is_refused_with_the_valid_ones(option, wrong, valid, asked, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main([option, wrong])
    assert refused.value.code == 2 and asked == []
    said = capsys.readouterr().err
    assert option in said and all(name in said for name in valid)


@pytest.mark.parametrize("seed", ["-1", "one", "1.5", str(2**32)])
def test_a_seed_is_a_whole_number_from_zero_up(seed, asked, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main([f"--seed={seed}"])
    assert refused.value.code == 2 and asked == []
    assert "whole number from 0" in capsys.readouterr().err


@pytest.mark.parametrize("seeds", ["0", "21", "-1", "2.5", "three", ""])
def test_an_experiment_is_trained_from_one_to_twenty_times(seeds, asked, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main([f"--seeds={seeds}"])
    assert refused.value.code == 2 and asked == []
    assert "argument --seeds: seeds must be a whole number from 1 to 20" in capsys.readouterr().err


def test_how_often_to_train_is_no_seed(asked):
    cli.main(["--seeds", "3"])
    cli.main(["--seed", "3"])
    assert [(request.seed, request.seeds) for request in asked] == [(0, 3), (3, 1)]


@pytest.fixture
def covers(tmp_path) -> Path:
    """A folder with one work of two recordings, and two works of one, in other splits."""
    folder = tmp_path / "my covers"
    folder.mkdir()
    rows = [f"{name},{name[0]},{split}" for name, split in
            (("a1.wav", "dev"), ("a2.wav", "dev"), ("b1.wav", "test"), ("c1.wav", "alone"))]
    (folder / "index.csv").write_text("\n".join(["file,work_id,split", *rows]))
    for row in rows:
        (folder / row.split(",")[0]).write_text(row)
    return folder


def test_a_folder_of_covers_is_given_from_the_root(asked, covers, monkeypatch):
    monkeypatch.chdir(covers.parent)
    cli.main(["--covers-folder", "my covers"])
    cli.main(["--covers-folder", str(covers), "--covers-split", "dev"])
    assert [(request.covers_folder, request.covers_split) for request in asked] == [
        (str(covers), ""), (str(covers), "dev")]


def test_a_set_to_test_on_is_given_by_name(asked):
    cli.main(["--covers-folder", "covers80:files=160"])
    assert asked[0].covers_folder == "covers80:files=160"


def test_the_options_of_a_source_that_needs_one_may_stand_in_its_flag(asked, covers):
    cli.main(["--source", "folder", "--folder", str(covers)])
    assert asked[0].source == f"folder:folder={covers}"


@pytest.mark.parametrize(("given", "said"), [
    (["--source", "folder"], "source 'folder' needs folder=PATH"),
    (["--source", "covers80"], "source 'covers80' is for testing only"),
    (["--covers-folder", "covers80:files=9"], "unknown files '9'; valid: 164, 160"),
    (["--covers-folder", "/no/such/folder"], "--covers-folder: covers-folder must be a folder that exists"),
    (["--covers-folder", ""], "--covers-folder: covers-folder must be a folder that exists"),
    (["--covers-split", "dev"], "--covers-split needs --covers-folder"),
    (["--covers-folder", "covers80", "--covers-split", "dev"], "needs --covers-folder with a folder that has an index"),
])
def test_a_folder_of_covers_that_is_not_there_is_refused_before_any_set_up(given, said, asked, capsys):
    for options in (given, ["--check", *given]):
        with pytest.raises(SystemExit) as refused:
            cli.main(options)
        assert refused.value.code == 2 and asked == []
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(("split", "said"), [("train", "the splits there: alone, dev, test"),
                                            ("test", "single recording of each of its 1 work(s)")])
def test_a_folder_without_the_covers_asked_for_is_refused_before_any_training(split, said, asked, covers, capsys):
    options = ["--covers-folder", str(covers), "--covers-split", split]
    with pytest.raises(SystemExit) as refused:
        cli.main(options)
    assert refused.value.code == 2 and asked == []
    assert said in capsys.readouterr().err
    assert cli.main(["--check", *options]) == 0, "the check before the set-up has no library that reads an index"


def test_the_output_is_a_folder(tmp_path, asked, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as refused:
        cli.main(["--output", str(tmp_path / "file" / "below")])
    assert refused.value.code == 2 and "is not a folder" in capsys.readouterr().err


def test_an_option_is_written_in_full(asked):
    with pytest.raises(SystemExit):
        cli.main(["--prof", "smoke"])


def test_without_options_everything_runs(asked):
    assert cli.main([]) == 0
    [request] = asked
    assert list(request.wanted) == list(cli.notebooks())
    assert (request.source, request.profile, request.seed, request.output) == ("tunebook", "auto", 0, "")
    assert request.experiments == "all" and not request.fresh
    assert (request.seeds, request.covers_folder, request.covers_split) == (1, "", "")


def test_notebooks_run_in_the_studys_order_by_number_or_name(asked, tmp_path):
    cli.main(
        [
            "--notebooks",
            "06_results, 00",
            "--experiments",
            "cnn_b32",
            "--seed",
            "3",
            "--fresh",
            "--output",
            str(tmp_path / "new"),
        ]
    )
    [request] = asked
    assert request.wanted == ["00_data", "06_results"]
    assert request.experiments == "cnn_b32" and request.seed == 3 and request.fresh
    assert request.output == str(tmp_path / "new")


def test_options_of_a_source_become_part_of_it(asked, tmp_path):
    cli.main(["--size", "full", "--performances", "2", "--research", "--scores", str(tmp_path)])
    cli.main(["--source", "tunebook:size=full,windows=3", "--windows", "2"])
    assert [request.source for request in asked] == [
        f"tunebook:size=full,performances=2,research=yes,scores={tmp_path}", "tunebook:size=full,windows=2"]


@pytest.mark.parametrize(("given", "said"), [
    (["--size", "huge"], "unknown size 'huge'; valid: edition, full"),
    (["--performances", "2"], "needs size=full"),
    (["--research"], "needs size=full"),
    (["--size", "full", "--windows", "two"], "windows must be a whole number from 1 to 9"),
    (["--size", "full", "--scores", "/no/such/folder"], "scores must be a folder that exists"),
])
def test_a_wrong_option_of_a_source_is_refused(given, said, asked, capsys):
    with pytest.raises(SystemExit) as refused:
        cli.main(given)
    assert refused.value.code == 2 and asked == []
    assert said in capsys.readouterr().err


def test_an_option_that_a_source_does_not_have_is_refused(asked, capsys, monkeypatch):
    monkeypatch.setitem(SOURCE_KINDS, "plain", SourceKind("recordings without options"))
    with pytest.raises(SystemExit) as refused:
        cli.main(["--source", "plain", "--size", "full"])
    assert refused.value.code == 2 and asked == []
    assert "source 'plain' has no options, so no 'size'" in capsys.readouterr().err


def test_checking_does_no_work_and_says_what_the_source_needs(asked, capsys):
    assert cli.main(["--check", "--profile", "smoke"]) == 0
    assert capsys.readouterr().out.strip() == ""
    assert cli.main(["--check", "--size", "full"]) == 0
    assert capsys.readouterr().out.strip() == "render"
    assert asked == []


def test_help_lists_every_name(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    flags = ["--fresh", "--seeds", "--covers-folder", "--covers-split"]
    assert all(name in said for name in [*PROFILES, *EXPERIMENTS, *SOURCE_KINDS, *cli.notebooks(), *flags])
    assert all(f"--{option.name}" in said for kind in SOURCE_KINDS.values() for option in kind.options)


def test_a_command_that_is_interrupted_says_what_is_kept(monkeypatch, capsys):
    from songsim_lib.commands import train

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "answer", interrupted)
    assert cli.main(["train"]) == 130
    assert capsys.readouterr().err == "train: interrupted; the same command goes on after the last finished epoch\n"
