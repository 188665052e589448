"""Papermill, called directly: from any folder, and never with a parameter that nothing would read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

from songsim_lib import parameters
from songsim_lib.config import ChoiceError

DECLARED = 'source = "tunebook"\nprofile = "auto"\nseed = 0'


def papermill(folder: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Call papermill in a folder that has nothing to do with the project; results go there too."""
    command = [sys.executable, "-m", "papermill", str(ROOT / "notebooks" / name), "out.ipynb", "--no-progress-bar",
               "-p", "output", str(folder)]
    return subprocess.run([*command, *words], cwd=folder, capture_output=True, text=True, timeout=600, check=False)


def test_a_misspelt_parameter_is_an_error_that_lists_the_valid_ones(tmp_path):
    result = papermill(tmp_path, "01_eda.ipynb", "-p", "profil", "smoke")
    assert result.returncode != 0
    assert "ChoiceError: unknown parameter 'profil'; valid: output, profile, seed, source" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"], "nothing was made"


@pytest.mark.stress
def test_papermill_runs_a_notebook_alone_from_any_folder(tmp_path):
    result = papermill(tmp_path, "04_resnet_finetuning.ipynb", "-p", "profile", "smoke", "-p", "source", "tunebook")
    assert result.returncode == 0, result.stderr[-3000:]
    assert (tmp_path / "runs" / "resnet18_b32_all-tunebook-smoke-s0" / "metrics.json").exists()


def test_what_is_declared_may_be_set():
    parameters.check(["import os", DECLARED, '# Parameters\nprofile = "smoke"\nseed = 1', "study.describe()"])
    parameters.check([DECLARED, '# Parameters\nPAPERMILL_INPUT_PATH = "a.ipynb"'])  # papermill's own


@pytest.mark.parametrize("cells", [
    [DECLARED, "# Parameters\nprofil = 1"],
    ["import os", DECLARED, "# Parameters\nseed = 1\nprofil = 1", "print()"],
])
def test_what_is_not_declared_may_not(cells):
    with pytest.raises(ChoiceError, match="unknown parameter 'profil'; valid: profile, seed, source"):
        parameters.check(cells)


@pytest.mark.parametrize("cells", [
    [],
    [DECLARED],
    ["other = 1", "# Parameters\nmine = 2"],  # a reader's own cell
    ["%matplotlib inline\nprofile = 1", "# Parameters\nmine = 2"],  # no plain Python
])
def test_other_cells_are_left_alone(cells):
    parameters.check(cells)


def test_outside_of_a_notebook_there_is_nothing_to_check():
    parameters.check()
