"""A notebook that is opened alone finds what it needs, takes it up, makes it, or says what to run first."""

from __future__ import annotations

import pandas as pd
import pytest

from songsim_lib import needs, results
from songsim_lib.catalog import CatalogError
from songsim_lib.chain import earlier
from songsim_lib.config import EXPERIMENTS
from songsim_lib.study import Study


def study(folder, profile: str = "smoke") -> Study:
    return Study("tunebook", profile, output=str(folder))


def with_data(one: Study) -> Study:
    """Files of the right names, which is all that is looked at before they are read."""
    one.store_folder.mkdir(parents=True)
    for name in needs.FILES:
        (one.store_folder / name).write_text("")
    return one


@pytest.fixture
def made(monkeypatch) -> list[str]:
    """What was made on the side; nothing really is."""
    calls: list[str] = []
    monkeypatch.setattr(needs, "make_data", lambda one: calls.append(f"data {one.name}"))
    monkeypatch.setattr(results, "train", lambda one, experiments, seeds: calls.append(f"{len(experiments)} x {seeds}"))
    monkeypatch.setattr(results, "finished", lambda *_: ["finished"])
    return calls


def test_what_is_made_on_the_side_is_what_00_makes(smoke, tmp_path):
    ours, theirs = study(tmp_path), study(smoke.parents[1])
    needs.make_data(ours)
    assert ours.store().checked().about == theirs.store().about
    for read in (Study.catalog, Study.unseen):
        pd.testing.assert_frame_equal(read(ours), read(theirs))


def test_what_is_there_is_not_made_again(made, tmp_path):
    needs.data(with_data(study(tmp_path)))
    assert made == []


@pytest.mark.parametrize("absent", needs.FILES)
def test_what_was_cut_short_is_made(absent, made, tmp_path, capsys):
    (with_data(study(tmp_path)).store_folder / absent).unlink()
    needs.data(study(tmp_path))
    assert made == ["data tunebook-smoke-s0"]
    assert "00_data has not run for this study yet" in capsys.readouterr().out


def test_networks_are_trained_where_there_is_none(made, tmp_path, capsys):
    found = needs.trained(with_data(study(tmp_path)), list(EXPERIMENTS.values()), 2)
    assert (found, made) == (["finished"], ["3 x 2"])
    assert "the networks are trained here" in capsys.readouterr().out


def test_networks_that_are_there_are_read(made, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "any_finished", lambda *_: True)
    assert needs.trained(with_data(study(tmp_path)), list(EXPERIMENTS.values()), 1) == ["finished"]
    assert made == []


def test_a_large_profile_says_what_to_run_first(made, tmp_path):
    with pytest.raises(CatalogError, match=r"run 00_data first, or set profile = \"quick\""):
        needs.data(study(tmp_path, "report"))
    with pytest.raises(CatalogError, match=r"run 04_resnet_finetuning and 05_cnn_from_scratch first"):
        needs.trained(with_data(study(tmp_path, "report")), list(EXPERIMENTS.values()), 1)
    assert made == []


def test_on_kaggle_what_is_attached_is_taken_up_first(made, tmp_path, monkeypatch):
    there = with_data(study(tmp_path / "input" / "job" / "data"))
    there.folder.mkdir(parents=True)
    monkeypatch.setattr(earlier, "ATTACHED", tmp_path / "input")
    for module in (earlier, needs):
        monkeypatch.setattr(module, "platform", lambda: "kaggle")
    here = study(tmp_path / "working")
    needs.data(here)
    assert made == [] and (here.store_folder / "catalog.parquet").exists()
