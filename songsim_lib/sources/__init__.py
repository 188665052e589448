"""Where recordings come from: one module a source, each giving the same catalog."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pandas as pd

from songsim_lib.source_choice import SourceChoice

# A source is a function (choice, cache, seed, max_recordings) that returns a validated catalog with absolute paths.
# `cache` is a folder for what takes long to get, `seed` fixes every random choice, and a source that must first make or
# fetch its recordings does so for no more than `max_recordings`, whole works drawn at random.
Source = Callable[[SourceChoice, Path, int, int], pd.DataFrame]


def source(choice: SourceChoice) -> Source:
    """Give the function `source` of the module that is called as the chosen source is; no other one is imported."""
    return import_module(f"{__name__}.{choice.name}").source  # type: ignore[no-any-return]


def metadata(choice: SourceChoice) -> pd.DataFrame | None:
    """Give all that a source knows of songs, also of those whose sound a study does not use; None where it is no more.

    The columns are those of a catalog, without `path`.
    """
    known = getattr(import_module(f"{__name__}.{choice.name}"), "metadata", None)
    return known(choice) if known else None
