"""Where recordings come from: one module a source, each giving the same catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import tunebook

# Name on the command line -> function (choice, cache, seed, max_recordings) that returns a validated catalog with
# absolute paths. `cache` is a folder for what takes long to get, `seed` fixes every random choice, and a source that
# must first make or fetch its recordings does so for no more than `max_recordings`, whole works drawn at random.
# `source_choice.SOURCE_KINDS` has the same names without importing anything; a test compares the two.
Source = Callable[[SourceChoice, Path, int, int], pd.DataFrame]
SOURCES: dict[str, Source] = {
    "tunebook": tunebook.source,
}
