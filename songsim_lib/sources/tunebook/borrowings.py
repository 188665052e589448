"""Passages that songs, quartets and tunes share although they are different works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .alignment import Alignment
from .lines import Line, all_lines
from .music import Piece
from .variants import answering_bars, compare

LEAST_SHARED = 60.0  # nats: chance alone gives long scores more in common than tunes have
LEAST_SCORE = 14.0  # units of the commonest note: a phrase of four bars
LEAST_SIMILARITY = 0.7
LEAST_VARIETY = 0.6  # share of different runs of three intervals: an accompaniment's figure repeats few
LEAST_PITCHES = 6


def find(pieces: Sequence[Piece], works: Mapping[str, str], workers: int = 1) -> pd.DataFrame:
    """The strongest passage that any part of one score shares with any part of another, best first.

    A passage is as strong as its notes are many and alike: their number times the similarity.

    Songs and quartets are compared with each other and with the tunes, every staff; tunes among themselves
    are the business of `variants.find`. Scores of one work (`works`: score -> work), movements of one file and
    figures of accompaniment are left out.
    """
    tunes = [piece for piece in pieces if piece.repertoire.kind == "tune"]
    others = [piece for piece in pieces if piece.repertoire.kind != "tune"]
    of = {piece.score_id: piece for piece in pieces}
    lines = [*all_lines(tunes), *all_lines(others, every_part=True)]
    best: dict[tuple[str, str], dict] = {}
    for a, b, shared, found in compare(lines, workers, LEAST_SHARED, least_a_note=0.0):
        one, other = of[lines[a].score_id], of[lines[b].score_id]
        if not _between_works(one, other, works) or not _telling(lines[a], found):
            continue
        key = one.score_id, other.score_id
        if key not in best or found.similarity * len(found.first) > best[key]["strength"]:
            best[key] = _row(one, other, lines[a], lines[b], shared, found)
    table = pd.DataFrame(best.values())
    return table.sort_values(["strength", "score_a"], ascending=[False, True]) if len(table) else table


def _between_works(one: Piece, other: Piece, works: Mapping[str, str]) -> bool:
    """Whether a passage shared by two scores says something: not one work, one file, or two tunes."""
    tunes = one.repertoire.kind == other.repertoire.kind == "tune"
    same_file = one.fact("source") == other.fact("source")
    return not tunes and not same_file and works[one.score_id] != works[other.score_id]


def _telling(line: Line, found: Alignment) -> bool:
    """Whether a passage is long and alike enough, and more than a figure that goes round."""
    pitch = line.pitch[found.first].astype(int)
    steps = np.diff(pitch).tolist()
    runs = [tuple(steps[i : i + 3]) for i in range(len(steps) - 2)]
    varied = len(set(runs)) >= LEAST_VARIETY * len(runs) and len(set(pitch.tolist())) >= LEAST_PITCHES
    return varied and found.score >= LEAST_SCORE and found.similarity >= LEAST_SIMILARITY


def _row(one: Piece, other: Piece, first: Line, second: Line, shared: float, found: Alignment) -> dict:
    bars = answering_bars(first, second, found)
    row: dict[str, object] = {"strength": round(found.similarity * len(found.first), 1), "notes": len(found.first),
                              "similarity": round(found.similarity, 3), "shared_nats": round(shared, 1),
                              "transposition_semitones": (found.transposition + 6) % 12 - 6}
    for side, piece, line, heard in (("a", one, first, bars[0]), ("b", other, second, bars[1])):
        row |= {f"score_{side}": piece.score_id, f"composer_{side}": piece.fact("composer"),
                f"title_{side}": piece.fact("title"), f"collection_{side}": piece.fact("collection"),
                f"part_{side}": piece.parts[line.part].name, f"bars_{side}": f"{min(heard) + 1}-{max(heard) + 1}"}
    return row
