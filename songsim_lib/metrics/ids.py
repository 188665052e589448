"""Ids of recordings and works: read and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from songsim_lib.text import named

if TYPE_CHECKING:
    import pandas as pd


def read(catalog: pd.DataFrame, column: str) -> np.ndarray:
    """Read a column of ids as text [shape=(n,)].

    Raises
    ------
    ValueError : the column is absent, or empty in some rows; names their recordings.
    """
    if column not in catalog:
        raise ValueError(f"the catalog lacks the column {column!r}; it has: {', '.join(map(str, catalog.columns))}")
    missing = (catalog[column].isna() | (catalog[column].astype(str).str.strip() == "")).to_numpy()
    if missing.any():
        rows = catalog.index if column == "track_id" else catalog["track_id"]
        advice = ("; a recording whose work is unknown gets a work_id of its own, and is then a distractor"
                  if column == "work_id" else "")
        raise ValueError(f"column {column!r} is empty for: {named(rows[missing])}{advice}")
    return catalog[column].astype(str).to_numpy(dtype=str)


def codes(ids: np.ndarray) -> np.ndarray:
    """Number ids from 0 in the order of their names [shape=(n,)]."""
    return np.unique(ids, return_inverse=True)[1]


def repeated(ids: np.ndarray) -> np.ndarray:
    """List what occurs more than once, each once."""
    values, counts = np.unique(ids, return_counts=True)
    return values[counts > 1]
