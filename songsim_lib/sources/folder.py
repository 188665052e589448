"""A folder of real recordings: which of them are the same music is told by an index or by subfolders."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pandas as pd

from songsim_lib import catalog as catalogs
from songsim_lib import tags
from songsim_lib.catalog import CatalogError
from songsim_lib.song_names import parse
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources.copies import first_copies, in_one_work
from songsim_lib.sources.listing import INDEX, LAYOUT, asking, located, read_index, some, sound_files
from songsim_lib.splits import TEST, has_versions
from songsim_lib.text import clean, is_text, line

KEPT = ("composer", "split", "asks")  # of an index, as they are


def catalog(folder: str | Path, split: str = "") -> pd.DataFrame:
    """List the recordings of a folder, and which of them are the same music.

    Where the folder holds an `index.csv`, that decides: column `file` (path inside the folder), and, where known,
    `work_id`, `recording_id`, `title`, `artist`, `composer`, `album`, `genre`, `year`, `tags` ("rock, 80s") and
    `split`; it may have others. An empty `work_id` means that no other version is known. Without an index, each folder
    that holds sound files is a work (the layout of covers80: FACTS, section 8), and a file that lies in no subfolder
    is a work of its own; so is each file of a folder that is no work by its tags, which name one album or artist and
    several songs. Files of equal bytes are one recording, unless the index has a column that says otherwise; without an
    index, those in the folders of other works are left out and named.

    Title, artist, album, genre and year are those of the index, else of the file's tags; a title that neither gives is
    the file's name. Albums, genres, years and tags are columns where any is known, and missing where one is not.

    Parameters
    ----------
    split : only the recordings with this value in the index's column `split` ask for versions, as a column `asks`
        (bool) says then; the others can be found.

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
    if not is_text(str(root)):
        raise CatalogError(f"the folder {line(str(root))} has a name that is not UTF-8 text; rename it")
    if (root / INDEX).is_file():
        table = asking(read_index(root / INDEX), split, root)
    elif split:
        raise CatalogError(f"{root} has no {INDEX}, so no split {split!r}; leave the split out, or write an index")
    else:
        table = pd.DataFrame({"file": sound_files(root)}, dtype=str)
    table = located(table, root)
    told = _told(table)
    if not (root / INDEX).is_file():
        table = in_one_work(table.assign(work_id=_folders(table["track_id"], told)))
    return catalogs.validate(_described(table, told.loc[table.index], root))


def source(choice: SourceChoice, cache: Path, seed: int, max_recordings: int) -> pd.DataFrame:
    """List all recordings of the folder that was chosen; none is made or fetched, so `max_recordings` limits nothing.

    A published test set is respected: where `split` in the index says "test" of some recordings, those (with all of
    their works, see `splits.held_out`) are for testing only, in a column `test`. Other splits are dealt anew, by seed.
    """
    table = catalog(choice["folder"])
    test = table["split"].str.casefold() == TEST if "split" in table else pd.Series(False, index=table.index)
    return table.assign(test=test) if test.any() else table


def require_versions(catalog: pd.DataFrame, where: str = "the catalog") -> pd.DataFrame:
    """Return a catalog in which some recording that asks has a version, without which nothing can be looked for.

    Parameters
    ----------
    where : what the catalog was made from, for the message.

    Raises
    ------
    CatalogError : every such work has a single recording; names some of the works.
    """
    asks = catalog.get("asks", pd.Series(True, index=catalog.index))
    if not (has_versions(catalog) & asks).any():
        works = catalog.loc[asks, "work_id"].drop_duplicates()
        raise CatalogError(f"{where} has a single recording of each of its {len(works)} work(s) ({some(works)}), "
                           f"so no version of anything can be looked for; it should hold {LAYOUT}")
    return catalog


def _told(table: pd.DataFrame) -> pd.DataFrame:
    """Collect what is said of each recording, by the index or else by its file's tags; missing where neither does."""
    said = pd.DataFrame({name: table[name].map(clean) for name in tags.FIELDS if name in table},
                        index=table.index, dtype=object)
    return said.where(said != "").combine_first(tags.read_all(table["path"].tolist()))


def _folders(tracks: pd.Series, told: pd.DataFrame) -> pd.Series:
    """Name each file's folder, which is its work; "" where it lies in none, or in one that holds several works."""
    folders = tracks.map(lambda track: str(PurePosixPath(track).parent) if "/" in track else "")
    songs = told["title"].map(lambda title: parse(title).song, na_action="ignore")
    songs_in, albums_in, artists_in = (values.groupby(folders).transform("nunique")
                                       for values in (songs, told["album"], told["artist"]))
    most_are_named = songs.notna().groupby(folders).transform("mean") > 0.5
    mixed = (folders != "") & (songs_in > 1) & ((albums_in == 1) | (artists_in == 1)) & most_are_named
    if mixed.any():
        print("by their tags, these folders hold several songs of one album or artist, so each file there is a work "
              f"of its own (an {INDEX} can say otherwise): {some(folders[mixed].unique())}")
    return folders.where(~mixed, "")


def _described(table: pd.DataFrame, told: pd.DataFrame, root: Path) -> pd.DataFrame:
    """Fill in what is not said of a recording, and put the columns in order."""
    stems = table["track_id"].map(lambda track: clean(PurePosixPath(track).stem))
    blank = pd.Series("", index=table.index)
    same = table["track_id"] if "recording_id" in table else first_copies(table)
    recordings = table.get("recording_id", blank).where(lambda name: name != "", same)
    required = table[["track_id", "path"]].assign(
        work_id=_works(table.assign(work_id=table.get("work_id", blank)), recordings, root), recording_id=recordings,
        title=told["title"].astype(object).fillna(stems), artist=told["artist"].astype(object).fillna(""))
    years = pd.to_numeric(told["year"].map(tags.year, na_action="ignore")).astype("Int64")
    more = told[["album", "genre"]].assign(year=years)
    return required.assign(**{name: table[name] for name in KEPT if name in table},
                           **more.loc[:, more.notna().any()],
                           **({"tags": table["tags"].map(tags.split)} if "tags" in table else {}))


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
