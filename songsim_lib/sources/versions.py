"""Cover sets: a list of who sang what, and as many of the performances as can be heard.

The list is a csv with the columns `work`, `title`, `performer` and, where known, `link`; or one in the form of the
public SHS100K lists, with tabs and the columns set_id, ver_id, title, performer, url, status (with or without a first
line that names them). Their links are video pages, in which nothing is looked for: performances are looked up.
"""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from songsim_lib import catalog as catalogs
from songsim_lib import splits
from songsim_lib.catalog import CatalogError
from songsim_lib.files import digest
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import previews, tables
from songsim_lib.sources.listing import ENDINGS
from songsim_lib.text import named

COLUMNS = ("work", "title", "performer")
SHS100K = ("set_id", "ver_id", "title", "performer", "url", "status")
OURS = {"set_id": "work", "url": "link"}
WORK_LETTERS = 40  # of a work, in the names of its recordings


def load(path: str | Path) -> pd.DataFrame:
    """Read a list of cover sets as a catalog without sound, one row a performance; equal rows are one.

    Returns
    -------
    A validated catalog; `url` is the link where that is a sound file, else missing.

    Raises
    ------
    CatalogError : not such a list; names the file, what is wrong and where.
    """
    path = Path(path)
    table = _read(path)
    table = pd.DataFrame({name: table[name].str.strip() for name in (*COLUMNS, "link")})
    for name in COLUMNS:
        if (empty := table.index[table[name] == ""]).size:
            raise CatalogError(f"{path}: no {name} in record(s) {named(empty + 1)}; every performance needs one")
    table = table.drop_duplicates()
    keys = [digest(*texts)[:8] for texts in table.itertuples(index=False)]
    tracks = table["work"].str[:WORK_LETTERS] + "-" + pd.Series(keys, index=table.index)
    return catalogs.validate(pd.DataFrame({
        "track_id": tracks, "title": table["title"], "artist": table["performer"], "work_id": table["work"],
        "recording_id": tracks, "url": table["link"].where(table["link"].map(is_sound_file))}))


def source(choice: SourceChoice, cache: Path, seed: int, max_recordings: int) -> pd.DataFrame:
    """Find the performances of a list, whole works in an order that the seed draws, until there are enough.

    How many were found is printed, and kept in `downloads/versions/found.json` and in `attrs["found"]`. A work of which
    one performance was found stays, alone. Works are held out for testing as in the whole list (column `test`).

    Returns
    -------
    A validated catalog of the performances that were found; columns `found_at` (the link, or service and id), `path`.

    Raises
    ------
    CatalogError : a wrong list, or no sound to be had; says what to do.
    """
    songs = load(choice["csv"])
    songs = previews.shuffled(songs.assign(test=splits.held_out(songs)), seed)
    return catalogs.validate(previews.gather(songs, cache / "downloads" / "versions", want=max_recordings))


def is_sound_file(link: str) -> bool:
    """Whether a link leads to a sound file, by the ending of its path; video pages have none."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.path.lower().endswith(ENDINGS)


def _read(path: Path) -> pd.DataFrame:
    """Read either form; text in every cell."""
    first = _first_line(path)
    if "\t" not in first:
        table = tables.read(path, ())
        table = table.rename(columns={name: name.lower() for name in table})
    else:
        options = {} if {"set_id", "work"} & set(first.split("\t")) else {"names": SHS100K}
        table = tables.read(path, (), sep="\t", quoting=csv.QUOTE_NONE, **options)
    table = table.rename(columns={old: new for old, new in OURS.items() if new not in table})
    if lacking := [name for name in COLUMNS if name not in table]:
        raise CatalogError(f"{path} lacks the column(s) {', '.join(lacking)}; it has: {named(table.columns)}. "
                           "The first line of a list of cover sets names work, title, performer and, where known, link")
    return (table if "link" in table else table.assign(link="")).fillna("")


def _first_line(path: Path) -> str:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            return file.readline(10_000)
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}") from error
