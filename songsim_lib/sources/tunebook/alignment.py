"""Two melodies side by side: the best local alignment in any key, tolerant of rhythm and ornament.

Smith & Waterman's algorithm (1981) with costs that grow with the length of the notes, in the spirit of
Mongeau & Sankoff (1990): a passing note that one setting lacks is cheap, a long note that differs is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from .lines import RUN, Line

OCTAVE_SHARE = 0.6  # what an equal note in another octave is worth
SEMITONE_COST = 0.3  # a note of another mode or with a forgotten accidental
STEP_COST = 0.8
OTHER_COST = 1.0
RHYTHM_COST = 0.25
GAP_COST = 0.7
BEAT_COST = 0.25  # a note on the beat set against one off it
KEYS_TRIED = 2
LIKELY = 0.5  # a key is tried if it has so many of the votes of the likeliest one


@dataclass(frozen=True)
class Alignment:
    """How two lines answer each other.

    `first`, `second` index the notes of either line, pair by pair [shape=(n,)]. `score` is what the path is
    worth, in units of the commonest note; `similarity` the same as a share of what two equal passages of that
    length would be worth; `coverage` the shares of either melody that lie inside the path.
    """

    transposition: int
    score: float
    similarity: float
    coverage: tuple[float, float]
    first: np.ndarray
    second: np.ndarray


def align(one: Line, other: Line) -> Alignment | None:
    """The best local alignment over the likeliest transpositions; None when nothing aligns."""
    found = [_aligned(one, other, shift) for shift in _shifts(one, other)]
    return max((a for a in found if a is not None), key=lambda a: a.score, default=None)


def _shifts(one: Line, other: Line) -> list[int]:
    """The transpositions most runs of equal intervals ask for, the commonest first."""
    places: dict[tuple[int, ...], list[int]] = {}
    steps = [np.diff(line.pitch.astype(int)) for line in (one, other)]
    length = RUN // 2
    for i in range(len(steps[0]) - length + 1):
        places.setdefault(tuple(steps[0][i : i + length]), []).append(i)
    votes: dict[int, int] = {}
    for j in range(len(steps[1]) - length + 1):
        for i in places.get(tuple(steps[1][j : j + length]), ()):
            shift = int(other.pitch[j]) - int(one.pitch[i])
            votes[shift] = votes.get(shift, 0) + 1
    likely = [shift for shift in votes if votes[shift] >= LIKELY * max(votes.values())]
    return sorted(likely, key=lambda shift: (-votes[shift], abs(shift)))[:KEYS_TRIED]


def _aligned(one: Line, other: Line, shift: int) -> Alignment | None:
    score, first, second = _smith_waterman(one.pitch, one.weight, one.strong, other.pitch, other.weight,
                                           other.strong, shift)
    if not len(first):
        return None
    spans = [line.weight[path[0] : path[-1] + 1].sum() for line, path in ((one, first), (other, second))]
    totals = [line.weight.sum() for line in (one, other)]
    return Alignment(shift, float(score), float(score / max(spans)),
                     (float(spans[0] / totals[0]), float(spans[1] / totals[1])), first, second)


@njit(nogil=True, cache=True, inline="always")
def _worth(difference, weight_a, weight_b, strong_a, strong_b):
    """What it is worth to set one note against another."""
    lesser = min(weight_a, weight_b)
    cost = RHYTHM_COST * abs(weight_a - weight_b)
    if strong_a != strong_b:
        cost += BEAT_COST * lesser
    if difference == 0:
        return lesser - cost
    if difference % 12 == 0:
        return OCTAVE_SHARE * lesser - cost
    size = abs(difference)
    share = SEMITONE_COST if size == 1 else STEP_COST if size == 2 else OTHER_COST
    return -share * (weight_a + weight_b) / 2 - cost


@njit(nogil=True, cache=True)
def _smith_waterman(pitch_a, weight_a, strong_a, pitch_b, weight_b, strong_b, shift):
    """Score of the best path, and its pairs of notes in order."""
    n, m = len(pitch_a), len(pitch_b)
    best = np.zeros((n + 1, m + 1), np.float32)
    move = np.zeros((n + 1, m + 1), np.uint8)  # 0 stop, 1 both, 2 first only, 3 second only
    top, end_a, end_b = 0.0, 0, 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            difference = int(pitch_b[j - 1]) - int(pitch_a[i - 1]) - shift
            both = best[i - 1, j - 1] + _worth(difference, weight_a[i - 1], weight_b[j - 1],
                                               strong_a[i - 1], strong_b[j - 1])
            skip_a = best[i - 1, j] - GAP_COST * weight_a[i - 1]
            skip_b = best[i, j - 1] - GAP_COST * weight_b[j - 1]
            here, how = 0.0, 0
            if both > here:
                here, how = both, 1
            if skip_a > here:
                here, how = skip_a, 2
            if skip_b > here:
                here, how = skip_b, 3
            best[i, j], move[i, j] = here, how
            if here > top:
                top, end_a, end_b = here, i, j
    return top, *_path(move, end_a, end_b)


@njit(nogil=True, cache=True)
def _path(move, i, j):
    """The pairs of notes on the way back from an end."""
    first, second = [], []
    while move[i, j] != 0:
        if move[i, j] == 1:
            i, j = i - 1, j - 1
            first.append(i)
            second.append(j)
        elif move[i, j] == 2:
            i -= 1
        else:
            j -= 1
    return np.array(first[::-1], np.int32), np.array(second[::-1], np.int32)
