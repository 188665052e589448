"""What is asked about: a recording's windows, and where the index holds that same recording."""

from __future__ import annotations

import filecmp
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from songsim_lib.audio import AudioError
from songsim_lib.config import AudioSpec
from songsim_lib.files import glimpse
from songsim_lib.models import Embedder, load_pretrained
from songsim_lib.search import embedding
from songsim_lib.search.index import Index, SearchIndexError


@dataclass(frozen=True)
class Asked:
    """The windows of a query that hold music: vectors [shape=(W, D)], starts_s and ends_s [shape=(W,)]."""

    vectors: np.ndarray
    starts_s: np.ndarray
    ends_s: np.ndarray

    @property
    def seconds(self) -> float:
        """Until when it is heard: the end of the last window."""
        return float(self.ends_s[-1])


def ask(path: str | Path, index: Index, net: Embedder | None = None, spec: AudioSpec | None = None) -> Asked:
    """Embed a query, or read it from the index where it lies there unchanged; raises as `query.search`."""
    table = index.recordings
    for row in np.flatnonzero((table["track_id"] == _track(path, index)) & (table["windows"] > 0)).tolist():
        if _unchanged(path, index, row):
            mine = index.rows(row)
            starts, ends = (index.windows[name].to_numpy()[mine] for name in ("start_s", "end_s"))
            return Asked(np.asarray(index.vectors[mine]), starts, ends)
    net, spec = net or load_pretrained(), spec or AudioSpec()
    if embedding.made_from(net, spec) != index.about["made_from"]:
        raise SearchIndexError("the query would be heard by another network, code or settings than the index of "
                               f"{index.root}; index the folder again")
    found = embedding.heard(path, net, spec)
    if reason := str(found["reason"]):
        raise AudioError(reason)
    return Asked(found["vectors"], found["starts_s"], found["ends_s"])


def _unchanged(path: str | Path, index: Index, row: int) -> bool:
    recording, stat = index.recordings.iloc[row], os.stat(path)
    return (recording["size"], recording["mtime_ns"], recording["glimpse"]) == (
        stat.st_size, stat.st_mtime_ns, glimpse(path))


def own(path: str | Path, index: Index) -> np.ndarray:
    """Find the query itself and files of equal bytes in the index: rows of its recordings, ascending."""
    table, seen = index.recordings, glimpse(path)
    found = (table["track_id"] == _track(path, index)).to_numpy(copy=True)
    for row in np.flatnonzero((table["glimpse"] == seen) & ~found) if seen else ():
        try:
            found[row] = filecmp.cmp(path, index.root / table["track_id"].iloc[row], shallow=False)
        except OSError:  # gone since it was indexed
            continue
    return np.flatnonzero(found)


def _track(path: str | Path, index: Index) -> str:
    """Name a file as the index does, if it lies in its folder."""
    try:
        return Path(os.path.realpath(path)).relative_to(index.root).as_posix()
    except ValueError:
        return ""
