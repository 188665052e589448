"""The embedded corpus: public-domain compositions, each performed by a synthesizer, committed as sound.

Reading the committed edition needs nothing beyond the library's own requirements; rendering it anew
(`python -m songsim_lib.sources.tunebook.build`) or in full size (module `full`) needs the extra `[render]`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from songsim_lib import catalog as catalogs
from songsim_lib import splits
from songsim_lib.paths import ROOT
from songsim_lib.source_choice import SourceChoice

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
    table["path"] = f"{folder}{os.sep}" + table["path"]  # a `Path` for each takes longer than reading the table
    return table


def source(choice: SourceChoice, cache: Path, seed: int, max_recordings: int | None = None) -> pd.DataFrame:
    """List the recordings of the committed edition, or record the full size (see `full.catalog`) and list that.

    The test works of the full size are the edition's, in the edition's own recordings (column `test`), whatever part
    of it is drawn: models that learned from either can be compared.
    """
    edition = catalog()
    if choice["size"] == "full":
        from . import full  # music21 and the synthesizer are needed for nothing else

        made = full.catalog(choice, cache, seed, max_recordings)
        test = edition[splits.held_out(edition)]
        held_out = made["score_id"].isin(test["score_id"]).groupby(made["work_id"]).transform("any")
        return pd.concat([made[~held_out].assign(test=False), test.assign(test=True)], ignore_index=True)
    return edition
