"""The calibration that comes with the project: read, checked, and put there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib.calibration import cohort as cohorts
from songsim_lib.calibration.cohort import Cohort
from songsim_lib.calibration.model import ASKED, COLUMNS, WEIGHED, Calibration
from songsim_lib.checkpoint import weight_parts
from songsim_lib.files import atomic, digest, read_json, write_json
from songsim_lib.models import Embedder
from songsim_lib.paths import CALIBRATION as FOLDER

FILE, NULL, TEST, COHORT = "calibration.json", "null.parquet", "test.parquet", "cohort.safetensors"
RESTORE = "it comes with the project; restore its folder with git"


@dataclass(frozen=True)
class Facts:
    """What `calibration.json` holds: `coefficients` by kind, `weights` of which network, and how it was made."""

    coefficients: dict[str, tuple[float, tuple[float, ...]]]
    weights: str
    works: int
    related: int
    made: dict[str, Any]


def weights_of(net: Embedder) -> str:
    """Name a network by its weights."""
    return digest(*weight_parts(net))


def save(facts: Facts, null: pd.DataFrame, cohort: Cohort, folder: Path = FOLDER) -> None:
    """Put a calibration into the project: `null` are its unrelated pairs, with COLUMNS."""
    write_table(null[list(COLUMNS)], folder / NULL)
    cohort.save(folder / COHORT)
    write_json(folder / FILE, {
        "coefficients": {kind: {"intercept": intercept, "weights": list(weights)}
                         for kind, (intercept, weights) in facts.coefficients.items()},
        "weights": facts.weights, "works": facts.works, "related": facts.related, "made": facts.made})
    load.cache_clear()


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write pairs compactly: to four decimals, compressed."""
    numbers = table.select_dtypes("floating").columns
    rounded = table.assign(**table[numbers].astype(np.float32).round(4))
    with atomic(path) as temporary:
        rounded.to_parquet(temporary, index=False, compression="zstd", compression_level=19)


def facts(folder: Path = FOLDER) -> Facts:
    """Read what a calibration was made of; raises as `load`."""
    path = folder / FILE
    found = read_json(path)
    if found is None:
        raise FileNotFoundError(f"{path} is not there: {RESTORE}")
    try:
        coefficients = {kind: (float(found["coefficients"][kind]["intercept"]),
                               tuple(map(float, found["coefficients"][kind]["weights"]))) for kind in ASKED}
        if not np.isfinite([number for one, more in coefficients.values() for number in (one, *more)]).all() or any(
                len(more) != len(WEIGHED[kind]) for kind, (_, more) in coefficients.items()):
            raise ValueError("coefficients are missing or not finite")
        return Facts(coefficients, str(found["weights"]), int(found["works"]), int(found["related"]),
                     dict(found["made"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged or outdated ({error!r}): {RESTORE}") from error


@cache
def load(folder: Path = FOLDER) -> Calibration:
    """Read the calibration that comes with the project.

    Raises
    ------
    FileNotFoundError, ValueError : a file of it is absent, damaged or outdated; names the file.
    """
    told, path = facts(folder), folder / COHORT
    try:
        cohort = cohorts.load(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there: {RESTORE}") from None
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}): {RESTORE}") from error
    return Calibration.of(_table(folder / NULL, COLUMNS), cohort, told.coefficients, told.works, told.related)


def of(net: Embedder, folder: Path = FOLDER) -> Calibration | None:
    """Read the calibration of a network; None for any but the one that comes with the project."""
    return load(folder) if weights_of(net) == facts(folder).weights else None


def test_pairs(folder: Path = FOLDER) -> pd.DataFrame:
    """Read pairs of unseen test works with what both witnesses say: COLUMNS, kind, work_a, work_b; raises as `load`."""
    return _table(folder / TEST, (*COLUMNS, "kind", "work_a", "work_b"))


def _table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        found = pd.read_parquet(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there: {RESTORE}") from None
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise ValueError(f"{path} is damaged ({error}): {RESTORE}") from error
    if missing := [name for name in columns if name not in found]:
        raise ValueError(f"{path} lacks {', '.join(missing)}: {RESTORE}")
    numbers = found[list(COLUMNS)].to_numpy(float)
    if not len(found) or not np.isfinite(numbers).all() or (numbers <= 0).any():
        raise ValueError(f"{path} holds values that are missing or no distances and durations: {RESTORE}")
    return found
