"""The sound of songs that are known by name: from a link where there is one, else looked up at Deezer and iTunes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pandas as pd
import requests

from songsim_lib import fetch
from songsim_lib.catalog import CatalogError
from songsim_lib.fetch.lookups import Lookups, Song
from songsim_lib.files import digest, write_json
from songsim_lib.sources.listing import ENDINGS

OFFLINE = "no connection"
PATIENCE = 8  # songs in a row that no server could be reached for, before the others are given up
LINK = "link"
REACHED = ""
INSTEAD = ("see whether this machine is online; where it cannot be, SONGSIM_MIRROR names a server that has the files, "
           "and recordings of your own need none: --source folder --folder DIR")


class _Wanted(NamedTuple):
    key: str
    song: Song
    link: str


def shuffled(songs: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Put whole works in an order that the seed draws: what is taken from the beginning is a part drawn at random."""
    order = songs["work_id"].drop_duplicates().sample(frac=1, random_state=seed)
    rank = pd.Series(range(len(order)), index=order.to_numpy())
    return songs.iloc[songs["work_id"].map(rank).argsort(kind="stable")]


def gather(songs: pd.DataFrame, folder: Path, want: int) -> pd.DataFrame:
    """Fetch the sound of songs, in their order, until there are enough.

    Parameters
    ----------
    songs : `track_id`, `work_id`, `artist`, `title`; where known, `url` (a link to the sound) and `duration_ms`.
    folder : for the files, `failed.csv` and `found.json`: how many songs were asked for and found (see `tally`).
    want : recordings at most; a work of which only a part was asked for is left out.

    Returns
    -------
    The songs that were found, with `path` and `found_at` ("link", or service and id); without `url`. Of songs that are
    one at the service, or share a link, the first. `attrs["found"]` has the content of `found.json`.

    Raises
    ------
    CatalogError : nothing was found, or no server can be reached; says what to do.
    """
    lookups = Lookups(folder.parent / "lookups.jsonl")
    wanted = [_wanted(*row) for row in zip(*(_column(songs, name) for name in (
        "track_id", "artist", "title", "duration_ms", "url")), strict=True)]
    got = fetch.batch(wanted, lambda one: one.key, _fetcher(lookups), folder, progress="previews", want=want)
    keys = pd.Series([one.key for one in wanted], index=songs.index)
    asked = songs[keys.isin({*got.paths, *got.failed["key"]})]
    if len(got.paths) < want and len(got.failed) and got.failed["cause"].eq(OFFLINE).all():
        raise CatalogError(f"{got.failed['reason'].iloc[-1]}; {INSTEAD}")
    if not got.paths:
        causes = ", ".join(f"{cause}: {times}" for cause, times in got.failed["cause"].value_counts().items())
        raise CatalogError(f"no sound was found for any of {len(asked)} song(s): {causes} (each in "
                           f"{folder / fetch.FAILED}); {INSTEAD}")
    places = {one.key: _found_at(lookups, one) for one in wanted if one.key in got.paths}
    found = songs.drop(columns="url", errors="ignore").assign(
        found_at=keys.map(places), path=keys.map({key: str(path.resolve()) for key, path in got.paths.items()}))
    sound = found["found_at"].where(found["found_at"].ne(LINK), pd.Series(_column(songs, "url"), index=songs.index))
    found = found[found["path"].notna() & ~sound.where(found["path"].notna()).duplicated()]
    found.attrs["found"] = tally(asked, found)
    write_json(folder / "found.json", found.attrs["found"])
    parts = songs["work_id"][~songs.index.isin(asked.index)]
    whole = found[~found["work_id"].isin(parts)]
    return whole if len(whole) else found


def tally(asked: pd.DataFrame, found: pd.DataFrame) -> dict[str, Any]:
    """Count songs and works that were asked for and found, and say it in a line."""
    versions = found["work_id"].value_counts()
    counts = {"asked": len(asked), "found": len(found), "fraction": round(len(found) / len(asked), 4),
              "works_asked": int(asked["work_id"].nunique()), "works_found": len(versions),
              "works_with_versions": int((versions > 1).sum()),
              "found_at": found["found_at"].str.partition(":")[0].value_counts().to_dict()}
    print(f"sound of {counts['found']} of {counts['asked']} songs ({counts['fraction']:.0%}): "
          + ", ".join(f"{number} from {place}" for place, number in counts["found_at"].items())
          + f"; {counts['works_found']} works, {counts['works_with_versions']} of them with several recordings")
    return counts


def _column(songs: pd.DataFrame, name: str) -> list[Any]:
    column = songs[name] if name in songs else pd.Series(None, index=songs.index, dtype=object)
    return column.astype(object).where(column.notna(), None).tolist()


def _wanted(track: str, artist: str, title: str, duration_ms: int | None, url: str | None) -> _Wanted:
    """Name what is wanted so that another list of songs, or a corrected one, is not given this one's sound."""
    name = f"{track}-{digest(artist, title, str(duration_ms), url or '')[:8]}"
    return _Wanted(name, Song(artist, title, None if duration_ms is None else duration_ms / 1_000), url or "")


def _found_at(lookups: Lookups, one: _Wanted) -> str:
    match = lookups.known(one.song)
    return f"{match.service}:{match.id}" if match else LINK


def _fetcher(lookups: Lookups) -> Callable[[requests.Session, _Wanted, Path], Path]:
    """Make the function that fetches one song, and gives up where nothing can be reached for many songs."""
    offline: list[str] = []  # what was said each time, until anything at all is reached

    def one(session: requests.Session, wanted: _Wanted, path: Path) -> Path:
        if len(offline) >= PATIENCE and REACHED not in offline:
            raise fetch.FetchError(f"no server can be reached ({offline[0]})", OFFLINE)
        try:
            got = _one(session, lookups, wanted, path)
        except fetch.FetchError as error:
            offline.append(str(error) if error.cause == OFFLINE else REACHED)
            raise
        offline.append(REACHED)
        return got

    return one


def _ending(link: str) -> str:
    """Give the ending of the file that a link leads to; that of most previews where it has none."""
    try:
        ending = Path(urlsplit(link).path).suffix.lower()
    except ValueError:  # no address, as the download will say
        ending = ""
    return ending if ending in ENDINGS else ".mp3"


def _one(session: requests.Session, lookups: Lookups, wanted: _Wanted, path: Path) -> Path:
    """Fetch one song from its link, or from a service that has it."""
    trouble = "no link"
    if wanted.link:
        whole = Path(f"{path}{_ending(wanted.link)}")
        try:
            return fetch.download(session, wanted.link, whole, check=fetch.sound)
        except fetch.FetchError as error:
            trouble = str(error)
    if got := lookups.save(session, wanted.song, path, fetch.sound):
        return got
    song = wanted.song
    raise fetch.FetchError(f"{song.artist}: {song.title}: neither Deezer nor iTunes has it ({trouble})", "not found")
