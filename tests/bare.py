"""A bare Colab or Kaggle: the packages that are preinstalled there, their variables and folders, and no songsim.

Their folders lie at the root of a machine, where tests do not write. The copy of the project that is fetched names them
below a temporary folder instead, and nothing else in it is changed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import distribution
from pathlib import Path

from support import ROOT

from songsim_lib.repository import address

COLAB = {"COLAB_RELEASE_TAG": "release-colab", "COLAB_GPU": ""}
KAGGLE = {"KAGGLE_KERNEL_RUN_TYPE": "Batch", **COLAB}  # its image sets Colab's variables too
# Of what the project needs these are not preinstalled.
LACKING = ("audiomentations", "faiss-cpu", "jupytext", "latex2mathml", "nh3", "papermill", "pytorch-metric-learning",
           "requests-ratelimiter", "tinytag", "verovio")
MOVED = ('"/kaggle/', '"/content/')

# Stands in for pip: notes what it is asked for and takes that from a shelf. It has nothing else, torch least of all.
PIP = """
import json, pathlib, re, sys
place = pathlib.Path(__file__).parents[1]
shelf = json.loads((place / "shelf.json").read_text())
asked = [re.split("[<>=]", word)[0] for word in sys.argv[sys.argv.index("--constraint") + 2 :]]
with (place / "asked.txt").open("a") as file:
    file.write("".join(f"{name}\\n" for name in asked))
for entry in [entry for name in asked for entry in shelf[name]]:
    (place / pathlib.Path(entry).name).symlink_to(entry)
"""


def entries(package: str) -> list[Path]:
    """The files and folders of an installed package that lie in site-packages itself."""
    found = distribution(package)
    tops = {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}
    return [Path(str(found.locate_file(top))).resolve() for top in sorted(tops)]


def bare_python(folder: Path) -> Path:
    """Make a Python that has every package of this one but songsim and those that are lacking; returns its packages."""
    venv.create(folder, symlinks=True)
    packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    shelf = {name: entries(name) for name in LACKING}
    hidden = {entry.name for found in shelf.values() for entry in found} | {"pip", "__pycache__"}
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if entry.name not in hidden and entry.suffix != ".pth" and "songsim" not in entry.name:
            (packages / entry.name).symlink_to(entry)
    (packages / "pip").mkdir()
    (packages / "pip" / "__main__.py").write_text(PIP)
    (packages / "shelf.json").write_text(json.dumps(shelf, default=str))
    return packages


def copy_project(target: Path, root: Path) -> Path:
    """Copy what git would fetch, with the folders of Colab and Kaggle below `root`."""
    for name in ("songsim_lib", "notebooks", "data", "pyproject.toml", "run_all.sh"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        made = {"ignore": shutil.ignore_patterns("__pycache__", "cache", "runs")} if (ROOT / name).is_dir() else {}
        copy(ROOT / name, target / name, **made)
    for path in [*target.rglob("*.py"), *target.rglob("*.ipynb")]:
        text = path.read_text(encoding="utf-8")
        for place in MOVED:  # in a notebook, which is JSON, the quotation mark has a backslash before it
            text = text.replace(place, place.replace("/", f"{root}/", 1))
        path.write_text(text, encoding="utf-8")
    return target


def make_remote(project: Path) -> None:
    """Commit everything, as on GitHub; sound cannot be compressed further, and trying takes seconds."""
    settings = {"user.name": "a", "user.email": "a@b", "core.compression": "0", "pack.window": "0"}
    subprocess.run(["git", "init", "-q", "-b", "main", str(project)], check=True)
    for words in (*(["config", *pair] for pair in settings.items()), ["add", "-A"], ["commit", "-q", "-m", "songsim"]):
        subprocess.run(["git", "-C", str(project), *words], check=True)


class Machine:
    """One session: it begins with empty folders, whatever the one before it left."""

    def __init__(self, root: Path, project: Path, variables: dict[str, str], online: bool = True) -> None:
        self.root, self.project, self.variables, self.online = root, project, variables, online
        self.work = root / ("kaggle/working" if "KAGGLE_KERNEL_RUN_TYPE" in variables else "content")
        for name in ("kaggle", "content", "home", "python", "kernels", "tmp"):  # but for `cache`: fonts, compiled code
            shutil.rmtree(root / name, ignore_errors=True)
        for folder in (self.work, root / "kaggle" / "input", root / "home", root / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        self.packages = bare_python(root / "python")
        kernel = root / "kernels" / "python3" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        argv = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=50"]
        kernel.write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))

    @property
    def python(self) -> Path:
        return self.root / "python" / "bin" / "python"

    @property
    def environment(self) -> dict[str, str]:
        """What a process there sees; GitHub is the copy of the project, or cannot be reached."""
        git = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{self.project}.insteadOf",
               "GIT_CONFIG_VALUE_0": address()} if self.online else {"GIT_ALLOW_PROTOCOL": "none"}
        own = {"HOME": "home", "TMPDIR": "tmp", "JUPYTER_PATH": "", "XDG_CACHE_HOME": "cache"}
        return {"PATH": f"{self.python.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8",
                "TORCH_HOME": os.environ.get("TORCH_HOME", str(Path.home() / ".cache" / "torch")),  # 45 MB of weights
                **{name: str(self.root / place) for name, place in own.items()}, **git, **self.variables}

    def attach(self, name: str, folder: Path) -> None:
        """Attach a folder as a data set, or as the output of another notebook."""
        shutil.copytree(folder, self.root / "kaggle" / "input" / name, ignore=shutil.ignore_patterns(".git"))

    def opened(self, notebook: str, *parameters: str) -> subprocess.CompletedProcess[str]:
        """Open a notebook by itself, and run all its cells at the smallest profile."""
        [path] = self.project.glob(f"notebooks/{notebook}_*.ipynb")
        alone = shutil.copy(path, self.root / "home")
        return self.run(sys.executable, "-m", "papermill", alone, str(self.root / "home" / f"{notebook}.ipynb"),
                        "-k", "python3", "--no-progress-bar", "-p", "profile", "smoke", *parameters)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.work, env=self.environment, capture_output=True, text=True,
                              timeout=900, check=False)

    @property
    def installed(self) -> list[str]:
        """What pip was asked for so far."""
        asked = self.packages / "asked.txt"
        return asked.read_text().split() if asked.exists() else []

    def said(self, notebook: str) -> str:
        """Everything that the cells of an executed notebook have printed."""
        cells = json.loads((self.root / "home" / f"{notebook}.ipynb").read_text())["cells"]
        return "".join("".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", []))
