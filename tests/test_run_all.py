"""run_all.sh: one script from a fresh clone to a running study, in whatever Python there is.

The set-up is tried on a miniature of the project, with a `uv` that installs nothing but says that it did, so
that no test needs a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this machine")

# What the miniature's command line does: say which Python runs it, and with what.
CLI = "import sys\nif '--check' not in sys.argv: print('RUN', sys.executable, *sys.argv[1:])\n"
# Installs the package "wanted" the way the metadata shows it, then notes that it was called.
UV = """#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" = --python ] && python=$2; shift; done
site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
mkdir -p "$site/wanted-2.0.dist-info"
printf 'Metadata-Version: 2.1\\nName: wanted\\nVersion: 2.0\\n' > "$site/wanted-2.0.dist-info/METADATA"
echo called >> "$(dirname "$0")/uv.log"
%s
touch "$site/wanted-2.0.dist-info/RECORD"
"""


class Miniature:
    """A copy of what the set-up needs, in a folder with a space in its name, as on many people's machines."""

    def __init__(self, folder: Path, requirement: str) -> None:
        self.root, self.bin = folder / "my songs", folder / "bin"
        library = self.root / "songsim_lib"
        library.mkdir(parents=True)
        for name in ("__init__.py", "environment.py", "hardware.py", "paths.py"):
            shutil.copy(ROOT / "songsim_lib" / name, library)
        (library / "cli.py").write_text(CLI)
        shutil.copy(ROOT / "run_all.sh", self.root)
        (self.root / "pyproject.toml").write_text(
            f'[project]\ndependencies = ["{requirement}"]\noptional-dependencies = {{dev = ["pytest>=1"]}}\n'
        )
        self.bin.mkdir()
        for name in ("python3", "python"):
            self.script(name, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        self.script("uv", UV % "")

    def script(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        hosted = (
            "KAGGLE_KERNEL_RUN_TYPE",
            "COLAB_RELEASE_TAG",
            "COLAB_GPU",
            "VIRTUAL_ENV",
            "PYTHONPATH",
            "CI",
        )
        clean = {name: value for name, value in os.environ.items() if name not in hosted}
        return subprocess.run(
            [str(self.root / "run_all.sh"), *arguments],
            cwd=self.bin,
            text=True,
            capture_output=True,
            timeout=120,
            env={**clean, "PATH": f"{self.bin}{os.pathsep}{clean['PATH']}", **variables},
            check=False,
        )

    @property
    def installs(self) -> int:
        log = self.bin / "uv.log"
        return len(log.read_text().split()) if log.exists() else 0


def test_help_lists_the_names_and_sets_nothing_up(tmp_path):
    before = sorted(path.name for path in ROOT.iterdir())
    result = subprocess.run(
        [ROOT / "run_all.sh", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    for name in ("./run_all.sh test", "smoke", "quick", "report", "tunebook", "cnn_b32", "--seed", "00_data"):
        assert name in result.stdout
    assert sorted(path.name for path in ROOT.iterdir()) == before


@pytest.mark.parametrize(
    "wrong",
    [
        ["--profile", "huge"],
        ["--source", "radio"],
        ["--experiments", "resnet50"],
        ["--notebooks", "42"],
        ["--seed", "x"],
        ["--speed"],
    ],
)
def test_a_wrong_name_ends_before_any_set_up(wrong, tmp_path):
    copy = tmp_path / "clone"
    shutil.copytree(ROOT / "songsim_lib", copy / "songsim_lib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "run_all.sh", copy)
    (copy / "pyproject.toml").write_text('[project]\ndependencies = ["no-such-package"]\n')
    result = subprocess.run(
        [copy / "run_all.sh", *wrong], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 2, result.stderr
    assert wrong[0] in result.stderr
    assert not (copy / ".venv").exists() and not (copy / "data").exists()


def test_a_python_that_has_everything_is_used_as_it_is(tmp_path):
    project = Miniature(tmp_path, "pytest>=1")
    result = project.run("--seed", "3")
    assert result.stdout.split() == ["RUN", sys.executable, "--seed", "3"], result.stderr
    assert not (project.root / ".venv").exists()


def test_a_python_that_lacks_something_gets_a_virtual_environment_once(tmp_path):
    project = Miniature(tmp_path, "wanted>=1")
    for _ in range(2):
        result = project.run()
        assert result.stdout.split("RUN ")[1].strip() == str(project.root / ".venv" / "bin" / "python"), (
            result.stderr
        )
    assert project.installs == 1
    assert not (project.root / ".venv" / ".incomplete").exists()


def test_what_only_a_source_needs_is_set_up_when_it_is_asked_for(tmp_path):
    project = Miniature(tmp_path, "pytest>=1")
    (project.root / "pyproject.toml").write_text(
        '[project]\ndependencies = []\noptional-dependencies = {render = ["wanted>=1"]}\n'
    )
    says = "if '--check' in sys.argv: print('render' if 'full' in sys.argv else '')\n"
    (project.root / "songsim_lib" / "cli.py").write_text(CLI + says)
    assert project.run().stdout.split()[:2] == ["RUN", sys.executable] and project.installs == 0
    result = project.run("--size", "full")
    assert str(project.root / ".venv" / "bin" / "python") in result.stdout, result.stderr
    assert project.installs == 1


def test_a_set_up_that_was_cut_short_is_made_anew(tmp_path):
    project = Miniature(tmp_path, "wanted>=1")
    project.script("uv", UV % "kill -9 $PPID; exit 1")
    assert project.run().returncode != 0
    project.script("uv", UV % "")
    result = project.run()
    assert "did not finish" in result.stderr and "RUN" in result.stdout, result.stderr
    assert project.installs == 2


def test_an_environment_of_ones_own_is_added_to_and_never_deleted(tmp_path):
    project = Miniature(tmp_path, "wanted>=1")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project.root / ".venv"], check=True)
    mine = project.root / ".venv" / "mine.txt"
    mine.write_text("keep")
    project.script("uv", UV % "kill -9 $PPID; exit 1")
    assert project.run().returncode != 0
    project.script("uv", UV % "")
    assert "RUN" in project.run().stdout
    assert mine.read_text() == "keep" and project.installs == 2


def test_a_python_of_another_version_is_explained(tmp_path):
    project = Miniature(tmp_path, "pytest>=1")
    for name in ("python3", "python", "python3.11", "python3.12", "python3.13"):
        project.script(name, '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    result = project.run()
    assert result.returncode == 1
    assert "Python 3.11, 3.12 or 3.13" in result.stderr and "Python 3.9.2" in result.stderr
    assert "apt-get install" in result.stderr


@pytest.mark.parametrize(
    "variables", [{"KAGGLE_KERNEL_RUN_TYPE": "Batch"}, {"COLAB_RELEASE_TAG": "r"}], ids=["Kaggle", "Colab"]
)
def test_on_kaggle_and_colab_the_running_python_is_used(variables, tmp_path):
    project = Miniature(tmp_path, "pytest>=1")
    result = project.run(**variables)
    assert result.stdout.split() == ["RUN", sys.executable], result.stderr
    project = Miniature(tmp_path / "more", "torch>=99")  # never installed there, so this needs no network
    result = project.run(**variables)
    assert "is kept" in result.stdout and f"RUN {sys.executable}" in result.stdout, result.stderr
    assert not (project.root / ".venv").exists()


def test_test_hands_its_options_to_pytest(tmp_path):
    project = Miniature(tmp_path, "pytest>=1")
    (project.root / "test_song.py").write_text("def test_tune(): pass\ndef test_words(): pass\n")
    result = project.run("test", "-q", "-k", "tune")
    assert "1 passed" in result.stdout and "2 passed" not in result.stdout, result.stderr


@pytest.mark.parametrize(
    ("ci", "user", "installed"), [("true", "0", True), ("true", "1000", False), ("", "0", False)]
)
def test_only_a_ci_machine_gets_a_browser_installed(ci, user, installed, tmp_path):
    project = Miniature(tmp_path, "pytest>=1")
    project.script("id", f"#!/bin/sh\necho {user}\n")
    project.script("apt-get", '#!/bin/sh\necho "$@" >> "$(dirname "$0")/apt.log"\nexit 1\n')
    for name in ("bash", "env", "sh", "dirname", "cat"):  # a machine without any browser
        (project.bin / name).symlink_to(str(shutil.which(name)))
    result = project.run("test", "--version", PATH=str(project.bin), CI=ci)
    assert result.returncode == 0, result.stderr
    log = project.bin / "apt.log"
    assert log.exists() == installed
    assert ("installing Debian's" in result.stderr and "will be skipped" in result.stderr) == installed


def test_the_script_is_clean():
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    result = subprocess.run(
        ["shellcheck", "run_all.sh", ".ci/run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_ci_runs_the_readmes_test_command_and_nothing_else():
    lines = [
        line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert lines == ['exec "$(dirname -- "${BASH_SOURCE[0]}")/../run_all.sh" test']
    assert os.access(ROOT / ".ci" / "run", os.X_OK) and os.access(ROOT / "run_all.sh", os.X_OK)
