"""The folders beside its own that a study writes to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Products:
    """The folders beside its own that a study's steps write to; looked up anew at each iteration.

    `store` is the feature store. In `runs` lies one folder for each training of an experiment, also of those that
    only the audit trains: "cnn_b32-STUDY", and "cnn_b32-STUDY-r1" where it was trained again. Names of experiments
    hold no hyphen, so the folders of another study cannot be taken for this one's.
    """

    store: Path
    runs: Path
    study: str

    def __iter__(self) -> Iterator[Path]:
        training = re.compile(rf"(?!study-)[^-]+-{re.escape(self.study)}(-r[1-9][0-9]*)?")
        found = self.runs.iterdir() if self.runs.is_dir() else ()
        yield from (self.store, *sorted(path for path in found if training.fullmatch(path.name) and path.is_dir()))
