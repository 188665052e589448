"""One tune as several collections print it: chosen by rule from the confirmed variants, engraved, to be heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import pandas as pd

from songsim_lib.sources import tunebook
from songsim_lib.sources.tunebook import melodies
from songsim_lib.sources.tunebook.families import answering
from songsim_lib.sources.tunebook.music import Piece

from . import stack, svg
from .answers import Marks, marked

COLLECTIONS = ("aird", "ryan", "oneill")  # in the order they were printed
YEARS = {"aird": "1782-1803"}  # of collections that came out over years; the catalog dates single volumes
CITED = {1778: "1778 (often cited as 1782)"}  # as the transcription of Aird's first volume says
SHOWN_BARS = 8
PHRASE_BARS = 4
IDENTICAL = 0.9  # a similarity above it means hardly another note
PAIRS = ["score_a", "score_b", "work_id", "repertoire_a", "repertoire_b", "same_title"]


@dataclass(frozen=True)
class Member:
    """One setting of the tune: its melody, the bars to show and their marks, and its row of the catalog."""

    piece: Piece
    bars: range
    marks: Marks
    row: Mapping[str, object]

    @property
    def caption(self) -> str:
        """Title, collection and year: 'Money Musk: Ryan's Mammoth Collection, 1883'."""
        return f"{self.row['title']}: {self.row['collection']}, {printed(self.row)}"

    def svg(self) -> str:
        """The bars to show, engraved."""
        return svg(self.piece, self.bars, self.marks.colours, self.caption, labels=self.marks.labels)


def confirmed(source: str) -> pd.DataFrame:
    """Confirmed variants of a source, one row a pair; empty for a source that has none."""
    path = tunebook.FOLDER / "variants.parquet"
    return pd.read_parquet(path) if source == "tunebook" and path.is_file() else pd.DataFrame(columns=PAIRS)


def printed(row: Mapping[str, object]) -> str:
    """When a setting was printed, as far as the source says."""
    year = row.get("year")
    if pd.isna(year):
        return YEARS.get(str(row["repertoire"]), "undated")
    return CITED.get(int(year), str(int(year)))  # type: ignore[call-overload]


def find(variants: pd.DataFrame, catalog: pd.DataFrame | None = None) -> list[Member]:
    """Show the tune that the three collections print most alike, but not alike to the note.

    Parameters
    ----------
    variants : as `confirmed` gives it.
    catalog : recordings to choose among (default: those of the embedded corpus).

    Returns
    -------
    One member a collection, in the order of printing; of fewer collections where no tune is in all three, and
    none at all where no two recorded scores are variants.
    """
    if variants.empty:
        return []
    catalog = tunebook.catalog() if catalog is None else catalog
    if "score_id" not in catalog:
        return []
    rows = catalog.drop_duplicates("score_id").set_index("score_id", drop=False)
    known = variants[variants["score_a"].isin(rows.index) & variants["score_b"].isin(rows.index)]
    links = {frozenset((pair.score_a, pair.score_b)): pair for pair in known.itertuples()}
    scores = max(_candidates(links, rows["repertoire"]), key=lambda group: _rank(group, links), default=())
    pieces = melodies.load(tunebook.FOLDER / "melodies.parquet", scores) if scores else {}
    return _members([pieces[score] for score in scores], links, rows)


def _candidates(links: Mapping[frozenset, Any], repertoire: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Groups of scores, one a collection, any two of them confirmed variants."""
    near: dict[str, dict[str, list[str]]] = {}
    for pair in links:
        for here, there in product(pair, pair):
            near.setdefault(here, {}).setdefault(str(repertoire[there]), []).append(there)
    for size in (3, 2):
        for names in combinations(COLLECTIONS, size):
            for first in sorted(score for score in near if repertoire[score] == names[0]):
                for rest in product(*(sorted(set(near[first].get(name, []))) for name in names[1:])):
                    if all(frozenset(pair) in links for pair in combinations(rest, 2)):
                        yield (first, *rest)


def _rank(scores: tuple[str, ...], links: Mapping[frozenset, Any]) -> tuple[int, bool, float]:
    """More collections first, then not the same notes, then how alike the whole melodies are."""
    found = [links[frozenset(pair)] for pair in combinations(scores, 2)]
    return (len(scores), max(pair.similarity for pair in found) < IDENTICAL,
            sum(pair.similarity * min(pair.coverage_a, pair.coverage_b) for pair in found))


def _members(pieces: list[Piece], links: Mapping[frozenset, Any], rows: pd.DataFrame) -> list[Member]:
    """Choose the bars to show: those of the first setting that most others answer, and the answers."""
    if not pieces:
        return []
    first = pieces[0]
    answers = [answering(links[frozenset((first.score_id, other.score_id))], first.score_id) for other in pieces[1:]]
    pickup = int(first.bars[0].missing > 0)  # phrases are counted from the first full bar
    starts = range(pickup, max(len(first.bars) - SHOWN_BARS, pickup) + 1, PHRASE_BARS)
    said = [{here for here, _ in pairs} for pairs in answers]
    begin = max(starts, key=lambda start: sum(bar in said_by for said_by in said
                                              for bar in range(start, start + SHOWN_BARS)))
    bars = range(begin, min(begin + SHOWN_BARS, len(first.bars)))
    marks = marked(bars, *answers)
    return [Member(piece, _with_pickup(piece, mark), mark, rows.loc[piece.score_id].to_dict())
            for piece, mark in zip(pieces, marks, strict=True)]


def _with_pickup(piece: Piece, marks: Marks) -> range:
    """From the first marked bar to the last, and a pickup right before them."""
    begin, end = min(marks.colours), max(marks.colours) + 1
    return range(0 if begin == 1 and piece.bars[0].missing else begin, end)


def picture(members: list[Member]) -> str:
    """All settings one above the other, as SVG; bars that answer each other share colour and letter."""
    return stack([member.svg() for member in members])
