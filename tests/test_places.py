"""Colab and Kaggle: where results go, what is said of the machine, and the job that runs the whole study there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from bare import COLAB, KAGGLE
from support import ROOT

from songsim_lib import cli, hardware, hosted, paths
from songsim_lib.notebook_cells import BOOTSTRAP
from songsim_lib.repository import address

FOLDER = ROOT / "notebooks"
# As Kaggle documents them; machine_shape names the accelerator, as `kaggle kernels push --accelerator` does.
DOCUMENTED = {
    "id": str, "id_no": int, "title": str, "code_file": str, "language": str, "kernel_type": str, "is_private": bool,
    "enable_gpu": bool, "enable_internet": bool, "machine_shape": str, "dataset_sources": list,
    "competition_sources": list, "kernel_sources": list, "model_sources": list,
}


def on(monkeypatch, variables: dict[str, str], gpu: str = "") -> None:
    for name in KAGGLE:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(hardware, "gpu_name", lambda: gpu)


@pytest.fixture
def places(tmp_path, monkeypatch) -> Path:
    """The folders of Colab and Kaggle, below a temporary one; none is there yet."""
    monkeypatch.setattr(paths, "DRIVE", tmp_path / "MyDrive")
    monkeypatch.setattr(paths, "KAGGLE_WORKING", tmp_path / "working")
    return tmp_path


def test_on_colab_results_go_to_drive_once_it_is_mounted(places, monkeypatch):
    on(monkeypatch, COLAB)
    assert paths.locate().output == ROOT / "data"
    (places / "MyDrive").mkdir()
    assert paths.locate().output == places / "MyDrive" / "songsim"


def test_on_kaggle_results_go_to_the_folder_that_is_kept(places, monkeypatch):
    on(monkeypatch, KAGGLE)
    for name in ("MyDrive", "working"):
        (places / name).mkdir()
    assert paths.locate().output == places / "working" / "data"


def test_elsewhere_and_where_a_folder_was_named_neither_matters(places, monkeypatch):
    for name in ("MyDrive", "working"):
        (places / name).mkdir()
    on(monkeypatch, {})
    assert paths.locate().output == ROOT / "data"
    on(monkeypatch, KAGGLE)
    assert paths.locate(str(places / "own")).output == places / "own"


@pytest.mark.parametrize(("variables", "menu"), [(COLAB, "Runtime > Change"), (KAGGLE, "Settings > Accelerator")])
def test_without_a_gpu_it_is_said_where_to_switch_one_on_and_what_to_expect(variables, menu, places, monkeypatch):
    on(monkeypatch, variables)
    said = next(iter(hosted.advice()))
    assert menu in said and "no GPU" in said and '"quick"' in said


def test_with_a_gpu_and_a_folder_that_stays_nothing_is_said(places, monkeypatch):
    (places / "MyDrive").mkdir()
    for variables in (COLAB, KAGGLE):
        on(monkeypatch, variables, gpu="Tesla T4")
        assert list(hosted.advice()) == []
    on(monkeypatch, {})
    assert list(hosted.advice()) == []


def test_on_colab_without_drive_it_is_said_that_results_are_lost(places, monkeypatch):
    on(monkeypatch, COLAB, gpu="Tesla T4")
    [said] = hosted.advice()
    assert "lost" in said and "drive.mount('/content/drive')" in said


def metadata() -> dict:
    return json.loads((FOLDER / "kernel-metadata.json").read_text(encoding="utf-8"))


def test_the_job_is_described_in_kaggle_s_words():
    found = metadata()
    assert {name: type(value) for name, value in found.items()} == {name: DOCUMENTED[name] for name in found}
    assert found.keys() >= {"id", "title", "code_file", "language", "kernel_type"}
    assert found["id"].split("/")[1] == re.sub("[^a-z0-9]+", "-", found["title"].lower()), "Kaggle makes it so"
    assert (found["language"], found["kernel_type"]) == ("python", "script")
    assert found["enable_gpu"] and found["enable_internet"] and found["is_private"]


def test_the_job_fetches_the_project_as_the_notebooks_do_and_asks_for_what_there_is():
    text = (FOLDER / metadata()["code_file"]).read_text(encoding="utf-8")
    assert BOOTSTRAP.format(url=address()) in text, "put the notebooks' own lines in"
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(text).body
              if isinstance(node, ast.Assign) and node.targets[0].id.isupper()}
    asked = cli.parser().parse_args(values["OPTIONS"])
    assert (asked.profile, asked.seeds) == ("auto", 3) and asked.time_budget < 12
    from songsim_lib.chain import OUT_OF_TIME

    assert values["OUT_OF_TIME"] == OUT_OF_TIME


def test_the_guide_names_what_there_is():
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    options = cli.parser().format_help()
    assert {"--earlier", "--time-budget"} <= set(re.findall(r"--[a-z-]+", guide))
    for name in set(re.findall(r"(?<=run_all.sh ).*", guide)):
        assert all(option in options for option in re.findall(r"--[a-z-]+", name)), name
    for link in re.findall(r"\]\(([^)#:]+)\)", guide):
        assert (FOLDER / link).exists(), link
    assert metadata()["machine_shape"] in guide and metadata()["id"].split("/")[0] in guide
