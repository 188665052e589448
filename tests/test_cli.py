"""The command line refuses what does not exist and says what does, before any work."""

from __future__ import annotations

import pytest

from songsim_lib import chain, cli
from songsim_lib.config import EXPERIMENTS, PROFILES, SOURCE_DESCRIPTIONS


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
        ("--source", "spotify", SOURCE_DESCRIPTIONS),
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


def test_checking_does_no_work(asked):
    assert cli.main(["--check", "--profile", "smoke"]) == 0
    assert asked == []


def test_help_lists_every_name(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(name in said for name in [*PROFILES, *EXPERIMENTS, *SOURCE_DESCRIPTIONS, *cli.notebooks(), "--fresh"])
