"""The best and the worst cases: what a system hears as the same work, and where it is mistaken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from songsim_lib.catalog import KEYS
from songsim_lib.metrics.retrieval import Labels


@dataclass(frozen=True)
class Case:
    """A query with its nearest version and the nearest recording of another work, as rows of the catalog.

    `margin` is how much nearer the version is (negative when the other work is), `rank` the version's rank.
    """

    query: int
    version: int
    rival: int
    margin: float
    rank: int

    @property
    def found(self) -> bool:
        """The version is nearer than every other work."""
        return self.margin > 0


def cases(distances: np.ndarray, labels: Labels) -> list[Case]:
    """Describe every query, from the clearest success to the clearest failure.

    The margin is divided by the typical distance (the median of the query's), since queries differ in how crowded
    their neighbourhood is.

    Parameters
    ----------
    distances [shape=(n, n)], labels : as in the evaluation.
    """
    found = []
    for query in np.flatnonzero(labels.queries):
        row = distances[query].astype(float)
        other = labels.recordings != labels.recordings[query]
        relevant = other & (labels.works == labels.works[query])
        version = int(np.where(relevant, row, np.inf).argmin())
        rival = int(np.where(other & ~relevant, row, np.inf).argmin())
        margin = (row[rival] - row[version]) / max(float(np.median(row[other])), 1e-12)
        rank = 1 + int((row[other & ~relevant] <= row[version]).sum())
        found.append(Case(int(query), version, rival, float(margin), rank))
    return sorted(found, key=lambda case: -case.margin)


def extremes(distances: np.ndarray, labels: Labels, n: int = 2) -> tuple[list[Case], list[Case]]:
    """Pick the n best and the n worst cases, each of another work."""
    every = cases(distances, labels)
    return _of_different_works(every, labels, n), _of_different_works(every[::-1], labels, n)


def _of_different_works(ordered: list[Case], labels: Labels, n: int) -> list[Case]:
    first: dict = {}
    for case in ordered:
        first.setdefault(labels.works[case.query], case)
    return list(first.values())[:n]


def caption(row: pd.Series) -> str:
    """Name a recording by what sets it apart from other versions: title, instruments, key, tempo."""
    parts = [str(row["title"])]
    if isinstance(row.get("instruments"), list | np.ndarray):
        parts.append(", ".join(map(str, row["instruments"])))
    if pd.notna(row.get("key")):
        parts.append(f"in {KEYS[int(row['key'])]}")
    if pd.notna(row.get("tempo")):
        parts.append(f"{row['tempo']:.0f} beats a minute")
    return "; ".join(part for part in parts if part)
