"""Who else counts as a neighbour: recordings of other works by other artists.

An artist filter (Pampalk et al. 2005, "Improvements of audio-based music similarity and genre classification"): who
finds songs of the same album has recognised an artist or a studio, not a genre. In the same spirit, who finds another
version of the work has recognised the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from songsim_lib.search.asking import own
from songsim_lib.search.index import Index

APART = ("recording_id", "work_id", "artist")  # in which a neighbour must differ from the one that asks
ANY, OTHER_WORKS, OTHERS = "any other recording", "other works", "other works by other artists"
FILTERS = {ANY: APART[:1], OTHER_WORKS: APART[:2], OTHERS: APART}


class NeighboursError(ValueError):
    """Nothing can be said from these neighbours; says what is missing."""


def by_others(alike: np.ndarray, table: pd.DataFrame, k: int, apart: Sequence[str] = APART) -> list[np.ndarray]:
    """Find the k nearest recordings of other works by other artists, or as many as there are: positions, nearest first.

    Parameters
    ----------
    apart : columns in which neighbours differ. Copies of one recording are no neighbours of each other, whoever they
        name as their artist; less than all of `APART` only shows what that is worth.
    """
    told = [pd.factorize(names(table[name]) if name == "artist" else table[name])[0] for name in apart]
    found = []
    for row, nearness in enumerate(alike):
        others = np.flatnonzero(np.all([ids != ids[row] for ids in told], axis=0))
        found.append(others[np.argsort(-nearness[others], kind="stable")[:k]])
    return found


def same(path: str | Path, index: Index) -> np.ndarray:
    """Find what is no neighbour of a query: rows of its work, by its artist, and of those whose artist is not known.

    Raises
    ------
    NeighboursError : the query is not in the index, or its artist is not known.
    """
    mine, artists = own(path, index), names(index.recordings["artist"].fillna(""))
    if not (artists.iloc[mine] != "").any():
        raise NeighboursError(f"nobody knows whose {path} is, so not who others are; put it into {index.root} and give "
                              "its artist in the file's tags or in an index.csv")
    works = index.recordings["work_id"]
    known = artists.isin(artists.iloc[mine]) | works.isin(works.iloc[mine]) | (artists == "")
    return np.flatnonzero(known)


def names(texts: pd.Series) -> pd.Series:
    """Write names so that spellings of one name are equal: no spaces around them, small letters."""
    return texts.astype(str).str.strip().str.casefold()
