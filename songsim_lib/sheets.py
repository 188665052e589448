"""Tables as csv files, which a spreadsheet may open: whole or absent, and no cell of text becomes a formula there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from songsim_lib.files import atomic

if TYPE_CHECKING:
    import pandas as pd

# What spreadsheets take for a formula (OWASP, "CSV Injection"), but for numbers and intervals: "-0.1 [-0.2, +0.3]".
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.,%\s\[\]()/–+-]*\Z)")
_GUARDED = re.compile(r"\A'(?=[=@\t\r+-])")


def write(table: pd.DataFrame, path: Path, **options: Any) -> None:
    """Write a table atomically; a text that would be a formula gets an apostrophe before it, which `read` removes.

    Parameters
    ----------
    options : of `pandas.DataFrame.to_csv`.
    """
    with atomic(path) as temporary:
        guarded(table).to_csv(temporary, index=False, **options)


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before every text, also in names of columns, that a spreadsheet would compute."""

    def guard(cell: Any) -> Any:
        return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell

    texts = table.select_dtypes(["object", "string", "category"]).columns
    return table.assign(**{name: table[name].astype(object).map(guard) for name in texts}).rename(columns=guard)


def read(path: Path) -> pd.DataFrame:
    """Read a table of texts that `write` has written: every cell is text, "" where there is none.

    Raises
    ------
    OSError, ValueError : no such file, or not a csv file.
    """
    import pandas as pd

    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return table.rename(columns=_plain).map(_plain)


def _plain(cell: str) -> str:
    return _GUARDED.sub("", cell, count=1)
