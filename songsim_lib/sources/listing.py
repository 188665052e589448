"""The files of a folder of recordings: as its index.csv lists them, or as they lie there."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

import pandas as pd

from songsim_lib.catalog import CatalogError
from songsim_lib.sources import tables
from songsim_lib.text import is_text
from songsim_lib.text import named as some

INDEX = "index.csv"
# What `decode.read` reads, and sound which it does not: rare, protected, or no recording.
ENDINGS = (".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aiff", ".aif", ".m4a", ".aac", ".mp4", ".wma")
UNREAD = (".ape", ".wv", ".mpc", ".dsf", ".mka", ".m4b", ".m4p", ".ra", ".mid", ".midi")
OUTSIDE = "outside the folder, where nothing is read (give paths from the folder on; copy what a link leads to)"
LAYOUT = f"a folder for each work with its recordings in it, or an {INDEX} with the columns file and work_id"


def read_index(path: Path) -> pd.DataFrame:
    """Read an index: text in every cell, "" where there is none, without spaces around it.

    Raises
    ------
    CatalogError : not a csv file in UTF-8, or without the column `file`.
    """
    table = tables.read(path, ("file",))
    table = table.loc[:, ~table.columns.duplicated()]
    blank = table.index[table["file"].str.strip() == ""] + 1
    if len(blank):
        raise CatalogError(f"{path} names no file in row(s): {some(blank)}")
    return table.assign(**{name: table[name].str.strip() for name in table if name != "file"})


def asking(table: pd.DataFrame, split: str, root: Path) -> pd.DataFrame:
    """Mark the rows of one split of an index in a column `asks`; for "" there is no such column.

    Raises
    ------
    CatalogError : there is no such split; lists those there are.
    """
    if not split:
        return table
    if "split" not in table:
        raise CatalogError(f"{root / INDEX} has no column split, so no {split!r}; it has: {', '.join(table)}")
    if split not in set(table["split"]):
        known = ", ".join(sorted(filter(None, set(table["split"])))) or "none"
        raise CatalogError(f"no recording in {root / INDEX} is of the split {split!r}; the splits there: {known}")
    return table.assign(asks=table["split"] == split)


def sound_files(root: Path) -> list[str]:
    """Find the sound files in a folder and all below, in the order of their paths from there on (with "/").

    What is hidden is left out; sound of a kind that cannot be read is named, and so are files whose names are not text.

    Raises
    ------
    CatalogError : no sound file, a folder that cannot be looked into, or a link that leads out.
    """
    found = sorted(_walk(root))
    files = _usable_names(root, [file for file in found if file.lower().endswith(ENDINGS)])
    unread = [file for file in found if file.lower().endswith(UNREAD)]
    if not files:
        but = f"; what lies there cannot be read: {some(unread)}" if unread else ""
        raise CatalogError(f"no sound files in {root} ({', '.join(ENDINGS)}){but}; it should hold {LAYOUT}")
    if unread:
        print(f"left out, since they cannot be read ({', '.join(UNREAD)}; convert them): {some(unread)}")
    return files


def _usable_names(root: Path, files: list[str]) -> list[str]:
    """Leave out, and name, what no table can hold (names in another encoding than the system's) or has no content."""
    for reason, usable in (("their names are not UTF-8 text (rename them)", is_text),
                           ("they are no files (links that lead nowhere)", lambda file: os.path.isfile(root / file))):
        if odd := [file for file in files if not usable(file)]:
            shown = (file.encode(errors="backslashreplace").decode() for file in odd)
            print(f"left out, since {reason}: {some(shown)}")
            files = sorted(set(files) - set(odd))
    return files


def _walk(root: Path) -> Iterator[str]:
    """List the visible files below a folder; links to folders are not followed, those that lead out are refused."""
    def refuse(error: OSError) -> None:
        raise CatalogError(f"cannot look into {error.filename}: {error.strerror}") from error

    for place, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        here = PurePath(place).relative_to(root)
        out = [(here / name).as_posix() for name in folders if not _inside(os.path.join(place, name), root)]
        if out:
            raise CatalogError(f"{root}: {OUTSIDE}: {some(out)}")
        yield from ((here / name).as_posix() for name in files if not name.startswith("."))


def located(table: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Replace `file` by `track_id`, its plain form, and `path`, where it truly is.

    Raises
    ------
    CatalogError : names files that are not there, not in the folder, of no known kind, or given twice.
    """
    files = table["file"].tolist()
    paths = [os.path.join(root, file.replace("\0", "?")) for file in files]  # no name holds the character 0
    real = [os.path.realpath(path) for path in paths]
    times = Counter(real)
    checks: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
        (OUTSIDE, lambda file, path: os.path.isabs(file) or not _inside(path, root)),
        (f"not sound files of a known kind ({', '.join(ENDINGS)})", lambda file, _: not file.lower().endswith(ENDINGS)),
        (f"no such files; put them there, or take them out of {INDEX}", lambda _, path: not os.path.isfile(path)),
        ("one file given more than once; keep one line, or one link, for each", lambda _, path: times[path] > 1),
    )
    told = root / INDEX if (root / INDEX).is_file() else root  # what lists the files
    for reason, wrong in checks:
        if named := [file for file, path in zip(files, real, strict=True) if wrong(file, path)]:
            raise CatalogError(f"{told}: {reason}: {some(named)}")
    names = [PurePath(os.path.normpath(file)).as_posix() for file in files]
    return table.drop(columns="file").assign(track_id=names, path=real)


def _inside(path: str, root: Path) -> bool:
    return os.path.realpath(path).startswith(os.path.join(root, ""))
