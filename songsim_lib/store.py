"""The feature store: every clip's spectrogram, one byte a cell, in one memory-mapped file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from songsim_lib import sheets
from songsim_lib.config import AudioSpec
from songsim_lib.files import read_json

ANCHOR = "anchor"
ANEW = "run with --fresh to make it anew"
Content = TypeVar("Content")


def positive_name(k: int) -> str:
    """Name the k-th positive of an anchor, as in the store's index."""
    return f"positive_{k}"


class StoreError(ValueError):
    """A feature store that is absent, unfinished, damaged, or made with other settings than asked."""


@dataclass(frozen=True)
class FeatureStore:
    """A finished store on disk.

    Files: `features.npy` (N, n_mels, n_frames) uint8 · `index.parquet` (track_id, variant, row) ·
    `spec.json` (what it was made from) · `failed.csv` (track_id, reason).
    """

    folder: Path
    spec: AudioSpec
    about: dict[str, Any]

    @classmethod
    def open(cls, folder: Path, spec: AudioSpec) -> FeatureStore:
        """Open a finished store.

        Raises
        ------
        StoreError : there is none, or its audio settings differ from `spec` (names each difference).
        """
        about = read_json(folder / "spec.json")
        if about is None:
            raise StoreError(f"no finished feature store in {folder}; notebook 00_data makes it "
                             "(./run_all.sh --notebooks 00, with the same options)")
        if not (isinstance(about, dict) and isinstance(about.get("rows"), int) and isinstance(about.get("audio"), dict)
                and isinstance(about.get("positives"), int) and isinstance(about.get("content"), str)):
            raise StoreError(f"{folder / 'spec.json'} is damaged: it does not say what the store holds; {ANEW}")
        asked, found = asdict(spec), about["audio"]
        differences = [f"{name} is {found.get(name)}, asked for {value}"
                       for name, value in asked.items() if found.get(name) != value]
        if differences:
            raise StoreError(f"the store in {folder} was made with other audio settings: "
                             f"{'; '.join(differences)}; {ANEW}")
        return cls(folder, spec, about)

    def checked(self) -> FeatureStore:
        """Return the store itself if its features are those that were made (a second for a gigabyte).

        Raises
        ------
        StoreError : they were changed, by a disk or a stranger.
        """
        if content_of(self.features) != self.about["content"]:
            raise StoreError(f"{self.folder / 'features.npy'} was changed since it was made; {ANEW}")
        return self

    @cached_property
    def features(self) -> np.ndarray:
        """Spectrograms [shape=(N, n_mels, n_frames)], uint8, mapped from disk, not read into memory.

        Raises
        ------
        StoreError : the file is damaged or does not fit the index.
        """
        path = self.folder / "features.npy"
        shape = (self.about["rows"], self.spec.n_mels, self.spec.n_frames)
        features = _read(path, lambda: np.lib.format.open_memmap(path, mode="r"))
        if features.shape != shape or features.dtype != np.uint8:
            raise StoreError(f"{path} is damaged: {features.dtype} {features.shape}, expected uint8 {shape}")
        return features

    @cached_property
    def index(self) -> pd.DataFrame:
        """One line a spectrogram: track_id, variant ("anchor", "positive_0", ...), row in `features`.

        Raises
        ------
        StoreError : the file is damaged, or names rows that the features do not have.
        """
        path = self.folder / "index.parquet"
        index = _read(path, lambda: pd.read_parquet(path)[["track_id", "variant", "row"]])
        if not (pd.api.types.is_integer_dtype(index["row"]) and index["row"].between(0, self.about["rows"] - 1).all()):
            raise StoreError(f"{path} is damaged: it names rows that features.npy does not have; {ANEW}")
        return index

    @cached_property
    def failed(self) -> pd.DataFrame:
        """Recordings that could not be used: track_id, reason; raises `StoreError` where the file is damaged."""
        path = self.folder / "failed.csv"
        return _read(path, lambda: sheets.read(path)[["track_id", "reason"]])

    def rows(self, track_ids: pd.Series | list[str], variant: str = ANCHOR) -> np.ndarray:
        """Find the rows of one variant of many recordings [shape=(n,)], int64, in the order asked.

        Raises
        ------
        KeyError : names the recordings that have no such variant.
        """
        wanted = pd.Index(track_ids)
        table = self.index[self.index["variant"] == variant].set_index("track_id")["row"]
        absent = wanted.difference(table.index)
        if len(absent):
            raise KeyError(f"no {variant} in the store for: {', '.join(absent[:5])}")
        return table.loc[wanted].to_numpy(dtype=np.int64)


def content_of(features: np.ndarray, rows: int = 1_024) -> str:
    """Name the content of a store by its sha256, read in blocks so that memory stays flat."""
    total = hashlib.sha256()
    for start in range(0, len(features), rows):
        total.update(features[start : start + rows].tobytes())
    return total.hexdigest()[:16]


def _read(path: Path, read: Callable[[], Content]) -> Content:
    """Read a file of a store; whatever is wrong with it is a StoreError that names it."""
    try:
        return read()
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise StoreError(f"{path} is damaged ({error}); {ANEW}") from error
