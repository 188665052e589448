"""A folder of music to search, for whoever has none at hand: the embedded corpus's test works."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from songsim_lib import splits
from songsim_lib.catalog import sample_works
from songsim_lib.files import atomic, write_text
from songsim_lib.sources import tunebook
from songsim_lib.sources.listing import INDEX

COLUMNS = ("work_id", "recording_id", "title", "artist", "genre")


def works_folder(place: Path, most: int) -> Path:
    """Put the recordings of works that no network has learned from into a folder with an index.csv.

    Nobody wrote the tunes: the collection that prints one stands for its artist. The genre is what the score's file
    names, `lied`, `string quartet` or a dance, and empty where it names none.

    Parameters
    ----------
    place : receives the folder, `test-works-N` of N recordings; copies, since nothing outside a folder is read.
    most : recordings at most; of more, whole works that have versions are drawn, the same in every run.
    """
    edition = tunebook.catalog()
    chosen = edition[splits.held_out(edition)]
    if len(chosen) > most:
        chosen = sample_works(chosen[splits.has_versions(chosen)], most, seed=0)
    folder = place / f"test-works-{len(chosen)}"
    folder.mkdir(parents=True, exist_ok=True)
    files = chosen["path"].map(lambda path: Path(path).name)
    for path, name in zip(chosen["path"], files, strict=True):
        if not (folder / name).exists():
            with atomic(folder / name) as temporary:
                shutil.copy2(path, temporary)
    listed = chosen.assign(artist=_artists(chosen))[list(COLUMNS)].assign(file=files).fillna("").to_csv(index=False)
    if not (folder / INDEX).exists() or (folder / INDEX).read_text(encoding="utf-8") != listed:
        write_text(folder / INDEX, listed)
    return folder


def _artists(catalog: pd.DataFrame) -> pd.Series:
    """Name who wrote each score, or the collection that prints it where nobody is named."""
    return catalog["composer"].fillna(catalog["collection"]).fillna(catalog["artist"])
