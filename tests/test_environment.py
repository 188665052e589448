"""One list of requirements, read the same way by everyone who installs the project."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support import ROOT

from songsim_lib import environment


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_this_python_meets_the_project():
    assert environment.missing("dev") == []


def test_every_requirement_of_every_group_can_be_read():
    for extra in ("", *project()["optional-dependencies"]):
        for requirement in environment.requirements(extra):
            assert environment.name_of(requirement)
            environment.fits("1.0", requirement)


@pytest.mark.parametrize(
    ("found", "requirement", "enough"),
    [
        ("2.11.0+cu128", "torch>=2.4", True),
        ("2.4", "torch>=2.4.0", True),
        ("2.3.9", "torch>=2.4", False),
        ("10.1", "librosa>=9.2", True),
        ("3.0", "papermill>=2.6,<3", False),
        ("2.9.post1", "papermill>=2.6, <3", True),
        ("1.0", "anything", True),
        ("1.5", "name!=1.5", False),
    ],
)
def test_versions_are_compared_as_numbers(found, requirement, enough):
    assert environment.fits(found, requirement) is enough


def test_a_requirement_that_cannot_be_read_is_an_error():
    with pytest.raises(ValueError, match="cannot read"):
        environment.fits("1.0", 'tomli>=1; python_version < "3.11"')


def test_what_is_missing_is_listed(tmp_path, monkeypatch, capsys):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["pytest>=1", "pytest-of-the-future>=1", "numpy>=99"]\n'
    )
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    assert environment.main([]) == 1
    assert capsys.readouterr().out.split() == ["pytest-of-the-future>=1", "numpy>=99"]


def test_it_needs_nothing_but_python():
    code = (
        "import sys; import songsim_lib.environment, songsim_lib.cli\n"
        "roots = {name.split('.')[0] for name in sys.modules}\n"
        "print(*sorted(roots - set(sys.stdlib_module_names) - {'songsim_lib', '__main__', '__mp_main__'}))"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""


@pytest.fixture
def pip_calls(tmp_path, monkeypatch) -> list[tuple[list[str], str]]:
    """What pip is asked for, with the constraints it gets; nothing is installed."""
    calls = []

    def record(command, check):
        constraints = Path(command[command.index("--constraint") + 1])
        calls.append((command, constraints.read_text()))

    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["pytest>=1", "no-such-package>=1", "torch>=99", "numpy>=99", '
        '"ipykernel>=99"]\n'
    )
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment.subprocess, "run", record)
    return calls


@pytest.mark.parametrize(
    "variables",
    [{"KAGGLE_KERNEL_RUN_TYPE": "Batch", "COLAB_RELEASE_TAG": "r"}, {"COLAB_RELEASE_TAG": "release-colab"}],
    ids=["Kaggle", "Colab"],
)
def test_hosted_notebooks_get_what_is_missing_but_never_another_torch(
    variables, pip_calls, monkeypatch, capsys
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    environment.prepare_hosted()
    [(command, constraints)] = pip_calls
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert "no-such-package>=1" in command and "pytest>=1" not in command
    assert not any(part.startswith(environment.KEPT) for part in command)
    assert f"torch=={environment.installed('torch')}" in constraints.split()
    assert "own" in capsys.readouterr().out


def test_at_home_nothing_is_installed_behind_ones_back(pip_calls, monkeypatch):
    for name in ("KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG", "COLAB_GPU"):
        monkeypatch.delenv(name, raising=False)
    environment.prepare_hosted()
    assert pip_calls == []


def test_conda_users_get_the_same_versions_from_the_same_list():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    entries = [line.strip().removeprefix("- ") for line in text.splitlines() if line.strip().startswith("- ")]
    python = next(entry for entry in entries if entry.startswith("python"))
    assert entries == ["conda-forge", python, "pip", "pip:", "-e .[dev]"], (
        "packages belong into pyproject.toml"
    )
    low, high = project()["requires-python"].split(",")
    minor = int(python.removeprefix("python=3."))
    assert int(low.removeprefix(">=3.")) <= minor < int(high.removeprefix("<3."))
    assert "dev" in project()["optional-dependencies"]
