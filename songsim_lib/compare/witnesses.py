"""Three witnesses that hear two recordings, each in its own way: composition, alignment, recording.

Each says how alike they are (`similarity`, higher is more alike, on a scale of its own) and what it says so from.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from songsim_lib.baselines import qmax
from songsim_lib.compare import landmarks, passages
from songsim_lib.compare.sound import Sound, points
from songsim_lib.composition import comparing
from songsim_lib.composition.listening import Points
from songsim_lib.config import AudioSpec
from songsim_lib.models import Embedder

MOST_PAIRS = 10


@dataclass(frozen=True)
class WindowPair:
    """Two windows of ten seconds, each the other's nearest; `cosine` of their points, 1 where they coincide."""

    start_a_s: float
    end_a_s: float
    start_b_s: float
    end_b_s: float
    cosine: float


@dataclass(frozen=True)
class Composition:
    """What the network of compositions says.

    `similarity` is the mean cosine of the best pairs of windows (`comparing.distances`), -1 to 1, and None where a
    recording holds nothing to compare, which `note` explains; `windows` are the nearest pairs, the nearest first;
    `vectors` the points of both recordings' windows that hold music [shape=(W, D)] each, where there are any.
    """

    similarity: float | None
    windows: tuple[WindowPair, ...]
    note: str = ""
    vectors: tuple[np.ndarray, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Alignment:
    """What the classical alignment says.

    `similarity` is Qmax over the square root of the shorter recording's length, as `qmax.distances` has it; `passages`
    are the parts that answer each other, the strongest first.
    """

    similarity: float
    passages: tuple[passages.Passage, ...]


@dataclass(frozen=True)
class Recording:
    """What the fingerprint says.

    `similarity` is the share of landmarks that meet, 0 to 1 (or a network's cosine, -1 to 1, `heard_by` says which);
    `same` whether it is the same recording, None where no threshold is known; `offset_s` where in b recording a
    begins (negative: a began before b), None unless it is the same.
    """

    similarity: float
    same: bool | None
    offset_s: float | None
    heard_by: str = "landmarks"


def composition(a: Sound, b: Sound, net: Embedder, device: torch.device | None = None) -> Composition:
    """Ask the network of compositions about two sounds, from their windows that hold pitches.

    Parameters
    ----------
    net : takes constant-Q spectrograms, as for `listening.embed_file`.
    """
    sides = [points(sound, net, device) for sound in (a, b)]
    mute = [sound.path for sound, found in zip((a, b), sides, strict=True) if not found.valid.any()]
    if mute:
        return Composition(None, (), f"{' and '.join(mute)}: silent, or no pitches that stand out, as in noise")
    vectors = [found.vectors[found.valid] for found in sides]
    return Composition(1 - comparing.distance(*vectors), _nearest(*sides), vectors=tuple(vectors))


def _nearest(a: Points, b: Points) -> tuple[WindowPair, ...]:
    """Pair the windows that are each other's nearest."""
    alike = np.where(np.outer(a.valid, b.valid), a.vectors @ b.vectors.T, -np.inf)
    mutual = (alike == alike.max(axis=1, keepdims=True)) & (alike == alike.max(axis=0)) & np.isfinite(alike)
    pairs = [WindowPair(*map(float, (a.starts_s[i], a.ends_s[i], b.starts_s[j], b.ends_s[j], alike[i, j])))
             for i, j in np.argwhere(mutual)]
    return tuple(sorted(pairs, key=lambda pair: (-pair.cosine, pair.start_a_s + pair.start_b_s))[:MOST_PAIRS])


def alignment(a: np.ndarray, b: np.ndarray) -> Alignment:
    """Align two recordings by their chroma (12, T), (12, U); errors as of `passages.find`."""
    found = tuple(passages.find(a, b))
    return Alignment(1 / qmax.distance(a, b), found)


def recording(a: np.ndarray, b: np.ndarray, spec: AudioSpec) -> Recording:
    """Ask whether two sounds (n,), (m,) at `spec.sample_rate_hz` are one recording (`landmarks`)."""
    share, offset_s = landmarks.overlay(*(landmarks.landmarks(side, spec.sample_rate_hz) for side in (a, b)))
    same = share >= landmarks.SAME
    return Recording(share, same, offset_s if same else None)
