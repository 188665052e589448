"""./run_all.sh train: the trainings of a study without its notebooks."""

from __future__ import annotations

import pytest

from songsim_lib import cli


def test_without_a_feature_store_it_says_what_makes_one(tmp_path, capsys):
    assert cli.main(["train", "--profile", "smoke", "--output", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "no finished feature store" in said and "--notebooks 00" in said


def test_wrong_names_are_refused_with_the_valid_ones(capsys):
    with pytest.raises(SystemExit):
        cli.main(["train", "--experiments", "resnet50"])
    assert "resnet18_b32_all" in capsys.readouterr().err
    assert cli.main(["train", "--windows", "2"]) == 2
    assert "windows" in capsys.readouterr().err


def test_it_finds_what_the_notebooks_have_trained(smoke, capsys):
    written = {path: path.stat().st_mtime_ns for path in smoke.parent.glob("*/last.ckpt")}
    assert cli.main(["train", "--profile", "smoke", "--output", str(smoke.parents[1])]) == 0
    told = capsys.readouterr()
    assert told.err.count("already trained") == 3
    lines = told.out.splitlines()
    assert [line.split("-")[0] for line in lines] == ["resnet18_b64_last_block", "resnet18_b32_all", "cnn_b32"]
    assert all("validation loss 0." in line or "validation loss 1." in line for line in lines)
    assert {path: path.stat().st_mtime_ns for path in written} == written
