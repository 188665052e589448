"""OTI + Qmax: the longest passage that two recordings share, in whatever key and at whatever tempo.

Serra, Serra & Andrzejak 2009, "Cross recurrence quantification for cover song identification",
https://doi.org/10.1088/1367-2630/11/9/093017 (FACTS, section 6); the alignment is `librosa.sequence.rqa`, and where
only its score is asked for, `longest_passage.qmax`.

Chosen by MAP on 10 s of 284 tunebook recordings of no test work, then 10 s and 30 s of real music's dev split. One
transposition: 0.90, 0.83, 0.93; two: 0.93, 0.88, 0.94 (all twelve, with older settings, lost 0.06 on the tunebook).
With stacks of 9 frames: 0.88, 0.89, 0.94. A gap costs 1, librosa's default (0.5 and 0.7 score the same).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

import librosa
import numpy as np

from songsim_lib import parallel
from songsim_lib.baselines import longest_passage
from songsim_lib.chroma import FRAME_S

STACKED = 5  # frames that make one state
NEIGHBOURS = 0.095  # share of the other recording's states that count as near
TRANSPOSITIONS = 2  # of the twelve, the likeliest are tried
# A pair is read in about this many frames of its longer recording, none over half a second, both at one pace: 0.09 s
# for 10 s clips (at 0.19 s MAP falls from 0.93 to 0.84), 0.28 s for 30 s (0.19 and 0.49 s are as good there).
FRAMES, LONGEST_POOL = 110, 5
SHORTEST = STACKED + 3  # frames of a recording that can be aligned
BLOCKS = 32  # of recordings


@dataclass(frozen=True)
class Alignment:
    """The passage that two recordings share.

    `recurrence` [shape=(n, m)] marks states near each other, `path` [shape=(k, 2)] the passage as pairs of states,
    `score` its Qmax; `semitones` (0 to 11) transposes the first to the second; state i begins at i * `frame_s` seconds.
    """

    recurrence: np.ndarray
    path: np.ndarray
    score: float
    semitones: int
    frame_s: float


def pooling(a: np.ndarray, b: np.ndarray) -> int:
    """Choose how many frames of two chromas (12, T), (12, U) are read as one, the same for both."""
    shorter, longer = sorted((a.shape[1], b.shape[1]))
    return max(1, min(round(longer / FRAMES), LONGEST_POOL, shorter // SHORTEST))


def states(chroma: np.ndarray, pooled: int) -> np.ndarray:
    """Turn chroma (12, T) into states: `STACKED` medians of `pooled` frames [shape=(n, STACKED, 12)], float32."""
    frames = chroma.shape[1] // pooled
    median = np.median(chroma[:, : frames * pooled].reshape(12, frames, pooled), axis=2)
    stacked = np.lib.stride_tricks.sliding_window_view(median, STACKED, axis=1)  # (12, n, STACKED)
    return np.ascontiguousarray(stacked.transpose(1, 2, 0), dtype=np.float32)


def likely_transpositions(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Order the semitones that may transpose chroma `a` to `b` (12, T), (12, U), the likeliest first (their OTI)."""
    transposed = a.mean(axis=1)[(np.arange(12) - np.arange(12)[:, None]) % 12]  # row s: moved up by s semitones
    return np.argsort(-transposed @ b.mean(axis=1), kind="stable")


def recurrence(a: np.ndarray, b: np.ndarray, count: int = 0) -> np.ndarray:
    """Mark the states (n, ...), (m, ...) among each other's nearest [shape=(n, m)], bool; silence is near nothing.

    Parameters
    ----------
    count : how many of the other recording's states are near; by default the share NEIGHBOURS of them.
    """
    a, b = (side.reshape(len(side), -1) for side in (a, b))
    apart = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    of_a, of_b = (count or max(1, round(NEIGHBOURS * size)) for size in (len(b), len(a)))
    near = ((apart <= np.partition(apart, of_a - 1, axis=1)[:, of_a - 1 : of_a])
            & (apart <= np.partition(apart, of_b - 1, axis=0)[of_b - 1 : of_b]))
    return near & np.outer(a.any(axis=1), b.any(axis=1))


def _best(a: np.ndarray, b: np.ndarray, shifts: np.ndarray) -> tuple[float, int, np.ndarray]:
    """Align states in their likeliest transpositions: Qmax, semitones and recurrence of the best."""
    matrices = {int(shift): recurrence(np.roll(a, shift, axis=2), b) for shift in shifts[:TRANSPOSITIONS]}
    scores = {shift: float(longest_passage.qmax(matrix)) for shift, matrix in matrices.items()}
    best = max(scores, key=scores.__getitem__)  # of equals the likelier
    return scores[best], best, matrices[best]


def _check(chromas: Sequence[np.ndarray]) -> None:
    for place, chroma in enumerate(chromas):
        if chroma.ndim != 2 or len(chroma) != 12 or not np.isfinite(chroma).all():
            raise ValueError(f"chroma {place} is not a finite array (12, T), but of shape {chroma.shape}")
        if chroma.shape[1] < SHORTEST:
            raise ValueError(f"chroma {place} is too short to align: {chroma.shape[1]} frames, {SHORTEST} needed "
                             f"({SHORTEST * FRAME_S:.1f} s); leave the recording out")


def align(a: np.ndarray, b: np.ndarray) -> Alignment:
    """Find the longest passage that two recordings share, from their chroma (12, T), (12, U)."""
    _check([a, b])
    pooled = pooling(a, b)
    score, semitones, matrix = _best(states(a, pooled), states(b, pooled), likely_transpositions(a, b))
    _, path = librosa.sequence.rqa(matrix.astype(np.float32))
    return Alignment(matrix, path.astype(int), score, semitones, pooled * FRAME_S)


def _rows(block: range, a: Sequence[np.ndarray], b: Sequence[np.ndarray], same: bool) -> np.ndarray:
    """Compare the recordings of `a` named by `block` with those of `b`; of a collection with itself, later ones."""
    read_a = cache(lambda place, pooled: states(a[place], pooled))
    read_b = cache(lambda place, pooled: states(b[place], pooled))
    rows = np.zeros((len(block), len(b)), dtype=np.float32)
    for row, i in zip(rows, block, strict=True):
        for j in range(i if same else 0, len(b)):
            pooled = pooling(a[i], b[j])
            row[j] = _apart(read_a(i, pooled), read_b(j, pooled), likely_transpositions(a[i], b[j]))
    return rows


def _apart(a: np.ndarray, b: np.ndarray, shifts: np.ndarray) -> float:
    """Turn the Qmax of states into a distance."""
    score = _best(a, b, shifts)[0]
    return float(np.sqrt(min(len(a), len(b))) / max(score, 0.5))  # no match at all counts as half a state


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """Compare two recordings by their chroma (12, T), (12, U), as `distances` does."""
    _check([a, b])
    pooled = pooling(a, b)
    return _apart(states(a, pooled), states(b, pooled), likely_transpositions(a, b))


def distances(a: Sequence[np.ndarray], b: Sequence[np.ndarray], progress: str = "", workers: int = -1) -> np.ndarray:
    """Compare every recording of `a` with every one of `b` by their chroma, in parallel.

    Parameters
    ----------
    a, b : n and m arrays [shape=(12, T)]. When they are the same list, each pair is aligned once.
    progress : name of the progress bar, which shows the time left; none without.

    Returns
    -------
    [shape=(n, m)], float32: the square root of the shorter recording's length in states over Qmax. With every other
    dev clip cut to 10 s, MAP was 0.90 so, and 0.81 with the longer one's length.

    Raises
    ------
    ValueError : a chroma is not finite, not (12, T), or too short; says which, counting those of `b` after `a`'s.
    """
    _check([*a, *([] if (same := a is b) else b)])
    blocks = [range(start, len(a), BLOCKS) for start in range(min(BLOCKS, len(a)))]
    found = np.zeros((len(a), len(b)), dtype=np.float32)
    rows_of = partial(_rows, a=a, b=b, same=same)
    for block, rows in zip(blocks, parallel.run(rows_of, blocks, progress=progress, unit="block", workers=workers),
                           strict=True):
        found[list(block)] = rows
    return np.maximum(found, found.T) if same else found
