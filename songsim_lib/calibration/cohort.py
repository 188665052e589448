"""How near a recording lies to music that it has nothing to do with.

Some recordings lie near many others: a string quartet near all string quartets, a plain scale near every tune. How near
is measured beside a cohort of unrelated works, and a likeness counts for less where both lie in a crowd: the adaptive
score normalisation of speaker recognition (Matejka et al. 2017, "Analysis of score normalization in multilingual
speaker recognition", https://doi.org/10.21437/Interspeech.2017-803).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from songsim_lib.composition import comparing
from songsim_lib.composition.comparing import Embedded
from songsim_lib.files import atomic

# Chosen by cross-validated log loss on validation works: 0.094 without a cohort; the nearest 10, 30, 100 of it 0.069,
# 0.067, 0.072; in the place of the distance the distance less the crowd's mean over its deviation 0.073, 0.078, 0.082.
NEAREST = 30  # recordings of the cohort that make the crowd
WINDOWS = 3  # of each recording of the cohort, its first ones


@dataclass(frozen=True)
class Cohort:
    """Recordings of unrelated works as their windows: `vectors` [shape=(V, D)], `counts` [shape=(n,)] a recording."""

    vectors: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, recordings: list[np.ndarray]) -> Cohort:
        """Take the first windows of each recording [shape=(W, D)]."""
        kept = [vectors[:WINDOWS] for vectors in recordings]
        # In the precision in which they are kept, so that what is fitted on them and what is read later agree.
        return cls(np.concatenate(kept).astype(np.float16).astype(np.float32), np.array([len(one) for one in kept]))

    def likenesses(self, vectors: np.ndarray) -> np.ndarray:
        """Compare a recording (W, D) with each of the cohort [shape=(n,)], as `comparing` does: 1 is alike."""
        asked = Embedded(vectors, np.array([len(vectors)]))
        return 1 - comparing.distances(asked, Embedded(self.vectors, self.counts))[0]  # type: ignore[no-any-return]

    def crowd(self, vectors: np.ndarray) -> float:
        """Average the likenesses of a recording (W, D) with the NEAREST of the cohort."""
        return float(np.sort(self.likenesses(vectors))[-NEAREST:].mean())

    def save(self, path: Path) -> None:
        """Write it in half precision."""
        with atomic(path) as temporary:
            temporary.write_bytes(save({"vectors": self.vectors.astype(np.float16),
                                        "counts": self.counts.astype(np.int32)}))


def load(path: Path) -> Cohort:
    """Read a cohort.

    Raises
    ------
    FileNotFoundError, ValueError : it is absent, damaged, or no cohort.
    """
    try:
        found = load_file(path)
        cohort = Cohort(found["vectors"].astype(np.float32), found["counts"].astype(int))
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"no cohort: {error}") from error
    if cohort.counts.min(initial=1) < 1 or cohort.counts.sum() != len(cohort.vectors) or (
            len(cohort.counts) < NEAREST or not np.isfinite(cohort.vectors).all()):
        raise ValueError("no cohort: counts and vectors do not agree, or too few or odd ones")
    return cohort
