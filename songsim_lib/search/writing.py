"""Put the next state of an index on disk, so that it is there whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.format import open_memmap

from songsim_lib.audio import AudioError
from songsim_lib.files import atomic, reserve, write_json
from songsim_lib.search import embedding
from songsim_lib.search import engine as engines
from songsim_lib.search.index import MANIFEST, Index

NEW = "new"  # folder of what is embedded and not yet in the index


@dataclass(frozen=True)
class _Part:
    """What goes into the index of one recording, but for its vectors; `ids` is None where it is new."""

    ids: np.ndarray | None
    start_s: np.ndarray
    end_s: np.ndarray
    left_out: int
    reason: str


def write(folder: Path, about: dict[str, Any], files: pd.DataFrame, before: Index | None) -> None:
    """Write the index of these files: first what is kept, in its order, then what is new.

    Parameters
    ----------
    about : what the manifest says of the folder of recordings and the network.
    files : the catalog's columns, `path`, `size`, `mtime_ns`, `glimpse` and `key`; those whose key is not in `before`
        have been embedded into `folder / NEW`.

    Raises
    ------
    AudioError : not one recording could be used.
    """
    old = {} if before is None else {key: row for row, key in enumerate(before.recordings["key"])}
    files = files.assign(was=[old.get(key, len(old)) for key in files["key"]]).sort_values("was", kind="stable")
    parts = [_old(before, before.recordings.iloc[was]) if before and was < len(old) else _new(folder, key)
             for key, was in zip(files["key"], files["was"], strict=True)]
    counts = np.array([len(part.start_s) for part in parts])
    if not counts.any():
        raise AudioError(f"none of the {len(parts)} recordings could be used; the first: {parts[0].reason}")
    ids, next_id = _ids(parts, before.about["next_id"] if before else 0)
    windows = pd.DataFrame({
        "id": ids, "recording": np.repeat(np.arange(len(parts), dtype=np.int32), counts),
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in ("start_s", "end_s")}})
    recordings = files.drop(columns=["path", "was"]).assign(
        first=np.cumsum(counts) - counts, windows=counts, left_out=[part.left_out for part in parts],
        reason=[part.reason for part in parts])
    kept = int((files["was"] < len(old)).sum())
    about = about | {"next_id": next_id, "generation": (before.about["generation"] if before else 0) + 1,
                     "last_update": {"embedded": len(parts) - kept, "kept": kept, "dropped": len(old) - kept}}
    _put(folder, about, recordings, windows, before)


def _put(folder: Path, about: dict[str, Any], recordings: pd.DataFrame, windows: pd.DataFrame,
         before: Index | None) -> None:
    """Write the files, last of all the manifest, and clear away what no manifest names."""
    files = {kind: f"{kind}-{about['generation']}.{ending}" for kind, ending in
             (("vectors", "npy"), ("windows", "parquet"), ("recordings", "parquet"))}
    for kind, table in (("windows", windows), ("recordings", recordings)):
        with atomic(folder / files[kind]) as temporary:
            table.to_parquet(temporary, index=False)
    vectors = _vectors(folder / files["vectors"], folder, recordings, before)
    engine = _engine(folder, f"engine-{about['generation']}.faiss", vectors, windows["id"].to_numpy(), before)
    write_json(folder / MANIFEST, about | {"dimensions": vectors.shape[1], "files": files, "engine": engine})
    named = {MANIFEST, *files.values(), engine["file"] if engine else ""}
    for left in folder.iterdir():
        if left.name not in named and left.is_file():
            with suppress(PermissionError):  # where readers hold a file open (Windows), it goes next time
                left.unlink()
    shutil.rmtree(folder / NEW, ignore_errors=True)


def _old(before: Index, recording: pd.Series) -> _Part:
    rows = slice(recording["first"], recording["first"] + recording["windows"])
    starts, ends = (before.windows[name].to_numpy()[rows] for name in ("start_s", "end_s"))
    return _Part(before.ids[rows], starts, ends, int(recording["left_out"]), recording["reason"])


def _new(folder: Path, key: str) -> _Part:
    found = embedding.read(folder / NEW, key)
    return _Part(None, found["starts_s"], found["ends_s"], int(found["left_out"]), str(found["reason"]))


def _ids(parts: list[_Part], first: int) -> tuple[np.ndarray, int]:
    """Number the new windows from `first` on; all ids, which ascend, and the next free one."""
    found = []
    for part in parts:
        n = len(part.start_s)
        found.append(np.arange(first, first + n, dtype=np.int64) if part.ids is None else part.ids)
        first += n if part.ids is None else 0
    return np.concatenate(found), first


def _vectors(path: Path, folder: Path, recordings: pd.DataFrame, before: Index | None) -> np.ndarray:
    """Write the vectors recording by recording, so that memory stays flat; gives them back, mapped from disk."""
    blocks = _blocks(folder, recordings, before)
    row, first = next(blocks)
    with atomic(path) as temporary:
        found = open_memmap(temporary, "w+", np.float32, (int(recordings["windows"].sum()), first.shape[1]))
        reserve(temporary, "the vectors of the index")
        found[row : row + len(first)] = first
        for row, block in blocks:
            found[row : row + len(block)] = block
        found.flush()
        del found  # an open map keeps a file from being renamed on Windows
    return open_memmap(path, "r")


def _blocks(folder: Path, recordings: pd.DataFrame, before: Index | None) -> Iterator[tuple[int, np.ndarray]]:
    old = {} if before is None else before.recordings.set_index("key")["first"].to_dict()
    used = recordings[recordings["windows"] > 0]
    for key, row, n in zip(used["key"], used["first"], used["windows"], strict=True):
        if before is not None and key in old:
            yield row, before.vectors[old[key] : old[key] + n]
        else:
            yield row, embedding.read(folder / NEW, key)["vectors"]


def _engine(folder: Path, name: str, vectors: np.ndarray, ids: np.ndarray,
            before: Index | None) -> dict[str, Any] | None:
    """Keep an engine of many windows on disk: the last one with what has changed, or a new one; None for few."""
    factory = engines.recipe(len(ids))
    if factory == engines.FLAT:
        return None
    about = before.about["engine"] if before else None
    if before is not None and about is not None and engines.fits(about, len(ids)):
        made = before.engine
        engines.change(made, before.ids, ids, vectors)
        factory, trained_on = about["recipe"], about["trained_on"]
    else:
        made, trained_on = engines.build(vectors, ids, factory), len(ids)
    return {"file": name, "recipe": factory, "trained_on": trained_on, "sha256": engines.save(made, folder / name)}
