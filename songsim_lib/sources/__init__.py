"""Where recordings come from: one module a source, each giving the same catalog."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from songsim_lib.sources import tunebook

# Name on the command line -> function that returns a validated catalog with absolute paths.
# `config.SOURCE_DESCRIPTIONS` has the same names without importing anything; a test compares the two.
SOURCES: dict[str, Callable[[], pd.DataFrame]] = {
    "tunebook": tunebook.catalog,
}
