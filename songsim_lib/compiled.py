"""librosa's compiled functions: made by one process before others need them, and thrown away where they are spoilt.

librosa lets numba compile some functions when it is imported, and keep the machine code for later processes. Two
processes that do so at once can leave halves that do not fit each other. From then on every process that calls such a
function dies (a segmentation fault; numba's issue 10128), until somebody deletes the files.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from songsim_lib.files import digest, write_text
from songsim_lib.locks import alone

# Imports all modules of which numba keeps something that this library comes to call, and calls it.
TRIAL = """
import librosa, numpy as np
sound = np.sin(np.arange(22_050) / np.linspace(3, 9, 22_050)).astype(np.float32)
for kind in (np.float32, np.float64):
    librosa.estimate_tuning(y=sound.astype(kind), sr=22_050)
    librosa.util.localmin(sound.astype(kind))
librosa.util.peak_pick(sound, pre_max=3, post_max=3, pre_avg=3, post_avg=3, delta=0.1, wait=3)
librosa.zero_crossings(sound)
librosa.util.abs2(librosa.util.phasor(sound))
"""
KEPT = "*.py3*.nb[ci]"  # numba's names: index and code


class CompiledError(RuntimeError):
    """librosa's compiled functions end the process that calls them, also when they have just been compiled."""


def folders() -> list[Path]:
    """List where numba may keep what it compiled: where it is told to, beside librosa, or with the user's files."""
    spec = importlib.util.find_spec("librosa")
    beside = [Path(place) for place in (spec.submodule_search_locations or [] if spec else [])]
    told = [Path(place) for place in [os.environ.get("NUMBA_CACHE_DIR", "")] if place]
    users = [Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "numba", Path("~/Library/Caches/numba")]
    return [place for place in (*told, *beside, *(place.expanduser() for place in users)) if place.is_dir()]


def kept(places: Sequence[Path]) -> list[Path]:
    """List the files that numba keeps of librosa's modules."""
    names = ("audio", "pitch", "utils", "matching", "beat", "sequence", "spectrum", "constantq", "notation")
    return sorted(path for place in places for path in place.rglob(KEPT)
                  if path.name.removeprefix("guf-").split(".")[0] in names)


def _state(places: Sequence[Path]) -> str:
    return digest(sys.version, *(f"{path} {path.stat().st_mtime_ns}" for path in kept(places)))


def _works() -> bool:
    """Try the functions in a process that may die; it compiles those that are not kept yet."""
    done = subprocess.run([sys.executable, "-c", TRIAL], capture_output=True, text=True)
    if done.returncode > 0:
        raise CompiledError(f"librosa cannot be used here: {done.stderr.strip()[-1_000:]}")
    return done.returncode == 0


def ready() -> None:
    """Make sure that librosa's compiled functions are there and work; takes no time where nothing has changed.

    Raises
    ------
    CompiledError : they do not, and new ones do not either; says what to do.
    """
    places = folders()
    mark = _own_folder() / f"compiled-{digest(sys.prefix)}"
    if _marked(mark) == _state(places):
        return
    with alone(mark, "compiling librosa's functions"):
        if _marked(mark) == _state(places):
            return
        if not _works():
            spoilt = kept(places)
            print(f"two processes had spoilt {len(spoilt)} files of librosa's compiled functions; they are made anew")
            for path in spoilt:
                path.unlink(missing_ok=True)
            if not _works():
                raise CompiledError("librosa's compiled functions crash; install numba and librosa anew (pip install "
                                    "--force-reinstall numba llvmlite librosa), or set NUMBA_DISABLE_JIT=1")
        write_text(mark, _state(folders()))


def _own_folder() -> Path:
    """Find the user's folder for notes; not the shared one for temporary files, where others could put a link."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "songsim"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home, or one that may not be written to
        return Path(tempfile.mkdtemp())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp())


def _marked(mark: Path) -> str:
    return mark.read_text(encoding="utf-8") if mark.is_file() else ""


if __name__ == "__main__":
    ready()
