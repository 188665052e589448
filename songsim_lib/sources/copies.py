"""Files of a folder that are the same recording since they are the same bytes."""

from __future__ import annotations

import filecmp
import os
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from songsim_lib import audio
from songsim_lib.config import AudioSpec
from songsim_lib.files import glimpse
from songsim_lib.text import named


def first_copies(table: pd.DataFrame) -> pd.Series:
    """Name the first file that holds the same bytes as each file, itself if no other does.

    Files without content, and those that cannot be read, are copies of nothing.

    Parameters
    ----------
    table : columns `track_id` and `path`.

    Returns
    -------
    A `track_id` for each row [shape=(len(table),)].
    """
    sizes = [_size(path) for path in table["path"]]
    shared = Counter(sizes)
    alike: dict[str, list[tuple[str, str]]] = {}
    first = []
    for track, path, size in zip(table["track_id"], table["path"], sizes, strict=True):
        seen = alike.setdefault(glimpse(path), []) if size and shared[size] > 1 else []
        first.append(_known_as(path, seen) or track)
        if first[-1] == track:
            seen.append((track, path))
    return pd.Series(first, index=table.index)


def in_one_work(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out, and name, files that are copies of one in another work: a recording is of one work.

    Copies that cannot be heard (the same web page, saved for two songs) stay, so that each is named as unusable.

    Parameters
    ----------
    table : columns `track_id`, `path` and `work_id`, "" where no work is known.

    Returns
    -------
    The other rows with a column `recording_id`, and their index as it was.
    """
    first = first_copies(table)
    works = table["work_id"].where(table["work_id"] != "")
    elsewhere = works.notna() & (works != works.groupby(first).transform("first"))
    unheard = first.isin([track for track in first[elsewhere].unique() if not _is_heard(table, track)])
    left_out = elsewhere & ~unheard
    if left_out.any():
        print(f"left out, since the same recording lies in another work's folder: {named(table['track_id'][left_out])}")
    return table.assign(recording_id=first.where(~unheard, table["track_id"]))[~left_out]


def _is_heard(table: pd.DataFrame, track: str) -> bool:
    spec = AudioSpec()
    try:
        audio.load(table.loc[table["track_id"] == track, "path"].iloc[0], spec, least_s=spec.clip_s,
                   longest_s=spec.clip_s)
    except audio.AudioError:
        return False
    return True


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:  # gone since it was listed
        return 0


def _known_as(path: str, seen: Sequence[tuple[str, str]]) -> str | None:
    try:
        return next((track for track, other in seen if filecmp.cmp(other, path, shallow=False)), None)
    except OSError:
        return None
