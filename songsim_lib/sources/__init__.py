"""Where recordings come from: one module a source, each giving the same catalog."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from songsim_lib.sources import tunebook

# Name on the command line -> function that returns a validated catalog with absolute paths.
# `config.SOURCE_NAMES` lists the same names without importing anything; a test compares the two.
SOURCES: dict[str, Callable[[], pd.DataFrame]] = {
    "tunebook": tunebook.catalog,
}

# One sentence a source: what its recordings are, for the report's caveats.
DESCRIPTIONS = {
    "tunebook": "the embedded corpus: public-domain scores played by a synthesizer, not recorded sound",
}
