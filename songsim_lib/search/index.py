"""An index on disk: the windows of a folder's recordings, read without reading the recordings.

Files: `index.json`, which names the others and is written last, so that a reader sees the old index or the new one;
`vectors-N.npy`, `windows-N.parquet`, `recordings-N.parquet` and, of large folders, `engine-N.faiss`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from songsim_lib.composition.comparing import Embedded
from songsim_lib.search import engine as engines

if TYPE_CHECKING:
    import faiss

    from songsim_lib.calibration import Calibration, Heard

FORMAT = 1
MANIFEST = "index.json"
WINDOW_COLUMNS = ("id", "recording", "start_s", "end_s")
RECORDING_COLUMNS = ("track_id", "title", "artist", "work_id", "recording_id", "size", "mtime_ns", "glimpse", "key",
                     "first", "windows", "left_out", "reason")


class SearchIndexError(ValueError):
    """An index that is absent, damaged, or made by another network; says what to do."""


@dataclass(frozen=True)
class Index:
    """The recordings of a folder as windows on the unit sphere.

    Attributes
    ----------
    root, folder : the recordings' folder, and where this index lies.
    about : what it was made from and how it last changed.
    recordings : one row a recording, in the order in which they were indexed: `RECORDING_COLUMNS` and, where known,
        `genre`. Its windows are `windows` rows from `first` on; `left_out` counts those without music; `reason` says
        why there is none, else "".
    windows : one row a window: `id`, ascending and never given twice; `recording`, its row; `start_s`, `end_s`.
    vectors [shape=(len(windows), D)] : float32, of unit length, mapped from disk.
    """

    root: Path
    folder: Path
    about: dict[str, Any]
    recordings: pd.DataFrame
    windows: pd.DataFrame
    vectors: np.ndarray

    @cached_property
    def failed(self) -> pd.DataFrame:
        """Recordings that could not be used: track_id, reason."""
        unusable = self.recordings["reason"] != ""
        return self.recordings.loc[unusable, ["track_id", "reason"]].reset_index(drop=True)

    @cached_property
    def ids(self) -> np.ndarray:
        """Ids of the windows [shape=(len(windows),)], int64, ascending."""
        return self.windows["id"].to_numpy(dtype=np.int64)

    @cached_property
    def engine(self) -> faiss.Index:
        """What finds the nearest windows: read from disk, or filled anew."""
        about = self.about["engine"]
        found = engines.load(self.folder / about["file"], about["sha256"]) if about else None
        return found or engines.build(self.vectors, self.ids, about["recipe"] if about else engines.FLAT)

    @cached_property
    def seconds(self) -> np.ndarray:
        """Tell until when each recording is heard [shape=(len(recordings),)]: the end of its last window, 0 without."""
        found, used = np.zeros(len(self.recordings)), np.flatnonzero(self.recordings["windows"] > 0)
        last = (self.recordings["first"] + self.recordings["windows"]).to_numpy()[used] - 1
        found[used] = self.windows["end_s"].to_numpy()[last]
        return found

    def rows(self, recording: int) -> slice:
        """Find the windows of a recording, both given by row."""
        first, n = (int(self.recordings[name].iloc[recording]) for name in ("first", "windows"))
        return slice(first, first + n)

    def heard(self, recording: int, calibrated: Calibration) -> Heard:
        """Say what a calibration wants to know of a recording, given by row."""
        return calibrated.heard(self.vectors[self.rows(recording)], float(self.seconds[recording]))

    def embedded(self, recordings: np.ndarray) -> Embedded:
        """Take the windows of recordings together, as `composition.comparing` compares them.

        Parameters
        ----------
        recordings [shape=(n,)] : rows of those that have windows.
        """
        first, counts = (self.recordings[name].to_numpy()[recordings] for name in ("first", "windows"))
        before = np.cumsum(counts) - counts
        return Embedded(self.vectors[np.repeat(first - before, counts) + np.arange(counts.sum())], counts)
