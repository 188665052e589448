"""Pairs of songs that were argued about, in court or by scholars: what became of them, and what a comparison says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from songsim_lib.catalog import CatalogError
from songsim_lib.fetch import FetchError
from songsim_lib.paths import ROOT
from songsim_lib.sources import previews, tables

if TYPE_CHECKING:
    from songsim_lib.compare.comparison import Comparison

FILE = ROOT / "data" / "cases.csv"
COLUMNS = ("case_id", "later_artist", "later_title", "later_year", "earlier_artist", "earlier_title", "earlier_year",
           "kind", "outcome", "source")
KINDS = ("infringement", "no infringement", "settled", "credited", "never tried", "no dispute")
YEAR = re.compile("[0-9]{4}")
BLANK = "–"  # of a case that was not compared


@dataclass(frozen=True)
class Work:
    """One of two songs, and the year of its first release, or of its composition."""

    artist: str
    title: str
    year: int

    def __str__(self) -> str:
        return f"{self.artist}: {self.title} ({self.year})"


@dataclass(frozen=True)
class Case:
    """Two songs, what became of the claim (`kind`, one of `KINDS`; `outcome`, in words), and who says so."""

    case_id: str
    later: Work
    earlier: Work
    kind: str
    outcome: str
    source: str


def load(path: Path = FILE) -> list[Case]:
    """Read the list of cases, in its order.

    Raises
    ------
    ValueError : not such a list; names the file, the row (counted from 1, below the names of columns) and the field,
        and says what to do.
    """
    cases: dict[str, Case] = {}
    for number, row in enumerate(tables.read(path, COLUMNS).fillna("").to_dict("records"), 1):
        case = _case({name: row[name].strip() for name in COLUMNS}, f"{path}, row {number}")
        if case.case_id in cases:
            raise ValueError(f"{path}, row {number}: case_id {case.case_id!r} is there already; give each case its own")
        cases[case.case_id] = case
    return list(cases.values())


def _case(row: Mapping[str, str], where: str) -> Case:
    if empty := [name for name in COLUMNS if not row[name]]:
        raise ValueError(f"{where}: {', '.join(empty)} is empty; fill it in, or leave the case out")
    if row["kind"] not in KINDS:
        raise ValueError(f"{where}: kind is {row['kind']!r}; write one of {', '.join(KINDS)}")
    later, earlier = _work(row, "later", where), _work(row, "earlier", where)
    if earlier.year > later.year:
        raise ValueError(f"{where}: earlier_year {earlier.year} is after later_year {later.year}; exchange the songs, "
                         "or correct a year")
    return Case(row["case_id"], later, earlier, row["kind"], row["outcome"], row["source"])


def _work(row: Mapping[str, str], which: str, where: str) -> Work:
    year = row[f"{which}_year"]
    if not YEAR.fullmatch(year):
        raise ValueError(f"{where}: {which}_year is {year!r}; write a year with four digits")
    return Work(row[f"{which}_artist"], row[f"{which}_title"], int(year))


def gather(cases: Sequence[Case], folder: Path) -> tuple[dict[str, tuple[Path, Path]], str]:
    """Fetch previews of both songs of every case, as far as Deezer or iTunes have them; without them, say why.

    What is in the folder is not fetched again, and is used without a connection too. That no server can be reached is
    known after some 16 s (`previews.PATIENCE` songs, tried in vain at both services), behind a firewall that answers
    nothing after minutes.

    Returns
    -------
    The sounds of the later and of the earlier song, by case, where both were found and are two; and a sentence.
    """
    if not cases:
        return {}, "No case was asked for."
    songs, names = _songs(cases)
    try:
        found = _found(songs, folder)
    except (CatalogError, FetchError) as error:
        return {}, f"No previews: {error}."
    paths = {name: Path(path) for name, path in zip(found["track_id"], found["path"], strict=True)}
    sides = {case.case_id: (paths.get(names[case.later]), paths.get(names[case.earlier])) for case in cases}
    both = {case_id: (later, earlier) for case_id, (later, earlier) in sides.items() if later and earlier}
    return both, f"Previews of both songs were found for {len(both)} of {len(cases)} cases."


def _songs(cases: Sequence[Case]) -> tuple[pd.DataFrame, dict[Work, str]]:
    """List the songs of all cases as `previews.gather` takes them, each once, with their names."""
    names: dict[Work, str] = {}
    for case in cases:
        names.setdefault(case.later, f"{case.case_id}-later")
        names.setdefault(case.earlier, f"{case.case_id}-earlier")
    rows = [(name, name, work.artist, work.title) for work, name in names.items()]
    return pd.DataFrame(rows, columns=["track_id", "work_id", "artist", "title"]), names


def _found(songs: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Fetch all songs that can be had; without a connection, take those that are there from an earlier time."""
    try:
        return previews.gather(songs, folder, want=len(songs))
    except CatalogError:
        there = songs[[any(folder.glob(f"{name}-*.*")) for name in songs["track_id"]]]
        if there.empty:
            raise
        return previews.gather(there, folder, want=len(there))


def table(cases: Sequence[Case], said: Mapping[str, Comparison]) -> pd.DataFrame:
    """List every case, with what the comparison of its previews says (`said`, by case) where there is one.

    Returns
    -------
    Columns later, earlier, outcome (its kind), verdict, p-value, likelihood ratio; all of them text.
    """
    rows = [{"later": str(case.later), "earlier": str(case.earlier), "outcome": case.kind,
             **_said(said.get(case.case_id))} for case in cases]
    return pd.DataFrame(rows, index=pd.Index([case.case_id for case in cases], name="case"))


def _said(comparison: Comparison | None) -> dict[str, str]:
    stated = comparison.calibrated if comparison else None
    return {"verdict": comparison.verdict if comparison else BLANK,
            "p-value": stated.rarity() if stated else BLANK,
            "likelihood ratio": stated.times() if stated else BLANK}
