"""Passages that songs, quartets and tunes share although they are different works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from .alignment import Alignment
from .lines import Line, all_lines
from .music import Piece
from .variants import answering_bars, compare

LEAST_SHARED = 60.0  # nats: chance alone gives long scores more in common than tunes have
LEAST_SCORE = 14.0  # units of the commonest note: a phrase of four bars
LEAST_SIMILARITY = 0.7


def find(pieces: Sequence[Piece], works: Mapping[str, str], workers: int = 1) -> pd.DataFrame:
    """The strongest passage that any part of one score shares with any part of another, best first.

    Songs and quartets are compared with each other and with the tunes, every staff; tunes among themselves
    are the business of `variants.find`. Scores of one work (`works`: score -> work) and movements of one file
    are left out.
    """
    tunes = [piece for piece in pieces if piece.repertoire.kind == "tune"]
    others = [piece for piece in pieces if piece.repertoire.kind != "tune"]
    of = {piece.score_id: piece for piece in pieces}
    lines = [*all_lines(tunes), *all_lines(others, every_part=True)]
    best: dict[tuple[str, str], dict] = {}
    for a, b, shared, found in compare(lines, workers, LEAST_SHARED, least_a_note=0.0):
        one, other = of[lines[a].score_id], of[lines[b].score_id]
        if not _between_works(one, other, works) or found.score < LEAST_SCORE or found.similarity < LEAST_SIMILARITY:
            continue
        key = one.score_id, other.score_id
        if key not in best or found.score > best[key]["score"]:
            best[key] = _row(one, other, lines[a], lines[b], shared, found)
    table = pd.DataFrame(best.values())
    return table.sort_values(["score", "score_a"], ascending=[False, True]) if len(table) else table


def _between_works(one: Piece, other: Piece, works: Mapping[str, str]) -> bool:
    """Whether a passage shared by two scores says something: not one work, one file, or two tunes."""
    tunes = one.repertoire.kind == other.repertoire.kind == "tune"
    same_file = one.fact("source") == other.fact("source")
    return not tunes and not same_file and works[one.score_id] != works[other.score_id]


def _row(one: Piece, other: Piece, first: Line, second: Line, shared: float, found: Alignment) -> dict:
    bars = answering_bars(first, second, found)
    row: dict[str, object] = {"score": round(found.score, 1), "similarity": round(found.similarity, 3),
                              "notes": len(found.first), "shared_nats": round(shared, 1),
                              "transposition_semitones": (found.transposition + 6) % 12 - 6}
    for side, piece, line, heard in (("a", one, first, bars[0]), ("b", other, second, bars[1])):
        row |= {f"score_{side}": piece.score_id, f"composer_{side}": piece.fact("composer"),
                f"title_{side}": piece.fact("title"), f"collection_{side}": piece.fact("collection"),
                f"part_{side}": piece.parts[line.part].name, f"bars_{side}": f"{min(heard) + 1}-{max(heard) + 1}"}
    return row
