"""What could not be used, and why: the rows of failed.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from songsim_lib.files import atomic


@dataclass(frozen=True)
class Failure:
    """Something that could not be used: which item, its title, at what stage, and the reason."""

    item: str
    title: str
    stage: str
    reason: str


def load(path: Path) -> list[Failure]:
    """Read failed.csv back."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Failure(**row) for row in csv.DictReader(file)]


def save(failures: Iterable[Failure], path: Path) -> None:
    """Write failed.csv, sorted by stage and item, atomically."""
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Failure)])
        writer.writeheader()
        writer.writerows(asdict(failure) for failure in sorted(failures, key=lambda f: (f.stage, f.item)))
