"""Where in a piece the thirteen seconds begin: at a bar, and where there is music to hear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .accept import SECONDS
from .music import Piece, around_again, excerpt
from .perform import TEMPO_RANGE

GRID = 0.25  # quarter notes
PHRASE_BARS = 8
FEWEST_BARS = 4
LONGEST_REST_S = 0.7
MANY_NOTES = 40  # more notes of the melody in 13 s make a passage no better
NEARLY, ENOUGH = 0.88, 0.5  # as busy as the busiest passage


class WindowError(ValueError):
    """A piece without a passage to play; the message says why."""


def starts(piece: Piece, rng: np.random.Generator) -> list[int]:
    """All bars (from 0) that a window may start from, the best ones first, in a random order.

    A tune starts at its beginning or eight, sixteen ... bars later and goes round again when it ends. A score
    starts at a bar after which its melody is about as busy as anywhere, then at others at least half as busy, and
    never where everybody is silent for long.

    Raises
    ------
    WindowError : the piece has no notes or hardly any bars, or is interrupted by long rests throughout.
    """
    if len(piece.bars) < FEWEST_BARS:
        raise WindowError(f"it has only {len(piece.bars)} bars")
    if not piece.parts or not piece.melody:
        raise WindowError("its melody has no pitched notes")
    if piece.repertoire.kind == "tune":
        first = 1 if piece.bars[0].missing > 0 else 0
        groups = [[0, *range(first + PHRASE_BARS, len(piece.bars) - 3, PHRASE_BARS)]]
    else:
        groups = _full_of_music(piece, _need(piece))
    return [int(start) for group in groups for start in rng.permutation(group)]


def apart(piece: Piece, start: int, taken: Sequence[int]) -> bool:
    """Whether a window from `start` is clearly other music than those taken.

    It starts at least eight bars or half a window away, and its first half is not the same melody again, as in a
    repeated part.
    """
    half = SECONDS * piece.quarter_bpm / 60 / 2
    distance = min(PHRASE_BARS * piece.length / len(piece.bars), half)
    opening = _opening(piece, start, half)
    return all(abs(piece.bars[start].onset - piece.bars[other].onset) >= distance - 1e-6
               and _opening(piece, other, half) != opening for other in taken)


def long_enough(piece: Piece, start: int) -> Piece:
    """The piece, repeated if 13 s from a bar on at the fastest tempo need it."""
    turns = int(np.ceil((piece.bars[start].onset + _need(piece)) / piece.length))
    return around_again(piece, turns) if turns > 1 else piece


def _need(piece: Piece) -> float:
    """Quarter notes that 13 s may hold."""
    return SECONDS * piece.quarter_bpm * TEMPO_RANGE[1] / 60 + 1


def _opening(piece: Piece, start: int, quarters: float) -> list[tuple[float, int]]:
    melody = excerpt(piece, start, quarters).melody
    return [(round(note.onset, 3), note.pitch) for note in melody]


def _full_of_music(piece: Piece, need: float) -> list[list[int]]:
    """The bars of a score from which on the melody is busiest, and those where it is busy enough."""
    melody = _sounding(piece, 1)
    anything = _sounding(piece, len(piece.parts))
    onsets = np.array([note.onset for note in piece.melody])
    ranked = []
    for number, bar in enumerate(piece.bars):
        begin, end = round(bar.onset / GRID), round((bar.onset + need) / GRID)
        if end > len(melody) and number:
            break
        rest = _longest_gap(anything[begin:end]) * GRID * 60 / piece.quarter_bpm
        notes = int(((onsets >= bar.onset - 1e-6) & (onsets < bar.onset + need)).sum())
        busy = float(melody[begin:end].mean()) * min(notes, MANY_NOTES)
        ranked.append((rest > LONGEST_REST_S, -busy, number))
    heard = [(busy, number) for long, busy, number in ranked if not long]
    if not heard:
        raise WindowError(f"no {SECONDS:.0f} s without a rest of more than {LONGEST_REST_S} s")
    best = min(heard)[0]
    return [[number for busy, number in heard if busy <= NEARLY * best],
            [number for busy, number in heard if NEARLY * best < busy <= ENOUGH * best]]


def _sounding(piece: Piece, n_parts: int) -> np.ndarray:
    """Whether any of the first parts sounds, on a grid of sixteenth notes [shape=(n,)]."""
    grid = np.zeros(int(np.ceil(piece.length / GRID)), bool)
    for part in piece.parts[:n_parts]:
        for note in part.notes:
            grid[int(note.onset / GRID) : int(np.ceil(note.end / GRID))] = True
    return grid


def _longest_gap(grid: np.ndarray) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (~grid).astype(int), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))
