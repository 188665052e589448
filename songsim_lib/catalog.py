"""The catalog: one row a recording, the same columns whatever the source."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from songsim_lib.files import atomic
from songsim_lib.paths import ROOT
from songsim_lib.text import named

REQUIRED = ("track_id", "title", "artist", "work_id", "recording_id")
KEYS = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")  # names of the values of `key`
INSIDE = "<songsim>/"  # begins the path of a file that lies inside the project, wherever that lies


class CatalogError(ValueError):
    """A catalog that cannot be used; says which column and which rows."""


def validate(catalog: pd.DataFrame) -> pd.DataFrame:
    """Check that a catalog can feed the study.

    Parameters
    ----------
    catalog : one row a recording. Required: `track_id` (unique), `title`, `artist`, `work_id` (recordings of
        one composition share it), `recording_id`, and `path` or `url`.

    Returns
    -------
    The same rows with a fresh index.

    Raises
    ------
    CatalogError : names the missing column, or the column and the rows with missing or repeated values.
    """
    missing = [column for column in REQUIRED if column not in catalog]
    if missing:
        raise CatalogError(f"the catalog lacks the column(s) {', '.join(missing)}; it has: "
                           f"{', '.join(map(str, catalog.columns))}")
    if not {"path", "url"} & set(catalog.columns):
        raise CatalogError("the catalog needs a column `path` (audio file) or `url` (where to fetch it)")
    if catalog.empty:
        raise CatalogError("the catalog has no rows")
    for column in ("track_id", "work_id", "recording_id"):
        empty = catalog[column].isna() | (catalog[column].astype(str).str.strip() == "")
        if empty.any():
            raise CatalogError(f"column {column!r} is empty in row(s) {named(catalog.index[empty])}")
    repeated = catalog.loc[catalog["track_id"].duplicated(), "track_id"]
    if len(repeated):
        raise CatalogError(f"column 'track_id' must be unique; repeated: {named(repeated)}")
    return catalog.reset_index(drop=True)


def save(catalog: pd.DataFrame, path: Path) -> None:
    """Write a validated catalog as Parquet, atomically; it can be read where the project lies elsewhere."""
    with atomic(path) as temporary:
        movable = _with_paths(validate(catalog), f"{ROOT}/", INSIDE)
        movable.to_parquet(temporary, index=False, compression="zstd", compression_level=19)


def load(path: Path) -> pd.DataFrame:
    """Read a catalog and validate it; `tags` come back as lists.

    Raises
    ------
    CatalogError : the file is missing or unreadable, or its content is not a catalog; names the file.
    """
    try:
        catalog = pd.read_parquet(path)
    except FileNotFoundError:
        raise CatalogError(f"no catalog at {path}; run notebook 00_data first") from None
    except (OSError, ValueError) as error:
        raise CatalogError(f"{path} is not a readable Parquet file: {error}") from error
    try:
        catalog = validate(catalog)
    except CatalogError as error:
        raise CatalogError(f"{path}: {error}") from None
    if "tags" in catalog:
        catalog["tags"] = [list(tags) if tags is not None else [] for tags in catalog["tags"]]
    return _with_paths(catalog, INSIDE, f"{ROOT}/")


def _with_paths(catalog: pd.DataFrame, begins: str, instead: str) -> pd.DataFrame:
    """Give the paths that begin in one way another beginning."""
    if "path" not in catalog:
        return catalog
    return catalog.assign(path=[instead + path.removeprefix(begins)
                                if isinstance(path, str) and path.startswith(begins) else path
                                for path in catalog["path"]])


def sample_works(catalog: pd.DataFrame, max_tracks: int, seed: int) -> pd.DataFrame:
    """Draw whole works at random until `max_tracks` recordings are reached, in the catalog's order."""
    if len(catalog) <= max_tracks:
        return catalog
    works = catalog["work_id"].drop_duplicates().sample(frac=1, random_state=seed)
    sizes = works.map(catalog["work_id"].value_counts())
    chosen = works[sizes.cumsum() <= max_tracks]
    return catalog[catalog["work_id"].isin(chosen)].reset_index(drop=True)
