"""The songs of the report: Music Info.csv (50,683 rows), and previews of as many of them as are asked for.

The csv is that of the Kaggle set "Million Song Dataset + Spotify + Last.fm" (FACTS, section 8). Its preview links are
from before Spotify withdrew them, so each may answer or not; other songs are looked up by artist, title and duration.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pandas as pd

from songsim_lib import catalog as catalogs
from songsim_lib import splits
from songsim_lib import tags as texts
from songsim_lib.catalog import CatalogError
from songsim_lib.paths import ROOT
from songsim_lib.song_names import parse, work_name
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import previews, tables

NAMES = ("music_info.csv", "Music Info.csv")  # as the report called it, and as Kaggle does
DATA, KAGGLE = ROOT / "data", Path("/kaggle/input")
TEXT = ("track_id", "name", "artist", "spotify_preview_url", "spotify_id", "tags", "genre")
# The report's thirteen numbers a song, and the year: whether they are whole.
NUMBERS = {name: name in ("duration_ms", "key", "mode", "time_signature", "year") for name in (
    "year", "duration_ms", "danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness",
    "instrumentalness", "liveness", "valence", "tempo", "time_signature")}
SAME_RECORDING_MS = 3_000  # versions alike in name and no farther apart in duration are one recording


def find_csv(choice: SourceChoice) -> Path:
    """Find the csv: the one that was given, else in data/ (here or of the project), else among Kaggle's inputs.

    Raises
    ------
    CatalogError : it is in none of these places; says where to get it and where to put it.
    """
    if given := choice["csv"]:
        return Path(given)
    near = (folder / name for folder in (Path.cwd() / "data", DATA) for name in NAMES)
    inputs = (path for name in NAMES for path in sorted(KAGGLE.glob(f"**/{name}")))  # looked through only if need be
    found = next((path for path in chain(near, inputs) if path.is_file()), None)
    if found is None:
        raise CatalogError("there is no Music Info.csv: download it from Kaggle (set undefinenull/million-song-dataset-"
                           f"spotify-lastfm) to {DATA / NAMES[0]}, add the set as input to a Kaggle notebook, or give "
                           "its place: --csv FILE (in a notebook: source = \"music_info:csv=FILE\")")
    return found


def load(path: str | Path) -> pd.DataFrame:
    """Read Music Info.csv as a catalog without sound: one row a song, the numbers as numbers, `tags` as lists.

    `title` is the csv's `name`, `url` its preview link. A song's live takes, remixes and duplicates, told by artist and
    title, share a `work_id`; rows that are one recording by title and duration (within 3 s) share a `recording_id`.

    Returns
    -------
    A validated catalog in the order of the csv; what is not known (most often the genre) is missing, not "".

    Raises
    ------
    CatalogError : not this csv; names the file, what is wrong and where.
    """
    path = Path(path)
    empty = {name: [""] for name in (*TEXT[3:], *NUMBERS)}  # a song may be called "NA", no genre is
    table = tables.read(path, (*TEXT, *NUMBERS), na_values=empty, dtype=dict.fromkeys(TEXT, str), low_memory=False)
    tags = [texts.split(text) for text in table["tags"].fillna("")]
    table = table.assign(tags=tags, **tables.numbers(table, NUMBERS, path))
    table = table.rename(columns={"name": "title", "spotify_preview_url": "url"})
    works = [work_name(*names) for names in zip(table["artist"], table["title"], strict=True)]
    table["work_id"] = pd.Series(works, index=table.index).where(lambda names: names != "", table["track_id"])
    try:
        return catalogs.validate(table.assign(recording_id=_recordings(table)))
    except CatalogError as error:
        raise CatalogError(f"{path}: {error}") from None


def metadata(choice: SourceChoice) -> pd.DataFrame:
    """All songs of the csv, also those without sound: what the report's figures are drawn from (see `load`)."""
    return load(find_csv(choice))


def source(choice: SourceChoice, cache: Path, seed: int, max_recordings: int) -> pd.DataFrame:
    """Fetch previews of songs of the csv, whole works in an order that the seed draws, until there are enough.

    Works are held out for testing as they are in the whole csv (column `test`), whatever part of it is drawn.

    Returns
    -------
    A validated catalog of the songs whose sound was found, with all that the csv knows of them; columns `found_at`
    (the preview's link, or the service) and `path`.

    Raises
    ------
    CatalogError : no csv, a wrong one, or no sound to be had; says what to do.
    """
    songs = metadata(choice).drop_duplicates("recording_id")
    songs = previews.shuffled(songs.assign(test=splits.held_out(songs)), seed)
    return catalogs.validate(previews.gather(songs, cache / "downloads" / "music_info", want=max_recordings))


def _recordings(table: pd.DataFrame) -> pd.Series:
    """Name the first row that is the same recording as each: of one work and version, with durations in 3 s steps."""
    versions = [" ".join(sorted(parse(title).version)) for title in table["title"]]
    sorts = table[["work_id", "duration_ms", "track_id"]].assign(version=versions)
    sorts = sorts.sort_values(["work_id", "version", "duration_ms"], kind="stable")
    same = sorts[["work_id", "version"]].eq(sorts[["work_id", "version"]].shift()).all(axis=1)
    near = sorts["duration_ms"].diff().le(SAME_RECORDING_MS).fillna(False).astype(bool)
    group = (~(same & near)).cumsum()
    return sorts.groupby(group)["track_id"].transform("first").reindex(table.index)
