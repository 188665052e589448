"""Each notebook starts on its own in a bare Colab or Kaggle: no checkout, no songsim, some packages missing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bare import COLAB, KAGGLE, LACKING, Machine, copy_project, make_remote
from support import ROOT

NUMBERS = sorted(path.name[:2] for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
STUDY = "runs/study-tunebook-smoke-s0"
each_host = pytest.mark.parametrize("host", ["colab", "kaggle"])


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Machine]:
    """Start a machine: "colab", or "kaggle" without internet, the project attached as a data set."""
    root = tmp_path_factory.mktemp("hosted").resolve()
    project = root / "github"
    project.mkdir()
    make_remote(copy_project(project, root))

    def machine(host: str) -> Machine:
        if host == "colab":
            return Machine(root, project, COLAB)
        found = Machine(root, project, KAGGLE, online=False)
        found.attach("songsim", project)
        return found

    return machine


def succeeds(machine: Machine, notebook: str) -> None:
    result = machine.opened(notebook)
    assert result.returncode == 0, f"{notebook}: {result.stderr[-3000:]}"


@pytest.fixture(scope="module")
def earlier(start, tmp_path_factory) -> Path:
    """What a session on Colab left in Drive; what is true of the session is asserted here."""
    machine = start("colab")
    (machine.work / "drive" / "MyDrive").mkdir(parents=True)
    succeeds(machine, "02")
    assert sorted(machine.installed) == sorted(LACKING)
    assert (machine.work / "songsim" / ".git").is_dir(), "fetched"
    assert not (machine.work / "songsim" / "data" / "runs").exists(), "nothing is written where it would be lost"
    assert "catalog and feature store are made here" in machine.said("02")
    assert "no GPU here. Switch one on under Runtime > Change runtime type" in machine.said("02")
    return Path(shutil.move(machine.work / "drive" / "MyDrive" / "songsim", tmp_path_factory.mktemp("drive")))


def test_colab_fetches_the_project_adds_what_is_missing_and_keeps_results_in_drive(earlier):
    assert (earlier / STUDY / "results.json").exists()
    assert (earlier / "cache" / "tunebook-smoke-s0" / "features.npy").exists()


@pytest.mark.stress
def test_kaggle_takes_what_is_attached_and_keeps_results_in_its_working_folder(start, earlier):
    machine = start("kaggle")
    machine.attach("earlier", earlier)
    succeeds(machine, "02")
    assert sorted(machine.installed) == sorted(LACKING)
    assert [path.name for path in machine.work.iterdir()] == ["data"], "nothing was fetched"
    assert (machine.work / "data" / STUDY / "results.json").exists()
    assert "Taken up from" in machine.said("02") and "are made here" not in machine.said("02")
    assert "no GPU here. Switch one on under Settings > Accelerator" in machine.said("02")


@pytest.mark.stress
@each_host
@pytest.mark.parametrize("number", random.Random(10).sample(NUMBERS, len(NUMBERS)))
def test_each_notebook_alone(start, host, number):
    machine = start(host)
    succeeds(machine, number)
    assert sorted(machine.installed) == sorted(LACKING)


@pytest.mark.stress
@each_host
def test_notebooks_in_any_order_go_on_from_each_other(start, host):
    machine = start(host)
    for number in random.Random(11).sample(NUMBERS, len(NUMBERS)):
        succeeds(machine, number)
    assert sorted(machine.installed) == sorted(LACKING), "installed once"
    for what in ("catalog and feature store are made here", "networks are trained here"):
        assert len([number for number in NUMBERS if what in machine.said(number)]) <= 1, what


def job(machine: Machine) -> list[str]:
    """Call the job, at the smallest profile."""
    text = (machine.project / "notebooks" / "kaggle_chain.py").read_text(encoding="utf-8")
    script = machine.root / "home" / "script.py"
    script.write_text(text.replace('"auto", "--seeds", "3"', '"smoke"'), encoding="utf-8")
    return [str(machine.python), str(script)]


@pytest.mark.stress
@pytest.mark.parametrize("online", [True, False], ids=["fetched", "attached"])
def test_the_chain_is_a_job_of_kaggle_that_goes_on_from_its_output(start, online, tmp_path):
    machine = start("kaggle")
    if online:
        machine = Machine(machine.root, machine.project, KAGGLE)
    result = machine.run(*job(machine))
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-3000:]
    assert [path.name for path in machine.work.iterdir()] == ["data"]
    output = shutil.move(machine.work, tmp_path / "output")
    after = start("kaggle")
    after.attach("songsim-study", output)
    again = after.run(*job(after))
    assert again.stdout.count("skipped, finished") == len(NUMBERS), again.stdout[-3000:] + again.stderr[-3000:]
    assert (after.work / "data" / STUDY / "report.html").exists()
