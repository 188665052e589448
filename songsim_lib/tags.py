"""What sound files say of themselves: title, artist, album, genre and year, from their tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
from tinytag import TinyTag
from tqdm import tqdm

from songsim_lib.text import clean

FIELDS = ("title", "artist", "album", "genre", "year")
READERS = 16  # files read at once: most of the time is spent waiting for a disk or a network
# "1987", "1987-05-01" and "19870501", but not the first digits of a longer number.
YEAR = re.compile(r"(?<![0-9])(?:1[0-9]{3}|20[0-9]{2})(?=(?:[01][0-9][0-3][0-9])?(?![0-9]))")


def year(text: str) -> int | None:
    """Find the year in a date as tags and tables write it; None where there is none from 1000 to 2099."""
    found = YEAR.search(text)
    return int(found[0]) if found else None


def split(text: str) -> list[str]:
    """Take a list of tags apart: "rock, 80s"."""
    return [tag for part in text.split(",") if (tag := clean(part))]


def read(path: str) -> dict[str, str]:
    """Read the tags of one file: `FIELDS` that it has, clean; none where they are damaged or of an unknown kind.

    The artist of the album stands in for an artist who is not named.
    """
    try:
        with open(path, "rb") as file:  # without its name, so that the content decides what it is
            tag: Any = TinyTag.get(file_obj=file, duration=False)
        texts = {name: clean(getattr(tag, name)) for name in FIELDS} | {
            "artist": clean(tag.artist) or clean(tag.albumartist)}
    except Exception:  # whatever it stumbles over, a file's sound may still be good
        return {}
    return {name: text for name, text in texts.items() if text}


def read_all(paths: Sequence[str]) -> pd.DataFrame:
    """Read the tags of many files, several at once.

    Returns
    -------
    One row a file, in their order, with the columns `FIELDS` as text; missing where a file does not say.
    """
    with ThreadPoolExecutor(READERS) as readers:
        rows = list(tqdm(readers.map(read, paths), total=len(paths), desc="tags", unit="file", delay=3, mininterval=1))
    return pd.DataFrame(rows, columns=list(FIELDS), index=range(len(paths)), dtype=object)
