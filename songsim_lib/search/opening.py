"""Find the index of a folder and read it, or say why it cannot be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib.config import AudioSpec
from songsim_lib.files import digest, read_json
from songsim_lib.models import Embedder, load_pretrained
from songsim_lib.paths import locate
from songsim_lib.search.embedding import made_from
from songsim_lib.search.index import FORMAT, MANIFEST, RECORDING_COLUMNS, WINDOW_COLUMNS, Index, SearchIndexError


def open_index(root: str | Path, net: Embedder | None = None, cache: Path | None = None,
               spec: AudioSpec | None = None) -> Index:
    """Open the index of a folder as it was last updated, without looking at the recordings.

    Parameters
    ----------
    root, net, cache, spec : as for `update.update`.

    Raises
    ------
    SearchIndexError : there is none, or it is damaged.
    """
    path, source = real(root), made_from(net or load_pretrained(), spec or AudioSpec())
    return read(path, place(path, source, cache), source)


def real(root: str | Path) -> Path:
    """Name a folder by where it truly is, so that one folder has one index."""
    return Path(os.path.realpath(os.path.expanduser(root)))


def place(root: Path, source: str, cache: Path | None) -> Path:
    """Name the folder of an index: another for each folder of recordings, network and code."""
    return (cache or locate().cache / "search") / digest(os.fsencode(root), source)


def read(root: Path, folder: Path, source: str) -> Index:
    """Read an index that was made from `source`; raises `SearchIndexError` as `open_index`."""
    about = _manifest(root, folder, source)
    try:
        return _checked(root, folder, about)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, FileNotFoundError) and _manifest(root, folder, source) != about:
            return read(root, folder, source)  # another process has just put a newer one in place
        raise SearchIndexError(f"the index of {root} is damaged ({error}); {_anew(folder)}") from error


def _anew(folder: Path) -> str:
    return f"index the folder again, or delete {folder}"


def _manifest(root: Path, folder: Path, source: str) -> dict[str, Any]:
    try:
        about = read_json(folder / MANIFEST)
    except ValueError as error:  # damaged, or not text
        raise SearchIndexError(f"the index of {root} is damaged ({error}); {_anew(folder)}") from error
    if about is None:
        raise SearchIndexError(f"{root} is not indexed yet for this network; index it first")
    found = (about.get("format"), about.get("made_from")) if isinstance(about, dict) else (None, None)
    if found != (FORMAT, source):
        raise SearchIndexError(f"{folder / MANIFEST} is of another format, network or code; {_anew(folder)}")
    return about  # type: ignore[no-any-return]


def _checked(root: Path, folder: Path, about: dict[str, Any]) -> Index:
    """Map and read the files, and check that they belong together."""
    names = {kind: folder / Path(about["files"][kind]).name for kind in ("vectors", "windows", "recordings")}
    vectors = np.lib.format.open_memmap(names["vectors"], mode="r")
    windows, recordings = (pd.read_parquet(names[kind]) for kind in ("windows", "recordings"))
    for table, columns in ((windows, WINDOW_COLUMNS), (recordings, RECORDING_COLUMNS)):
        if absent := set(columns) - set(table):
            raise ValueError(f"a table lacks {', '.join(sorted(absent))}")
    if vectors.shape != (len(windows), about["dimensions"]) or vectors.dtype != np.float32:
        raise ValueError(f"vectors are {vectors.dtype} {vectors.shape}, not {(len(windows), about['dimensions'])}")
    owners = np.repeat(np.arange(len(recordings)), recordings["windows"])
    starts = np.cumsum(recordings["windows"]) - recordings["windows"]
    if not (np.array_equal(owners, windows["recording"]) and np.array_equal(starts, recordings["first"])
            and (np.diff(windows["id"]) > 0).all()):
        raise ValueError("windows and recordings do not belong together")
    return Index(root, folder, about, recordings, windows, vectors)
