"""A step's key names everything its results depend on: the same key means the same results."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from songsim_lib.environment import installed
from songsim_lib.files import digest, glimpse
from songsim_lib.paths import CALIBRATION, COMPOSITION, ROOT

# What a step reads beside its parameters and the steps before it: a word in its cells -> what belongs to it.
READS = {"pretrained": (COMPOSITION, CALIBRATION)}
# These run and present the steps; they cannot change what a step computes.
_NOT_READ = ("chain", "report", "cli.py", "notebooks.py", "environment.py", "publish.py")


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that results depend on most; nothing is imported."""
    names = ("torch", "torchvision", "librosa", "audiomentations", "numpy")
    return {"python": platform.python_version(), **{name: installed(name) or "missing" for name in names}}


def notebook_cells(notebook: Path) -> str:
    """What a notebook says: kind and source of its cells, without outputs and ids."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return json.dumps([(cell["cell_type"], "".join(cell["source"])) for cell in cells])


def library_digest(root: Path = ROOT / "songsim_lib") -> str:
    """Name the library's code as it is now, less the modules that only run and present steps."""
    sources = [
        path for path in sorted(root.rglob("*.py")) if path.relative_to(root).parts[0] not in _NOT_READ
    ]
    return digest(*(part for path in sources for part in (str(path.relative_to(root)), path)))


def corpus_digest(folder: Path) -> str:
    """Name a corpus: its tables by their bytes, its recordings by name, size and a glimpse (which is quick).

    A corpus that is a table alone is named by its bytes, one that is not there by nothing.
    """
    if folder.is_file():
        return digest(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    small = [path for path in files if path.suffix in {".csv", ".json", ".parquet"}]
    listing = "\n".join(f"{path.relative_to(folder)} {glimpse(path)}" for path in files)
    return digest(listing, *small)


def covers_digest(folder: Path) -> str:
    """Name a folder of somebody's recordings as it is now: path, size and time of change of its visible files."""
    files = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [os.path.join(place, name) for name in names if not name.startswith(".")]
    about = [(file, os.stat(file)) for file in sorted(files) if os.path.isfile(file)]
    return digest("\n".join(f"{file} {stat.st_size} {stat.st_mtime_ns}" for file, stat in about))


def step_keys(notebooks: Iterable[Path], parameters: Iterable[dict], corpus: Path | None = None,
              reads: Mapping[str, Sequence[Path]] = READS) -> list[str]:
    """Keys of a chain's steps; each holds the one before, so a change reaches every later step.

    A step with the parameter `covers_folder` also depends on the recordings in that folder, and one whose cells hold a
    word of `reads` on the folders and files that belong to it.
    """
    key = digest(
        json.dumps(versions(), sort_keys=True),
        library_digest(),
        corpus_digest(corpus) if corpus and corpus.exists() else "",
    )
    keys = []
    for notebook, values in zip(notebooks, parameters, strict=True):
        covers = [covers_digest(Path(values["covers_folder"]))] if values.get("covers_folder") else []
        cells = notebook_cells(notebook)
        read = [corpus_digest(path) for word, paths in reads.items() if word in cells for path in paths]
        key = digest(key, notebook.stem, cells, json.dumps(values, sort_keys=True), *covers, *read)
        keys.append(key)
    return keys
