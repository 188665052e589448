"""The table of a sweep: one row a training, with the setting it had, beside what all of them have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from songsim_lib import sheets
from songsim_lib.files import read_json, write_json
from songsim_lib.paths import SWEEP
from songsim_lib.study import Study
from songsim_lib.sweep.space import ARCHITECTURES, Knob, knobs

TABLE, ABOUT = "trials.csv", "sweep.json"


@dataclass(frozen=True)
class Sweep:
    """A sweep as far as it has come.

    `table` has a row for each training: point (of the setting), experiment (of the report, if the setting is one of
    its own), the knobs, repeat, seed, accuracy, loss, first, mrr, best_epoch, train_loss, seconds, machine, failed
    (why it has no scores). `about` says what all have in common.
    """

    table: pd.DataFrame
    about: Mapping[str, Any]

    @property
    def knobs(self) -> dict[str, Knob]:
        """The knobs by name."""
        lowest, highest = self.about["learning_rates"]
        return knobs(self.about["architecture"], (lowest, highest))

    @property
    def trained(self) -> pd.DataFrame:
        """The trainings that have scores."""
        return self.table[self.table["accuracy"].notna()]

    @property
    def settings(self) -> pd.DataFrame:
        """One row a setting: point, experiment, the knobs, and the mean accuracy of its trainings."""
        by = ["point", "experiment", *self.knobs]
        return self.trained.groupby(by, as_index=False, dropna=False)["accuracy"].mean()

    def save(self, folder: Path) -> None:
        """Write the two files that `load` reads."""
        sheets.write(self.table, folder / TABLE, float_format="%.7g")
        write_json(folder / ABOUT, dict(self.about))


def table(trainings: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Make the table of a sweep from its rows, in the order of points and repeats."""
    found = pd.DataFrame(trainings, columns=None if trainings else ["point", "repeat", "experiment", "machine"])
    for column in ("accuracy", "failed"):  # no training may have the one or the other
        found[column] = found.get(column)
    return _filled(found.sort_values(["point", "repeat"], ignore_index=True))


def _filled(found: pd.DataFrame) -> pd.DataFrame:
    """Put empty text where a column of words has none."""
    words = ["experiment", "machine", "failed"]
    found[words] = found[words].astype(object).fillna("")
    return found


def load(folder: Path) -> Sweep | None:
    """Read a sweep; None where there is none."""
    about = read_json(folder / ABOUT)
    if about is None:
        return None
    return Sweep(_filled(pd.read_csv(folder / TABLE)), about)


def folder_of(study: Study, architecture: str) -> Path:
    """Find the folder of a study's sweep; its name is not that of a training, which `--fresh` would delete."""
    return study.paths.runs / f"sweep-{architecture}-{study.name}"


def tables(study: Study) -> list[Path]:
    """List where the tables of a study's sweeps would lie."""
    return [folder_of(study, architecture) / TABLE for architecture in ARCHITECTURES]


def find(study: Study, committed: Path = SWEEP) -> Sweep:
    """Read the sweep of a study if one has begun, else the one that comes with the project.

    Raises
    ------
    FileNotFoundError : there is neither.
    """
    for folder in (*(table.parent for table in tables(study)), committed):
        sweep = load(folder)
        if sweep and len(sweep.trained):
            return sweep
    raise FileNotFoundError(f"no sweep in {committed}; make one with ./run_all.sh sweep")
