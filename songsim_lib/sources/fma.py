"""The Free Music Archive's data set: clips of 30 s under Creative Commons licences; no versions are known.

Described by Defferrard, Benzi, Vandergheynst and Bresson (ISMIR 2017); addresses and hashes are those of its authors.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from songsim_lib import archives, fetch, sheets
from songsim_lib import catalog as catalogs
from songsim_lib.catalog import CatalogError
from songsim_lib.source_choice import SourceChoice
from songsim_lib.text import named

HOST = "https://os.unil.cloud.switch.ch/fma"
METADATA = "fma_metadata"
SHA1 = {
    METADATA: "f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
    "fma_small": "ade154f733639d52e35e32f5593efe5be76c6d70",
    "fma_medium": "c67b69ea232021025fca9231fc1c7c1a063ab50b",
}
LIMIT_BYTES = 32 << 30  # fma_medium.zip has 22 GiB
CLIP_BYTES = 50_000_000  # a clip has 1 MB or so
SILENT = ("099134", "108925", "133297")  # FACTS, section 8
# Columns of tracks.csv, which has two lines of names -> names here.
COLUMNS = {("track", "title"): "title", ("artist", "name"): "artist", ("track", "genre_top"): "genre",
           ("track", "duration"): "duration_ms", ("track", "tags"): "tags", ("track", "license"): "licence",
           ("album", "date_released"): "year", ("set", "split"): "split"}


def source(choice: SourceChoice, cache: Path, seed: int, max_recordings: int) -> pd.DataFrame:
    """Fetch a subset and its metadata, and unpack as many clips as are asked for, drawn with the seed.

    Each track is a work of its own, since no versions are known. The published test split is held out (column
    `test`). Tracks that hold no sound are left out, and listed with the reason in failed.csv beside the clips.

    Returns
    -------
    A validated catalog as of `read_tracks`, with `test` and `path`.

    Raises
    ------
    fetch.FetchError : an archive cannot be had, or is not the published one.
    archives.ArchiveError : an archive cannot be unpacked.
    CatalogError : the metadata lack a column, or the archive holds no clip that they know.
    """
    folder = cache / "downloads" / "fma"
    subset = f"fma_{choice['subset']}"
    tracks = read_tracks(_tables(folder))
    archive = _fetched(subset, folder)
    clips, failed = usable(archives.sizes(archive), tracks)
    _report(failed, folder / subset / fetch.FAILED)
    drawn = np.random.default_rng(seed).permutation(sorted(clips))[:max_recordings]
    wanted = {clips[track] for track in drawn}
    archives.extract(archive, folder, wanted.__contains__, progress=f"unpacking {subset}", member_bytes=CLIP_BYTES)
    chosen = tracks.loc[sorted(drawn)].reset_index()
    paths = [str((folder / clips[track]).resolve()) for track in chosen["track_id"]]
    return catalogs.validate(chosen.assign(test=chosen["split"] == "test", path=paths))


def read_tracks(path: Path) -> pd.DataFrame:
    """Read tracks.csv, of which the first line groups the columns, the second names them, and the third the index.

    Returns
    -------
    One row a track; the index `track_id` has six digits, as the names of clips. `duration_ms` is that of the whole
    track, `year` that of its album's release, `tags` a list; what is not known is missing.

    Raises
    ------
    CatalogError : a column is lacking, or holds something else; names it.
    """
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        names = list(zip(next(reader, []), next(reader, []), strict=False))
    if lacking := [" ".join(name) for name in COLUMNS if name not in names]:
        raise CatalogError(f"{path} lacks the column(s) {named(lacking)}; it is not tracks.csv as published in 2017")
    places = {names.index(name): new for name, new in COLUMNS.items()}
    table = pd.read_csv(path, skiprows=2, header=None, usecols=[0, *places], dtype=str, encoding="utf-8")
    table = table.rename(columns={0: "track_id"} | places)
    table = table[table["track_id"].str.fullmatch("[0-9]+", na=False)]
    try:
        return _typed(table.assign(track_id=table["track_id"].str.zfill(6)).set_index("track_id"))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise CatalogError(f"{path}: a cell cannot be understood ({error}); it is not tracks.csv as published in 2017"
                           ) from error


def usable(sizes: Mapping[str, int], tracks: pd.DataFrame) -> tuple[dict[str, str], pd.DataFrame]:
    """Tell the clips of an archive that can be used from those that cannot.

    Parameters
    ----------
    sizes : of `archives.sizes`.
    tracks : of `read_tracks`.

    Returns
    -------
    track -> path in the archive; a table of the others with key, cause and reason.

    Raises
    ------
    CatalogError : none can be used.
    """
    clips = {PurePosixPath(name).stem: name for name in sizes if name.endswith(".mp3")}
    reasons = {track: ("not found", "tracks.csv does not know it") for track in set(clips) - set(tracks.index)}
    reasons |= {track: ("not audio", "the file is empty") for track, name in clips.items() if not sizes[name]}
    reasons |= {track: ("not audio", "the clip holds no sound, as is known") for track in SILENT if track in clips}
    failed = pd.DataFrame([(track, *reasons[track]) for track in sorted(reasons)], columns=["key", "cause", "reason"])
    kept = {track: name for track, name in clips.items() if track not in reasons}
    if not kept:
        raise CatalogError(f"the archive holds {len(clips)} clips, and tracks.csv knows none that can be used")
    return kept, failed


def _fetched(name: str, folder: Path) -> Path:
    with fetch.session() as session:
        return fetch.large(session, f"{HOST}/{name}.zip", folder / f"{name}.zip", sha1=SHA1[name],
                           limit_bytes=LIMIT_BYTES)


def _tables(folder: Path) -> Path:
    """Fetch the metadata, and unpack tracks.csv."""
    archive, wanted = _fetched(METADATA, folder), f"{METADATA}/tracks.csv"
    if not archives.extract(archive, folder, {wanted}.__contains__):
        raise CatalogError(f"{archive} holds no {wanted}; delete it and run again to fetch it anew")
    return folder / wanted


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give numbers, dates and lists their types."""
    seconds = pd.to_numeric(table["duration_ms"], errors="coerce")
    year = pd.to_numeric(table["year"].str[:4], errors="coerce")
    tags = [[] if text == "[]" else list(map(str, ast.literal_eval(text))) for text in table["tags"].fillna("[]")]
    return table.assign(title=table["title"].fillna(""), artist=table["artist"].fillna(""), tags=tags,
                        duration_ms=(seconds * 1_000).round().astype("Int64"), year=year.astype("Int64"),
                        work_id=table.index, recording_id=table.index)


def _report(failed: pd.DataFrame, path: Path) -> None:
    """Say and keep which clips are left out, and why."""
    sheets.write(failed, path)
    for reason, keys in failed.groupby("reason")["key"]:
        print(f"{len(keys)} clip(s) left out, {reason}: {named(keys)}")
