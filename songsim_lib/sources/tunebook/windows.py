"""Where in a piece the thirteen seconds begin: at a bar, and where there is music to hear."""

from __future__ import annotations

import numpy as np

from .accept import SECONDS
from .music import Piece, around_again
from .perform import TEMPO_RANGE

GRID = 0.25  # quarter notes
PHRASE_BARS = 8
LONGEST_REST_S = 0.7
MANY_NOTES = 40  # more notes of the melody in 13 s make a passage no better
NEARLY = 0.88


class WindowError(ValueError):
    """A piece without a passage to play; the message says why."""


def choose(piece: Piece, rng: np.random.Generator) -> tuple[Piece, int]:
    """A bar to start from, the same for every performance of the work, and the piece long enough to play on.

    A tune starts at its beginning or eight, sixteen ... bars later and goes round again when it ends. A score
    starts at any bar after which its melody sounds most of the time and nothing is silent for long.

    Returns
    -------
    The piece, repeated if 13 s at the fastest tempo need it, and the number of the bar (from 0).

    Raises
    ------
    WindowError : the whole score is interrupted by long rests.
    """
    need = SECONDS * piece.quarter_bpm * TEMPO_RANGE[1] / 60 + 1
    if piece.fact("repertoire") == "tunes":
        first = 1 if piece.bars[0].missing > 0 else 0
        starts = [0, *range(first + PHRASE_BARS, len(piece.bars) - 3, PHRASE_BARS)]
    else:
        starts = _full_of_music(piece, need)
    start = int(rng.choice(starts))
    turns = int(np.ceil((piece.bars[start].onset + need) / piece.length))
    return (around_again(piece, turns) if turns > 1 else piece), start


def _full_of_music(piece: Piece, need: float) -> list[int]:
    """The bars of a score from which on the melody is busiest, without a long rest of everybody."""
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
    return [number for busy, number in heard if busy <= NEARLY * min(heard)[0]]


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
