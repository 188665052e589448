"""The embedded corpus: public-domain compositions, each performed by a synthesizer, committed as sound.

Reading the finished corpus needs nothing beyond the library's own requirements; building it anew
(`python -m songsim_lib.sources.tunebook.build`) needs the extra `[render]`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from songsim_lib import catalog as catalogs
from songsim_lib.paths import ROOT

FOLDER = ROOT / "data" / "tunebook"


def catalog(folder: Path | None = None) -> pd.DataFrame:
    """List the recordings of the embedded corpus, one row each, with the absolute path of the sound file.

    Parameters
    ----------
    folder : another edition of the corpus (default: the committed one, data/tunebook).

    Raises
    ------
    songsim_lib.catalog.CatalogError : the folder has no readable catalog.parquet.
    """
    folder = Path(folder or FOLDER).resolve()
    table = catalogs.load(folder / "catalog.parquet")
    table["path"] = [str(folder / path) for path in table["path"]]
    return table
