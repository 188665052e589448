"""Where two recordings answer each other: the passages they share, in whatever key and at whatever tempo.

The path is that of Qmax (`songsim_lib.baselines.qmax`; Serra, Serra & Andrzejak 2009,
https://doi.org/10.1088/1367-2630/11/9/093017), a local alignment as of Smith & Waterman 1981,
https://doi.org/10.1016/0022-2836(81)90087-5; after each passage its moments are taken out, and the next one is sought
in what is left, as Waterman & Eggert 1987, https://doi.org/10.1016/0022-2836(87)90478-5, do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import librosa
import numpy as np
from scipy import stats

from songsim_lib.baselines import longest_passage, qmax
from songsim_lib.chroma import FRAME_S
from songsim_lib.compare import nearness

MOST = 5
# With a fixed number of neighbours what chance reaches hardly grows with the length. Of unrelated recordings of train
# works of the tunebook, 2 of 100 pairs reach 20 (400 pairs of 13 s; 25 joined ones of 1:44: one), noise 15 at most. Of
# 40 pairs of performances of one work 38 do, all in the right key, the tempo 1.1 % off in the median.
LEAST_SCORE = 20.0
LEAST_FOR_TEMPO = 10  # steps of a path: a line through fewer could have almost any slope


@dataclass(frozen=True)
class Passage:
    """A part of recording a that a part of recording b answers.

    Attributes
    ----------
    start_a_s, end_a_s, start_b_s, end_b_s : where it lies in both, in seconds.
    score : its Qmax: one more for each moment that matches, one less for each that does not.
    matches : moments that match, of 0.19 s (more where a recording is longer than 6 minutes).
    semitones : by how many b sounds higher than a, -5 to 6. Octaves cannot be told apart, so that a fifth up is a
        fourth down: 7 is -5; a tritone is always 6.
    tempo_ratio : b's tempo over a's: 1.2 when b is a fifth faster. Between 0.5 and 2, since a path is; None where the
        path is too short to tell.
    path [shape=(k, 2)] : the moments that answer each other, in seconds of a and of b.
    """

    start_a_s: float
    end_a_s: float
    start_b_s: float
    end_b_s: float
    score: float
    matches: int
    semitones: int
    tempo_ratio: float | None
    path: np.ndarray = field(repr=False, compare=False)

    def mirrored(self) -> Passage:
        """Give the same passage with a and b exchanged."""
        return replace(self, start_a_s=self.start_b_s, end_a_s=self.end_b_s, start_b_s=self.start_a_s,
                       end_b_s=self.end_a_s, semitones=signed(-self.semitones), path=self.path[:, ::-1],
                       tempo_ratio=None if self.tempo_ratio is None else 1 / self.tempo_ratio)


def signed(semitones: int) -> int:
    """Write a transposition of pitch classes (modulo 12) as -5 to 6."""
    return (semitones + 5) % 12 - 5


def find(a: np.ndarray, b: np.ndarray, most: int = MOST, least_score: float = LEAST_SCORE) -> list[Passage]:
    """Find the passages that two recordings share, from their chroma.

    All twelve transpositions are tried for each passage: it may be in another key than the rest. (Of 40 times
    8 s inserted into another work, without a least score and with `qmax.recurrence`, the likeliest two, which rank
    whole recordings best, place 62 of 100 in b with an IoU of half or more, all twelve 93.) No moment of a
    recording is in two passages: of a refrain that b plays twice, the better answer is given.

    Parameters
    ----------
    a, b [shape=(12, T)], [shape=(12, U)] : at `chroma.FRAME_S` seconds a column.
    most : passages at most.
    least_score : where to stop; a lower one finds weaker passages, and more by chance.

    Returns
    -------
    The strongest first; none where nothing reaches `least_score`. `find(b, a)` gives the same ones, mirrored.

    Raises
    ------
    ValueError : a chroma is not finite, not (12, T), too short, or far too short beside the other.
    """
    for name, chroma in (("a", a), ("b", b)):
        nearness.check(chroma, name)
    # Of paths with equal scores one is taken, and which one depends on the order: always look in the same order.
    if (a.shape[1], a.tobytes()) > (b.shape[1], b.tobytes()):
        return [passage.mirrored() for passage in find(b, a, most, least_score)]
    matrices, frame_s = nearness.transposed(a, b), nearness.pooling(a, b) * FRAME_S
    found: list[Passage] = []
    while len(found) < most:
        scores = {shift: longest_passage.qmax(near) for shift, near in matrices.items()}
        best = max(scores, key=scores.__getitem__)  # of equals the likelier
        if scores[best] < max(least_score, 1):
            break
        _, path = librosa.sequence.rqa(matrices[best].astype(np.float32))
        path = path.astype(int)  # librosa's are unsigned
        matches = int(matrices[best][path[:, 0], path[:, 1]].sum())
        found.append(_passage(path, float(scores[best]), matches, best, frame_s))
        for near in matrices.values():
            _take_out(near, path)
    return found


def _passage(path: np.ndarray, score: float, matches: int, shift: int, frame_s: float) -> Passage:
    (start_a, start_b), (end_a, end_b) = path[0] * frame_s, (path[-1] + qmax.STACKED) * frame_s
    return Passage(float(start_a), float(end_a), float(start_b), float(end_b), score, matches, signed(shift),
                   tempo_ratio(path), path * frame_s)


def tempo_ratio(path: np.ndarray) -> float | None:
    """Fit a line to a path [shape=(k, 2)] of moments of a and b, and read b's tempo over a's; None if it is too short.

    Where b is faster, fewer of its moments answer as many of a's. The median of all slopes (Theil 1950, Sen 1968,
    https://doi.org/10.1080/01621459.1968.10480934) does not mind a detour.
    """
    return float(stats.theilslopes(path[:, 0], path[:, 1]).slope) if len(path) >= LEAST_FOR_TEMPO else None


def _take_out(near: np.ndarray, path: np.ndarray) -> None:
    """Clear all states that share a frame with a passage, in both recordings."""
    for axis, places in enumerate((near, near.T)):
        places[max(0, path[0, axis] - qmax.STACKED + 1) : path[-1, axis] + qmax.STACKED] = False
