"""Which moments of two recordings are near each other, in each of the twelve transpositions.

`baselines.qmax` asks how alike two recordings are as a whole, and takes a share of all states as near; in a longer
recording that is more neighbours for each state, and chance paths grow with it. Whoever looks for a short passage
needs a number of neighbours that does not grow: see NEIGHBOURS.
"""

from __future__ import annotations

import math

import numpy as np

from songsim_lib.baselines import qmax

# Measured on recordings of train works of the tunebook, n = 30 (16 where both are long): 8 s of another performance
# inside other works, found with an overlap (IoU) of half or more in both recordings and above what 95 of 100 unrelated
# pairs reach. For 13 s in 21 s, 13 s in 1:40, one of 52 s in 60 s, of 2:10 in 2:18: 0.77, 0.63, 0.67, 0.50; with
# `qmax.recurrence`'s 9.5 % 0.73, 0.60, 0.00, and none in 0.28 s frames for the last. Four and twelve neighbours: 0.73,
# 0.60, 0.63, 0.50 and 0.77, 0.57, 0.60, 0.56.
POOLED = 2  # frames of chroma read as one, 0.19 s
NEIGHBOURS = 7  # states of the other recording that count as near; the same number however long it is
MOST_STATES = 2_000  # of the longer recording; beyond 6 minutes it is read more coarsely, which bounds memory and time
MOST_SHARE = 0.3  # of a very short recording's states
FEWEST = POOLED * qmax.SHORTEST  # frames of chroma, 1.5 s


def check(chroma: np.ndarray, name: str) -> None:
    """Refuse what is no chroma (12, T), or too short to have passages.

    Raises
    ------
    ValueError : says which and why.
    """
    if chroma.ndim != 2 or len(chroma) != 12 or not np.isfinite(chroma).all():
        raise ValueError(f"chroma {name} is not a finite array (12, T), but of shape {chroma.shape}")
    if chroma.shape[1] < FEWEST:
        raise ValueError(f"chroma {name} is too short to have passages: {chroma.shape[1]} frames, {FEWEST} needed")


def pooling(a: np.ndarray, b: np.ndarray) -> int:
    """Choose how many frames of two chromas (12, T), (12, U) are read as one, the same for both.

    Raises
    ------
    ValueError : so much longer is one of them that nothing would be left of the other.
    """
    shorter, longer = sorted((a.shape[1], b.shape[1]))
    pooled = max(POOLED, math.ceil(longer / MOST_STATES))
    if shorter < pooled * qmax.SHORTEST:
        raise ValueError(f"{shorter} frames of chroma beside {longer}: too short to be found in so long a recording; "
                         "cut out the part in question")
    return pooled


def near(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mark the states (n, ...), (m, ...) among each other's nearest [shape=(n, m)], bool; silence is near nothing."""
    return qmax.recurrence(a, b, max(1, min(NEIGHBOURS, round(MOST_SHARE * min(len(a), len(b))))))


def transposed(a: np.ndarray, b: np.ndarray) -> dict[int, np.ndarray]:
    """Mark near states of two chromas (12, T), (12, U) with `a` moved up by each number of semitones (0 to 11).

    Returns
    -------
    [shape=(n, m)], bool, by semitones; the likeliest transposition (`qmax.likely_transpositions`) first.
    """
    pooled = pooling(a, b)
    of_a, of_b = qmax.states(a, pooled), qmax.states(b, pooled)
    return {int(shift): near(np.roll(of_a, shift, axis=2), of_b) for shift in qmax.likely_transpositions(a, b)}
