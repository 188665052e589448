"""Tables of songs that people bring: read whole, or refused with what is wrong and where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from songsim_lib.catalog import CatalogError
from songsim_lib.text import named

COMPRESSED = {".gz", ".bz2", ".xz", ".zip", ".zst"}  # which pandas reads too, and whose bytes may be zero


def read(path: Path, needed: Collection[str], **options: Any) -> pd.DataFrame:
    """Read a table whose first line names its columns; cells are text unless the options of `pandas.read_csv` say else.

    Raises
    ------
    CatalogError : no such file, not a table, not UTF-8, no rows, or a column lacking; names the file and the columns.
    """
    if not path.is_file():
        raise CatalogError(f"there is no file {path}")
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False, **{"dtype": str} | options)
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path} is not UTF-8 text ({error}); save it as CSV in UTF-8") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError) as error:
        raise CatalogError(f"{path} is not a readable csv file: {error}") from error
    # pandas 2 ends a cell at a zero byte, and so reads another name than is written.
    if path.suffix.lower() not in COMPRESSED and b"\0" in path.read_bytes():
        raise CatalogError(f"{path} holds zero bytes, so it is no text; save it as CSV in UTF-8")
    table = table.rename(columns=str.strip)
    if lacking := [name for name in needed if name not in table]:
        raise CatalogError(f"{path} lacks the column(s) {', '.join(lacking)}; its first line should name them, with "
                           f"commas between them, and it names: {named(table.columns)}")
    if table.empty:
        raise CatalogError(f"{path} has no rows, only names of columns")
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes the surplus for names of rows
        raise CatalogError(f"{path}: the first row has more fields than there are columns; "
                           "texts that hold commas need double quotes")
    return table


def numbers(table: pd.DataFrame, whole: Mapping[str, bool], path: Path) -> dict[str, pd.Series]:
    """Give columns as numbers, whole ones as integers; an empty cell is missing, never 0.

    Parameters
    ----------
    whole : name of each column -> whether its numbers are whole.

    Raises
    ------
    CatalogError : names the file, the column and the records (counted from 1) that hold something else.
    """
    read = {}
    for name, integer in whole.items():
        values = pd.to_numeric(table[name], errors="coerce")
        wrong = values.isna() & table[name].notna()
        wrong |= values.notna() & (values % 1 != 0) if integer else False
        if wrong.any():
            raise CatalogError(f"{path}: column {name} should hold {'whole ' if integer else ''}numbers; it holds "
                               f"{named(map(repr, table.loc[wrong, name].unique()))} in record(s) "
                               f"{named(table.index[wrong] + 1)}")
        read[name] = values.astype("Int64" if integer else "float64")
    return read
