"""A folder of real recordings: which of them are the same music is told by an index or by subfolders."""

from __future__ import annotations

import filecmp
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from songsim_lib import catalog as catalogs
from songsim_lib.catalog import CatalogError
from songsim_lib.sources.listing import INDEX, LAYOUT, located, of_split, read_index, some, sound_files
from songsim_lib.splits import has_versions

KEPT = ("composer", "split")  # of an index, as they are
GLIMPSE_BYTES = 4_096  # from the middle of a file: tells most files of equal size apart


def catalog(folder: str | Path, split: str = "") -> pd.DataFrame:
    """List the recordings of a folder, and which of them are the same music.

    Where the folder holds an `index.csv`, that decides: column `file` (path inside the folder), and, where known,
    `work_id`, `recording_id`, `title`, `artist`, `composer` and `split`; it may have others. An empty `work_id`
    means that no other version is known. Without an index, each folder that holds sound files is a work (the layout of
    covers80: FACTS, section 8), and a file that lies in no subfolder is a work of its own. Files of equal bytes
    are one recording, unless the index has a column that says otherwise.

    Parameters
    ----------
    split : keep only the recordings that have this value in the index's column `split`.

    Returns
    -------
    A validated catalog with absolute paths, in the order of the index or of the files' names; `track_id` is the
    file's path inside the folder.

    Raises
    ------
    CatalogError : names the folder, column, files or recordings that cannot be used, and says what to do.
    """
    root = Path(os.path.realpath(os.path.expanduser(folder)))
    if not str(folder) or not root.is_dir():
        raise CatalogError(f"there is no folder {str(folder)!r}; give one that holds {LAYOUT}")
    if (root / INDEX).is_file():
        table = of_split(read_index(root / INDEX), split, root)
    elif split:
        raise CatalogError(f"{root} has no {INDEX}, so no split {split!r}; leave the split out, or write an index")
    else:
        table = pd.DataFrame({"file": sound_files(root)}, dtype=str)
        table["work_id"] = [str(PurePosixPath(file).parent) if "/" in file else "" for file in table["file"]]
    return catalogs.validate(_described(located(table, root), root))


def require_versions(catalog: pd.DataFrame, where: str = "the catalog") -> pd.DataFrame:
    """Return a catalog in which some work has two recordings, without which no version can be looked for.

    Parameters
    ----------
    where : what the catalog was made from, for the message.

    Raises
    ------
    CatalogError : every work has a single recording; names some of the works.
    """
    if not has_versions(catalog).any():
        works = catalog["work_id"].drop_duplicates()
        raise CatalogError(f"{where} has a single recording of each of its {len(works)} work(s) ({some(works)}), "
                           f"so no version of anything can be looked for; it should hold {LAYOUT}")
    return catalog


def _described(table: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Fill in what is not said of a recording, and put the columns in order."""
    blank = pd.Series("", index=table.index)
    stems = pd.Series([PurePosixPath(track).stem for track in table["track_id"]], index=table.index)
    said = {name: table.get(name, blank) for name in ("title", "artist", "recording_id")}
    same = table["track_id"] if "recording_id" in table else _first_copies(table)
    recordings = said["recording_id"].where(said["recording_id"] != "", same)
    required = table[["track_id", "path"]].assign(
        work_id=_works(table.assign(work_id=table.get("work_id", blank)), recordings, root), recording_id=recordings,
        title=said["title"].where(said["title"] != "", stems), artist=said["artist"])
    return required.assign(**{name: table[name] for name in KEPT if name in table})


def _works(table: pd.DataFrame, recordings: pd.Series, root: Path) -> pd.Series:
    """Name the work of every recording: as said, as said of another file of the same recording, or its own."""
    known = table["work_id"].where(table["work_id"] != "")
    known = known.fillna(known.groupby(recordings).transform("first"))
    torn = known.groupby(recordings).transform("nunique") > 1
    if torn.any():
        one = recordings == recordings[torn].iloc[0]
        raise CatalogError(f"{root}: one recording is in several works, {some(known[one].unique())}: "
                           f"{some(table.loc[one, 'track_id'])}; a recording is of one work, and files of equal bytes "
                           "are one recording")
    taken = set(known.dropna())
    return known.fillna(recordings.map(lambda name: name if name not in taken else f"{name} (no other version)"))


def _first_copies(table: pd.DataFrame) -> pd.Series:
    """Name the first file that holds the same bytes as each file, itself if no other does."""
    sizes = [os.path.getsize(path) for path in table["path"]]
    shared = Counter(sizes)
    alike: dict[tuple[int, bytes], list[tuple[str, str]]] = {}
    first = []
    for track, path, size in zip(table["track_id"], table["path"], sizes, strict=True):
        seen = alike.setdefault((size, _glimpse(path, size)), []) if size and shared[size] > 1 else []
        first.append(_known_as(path, seen) or track)
        if first[-1] == track:
            seen.append((track, path))
    return pd.Series(first, index=table.index)


def _known_as(path: str, seen: Sequence[tuple[str, str]]) -> str | None:
    return next((track for track, other in seen if filecmp.cmp(other, path, shallow=False)), None)


def _glimpse(path: str, size: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(size // 2)
        return file.read(GLIMPSE_BYTES)
