"""Eight seconds of one work inside another: passages whose place is known, to judge by what finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from songsim_lib import audio
from songsim_lib.config import AudioSpec

PASSAGE_S = 8.0
FADE_S = 0.02
Span = tuple[float, float]


@dataclass(frozen=True)
class Planted:
    """Two sounds (n,), (m,): `a`, and `b` into which another performance of a part of `a` was inserted.

    `span_a`, `span_b` are where the passage lies, in seconds; `works` those of a and of what surrounds it in b.
    """

    a: np.ndarray
    b: np.ndarray
    span_a: Span
    span_b: Span
    works: tuple[str, str]


def planted(catalog: pd.DataFrame, spec: AudioSpec, hosts: int = 1, seed: int = 0) -> Iterator[Planted]:
    """Insert a passage of every work that was performed twice into `hosts` other works.

    Parameters
    ----------
    catalog : of the embedded corpus, with `path`, `work_id`, `score_id`, `start_bar` and `tempo`. The two performances
        of a score begin at the same bar, in keys, instruments and tempi of their own.
    """
    rng, rows = np.random.default_rng(seed), catalog.reset_index(drop=True)
    for _, both in rows.groupby(["score_id", "start_bar"]):
        if len(both) < 2:
            continue
        one, other = both.iloc[0], both.iloc[1]
        a, passage = (audio.load(path, spec) for path in (one["path"], other["path"]))
        elsewhere = rows[rows["work_id"] != one["work_id"]]
        for host in rng.choice(len(elsewhere), hosts, replace=False):
            around = audio.load(elsewhere["path"].iloc[host], spec)
            yield _insert(a, passage, around, float(other["tempo"] / one["tempo"]), spec, rng,
                          (one["work_id"], elsewhere["work_id"].iloc[host]))


def _insert(a: np.ndarray, passage: np.ndarray, around: np.ndarray, ratio: float, spec: AudioSpec,
            rng: np.random.Generator, works: tuple[str, str]) -> Planted:
    """Insert a part of `passage`, which plays the same as `a` at `ratio` times its tempo, into `around`."""
    rate_hz = spec.sample_rate_hz
    latest = min(len(passage) / rate_hz, len(a) / rate_hz / ratio) - PASSAGE_S  # so that a plays all of it
    begin = float(rng.uniform(0, max(0.0, latest)))
    cut = passage[round(begin * rate_hz) :][: round(PASSAGE_S * rate_hz)].copy()
    at = int(rng.integers(len(around) // 8, len(around) * 7 // 8))
    fade = np.linspace(0, 1, round(FADE_S * rate_hz), dtype=np.float32)
    cut[: len(fade)] *= fade
    cut[len(cut) - len(fade) :] *= fade[::-1]
    loud = np.sqrt((around**2).mean() / max(float((cut**2).mean()), 1e-9))
    b = np.concatenate([around[:at], cut * np.float32(loud), around[at:]])
    span_a = (begin * ratio, min((begin + PASSAGE_S) * ratio, len(a) / rate_hz))
    return Planted(a, b, span_a, (at / rate_hz, (at + len(cut)) / rate_hz), works)


def iou(found: Span, true: Span) -> float:
    """Intersection over union of two intervals."""
    shared = min(found[1], true[1]) - max(found[0], true[0])
    return max(0.0, shared) / (max(found[1], true[1]) - min(found[0], true[0]))
