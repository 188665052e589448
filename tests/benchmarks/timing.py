"""Medians of repeated runs, with the memory that they took."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Timed:
    """Seconds that one of what was asked for took: the median of `repeats` runs, the fastest and the slowest."""

    median: float
    fastest: float
    slowest: float
    repeats: int

    def as_dict(self) -> dict[str, float]:
        """Give the four fields by name."""
        return asdict(self)


def repeated(task: Callable[[], object], repeats: int, per: int = 1) -> Timed:
    """Run a task once unmeasured, then again and again; `per` is how many things one run does."""
    task()
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        found.append((time.perf_counter() - start) / per)
    return Timed(statistics.median(found), min(found), max(found), repeats)
