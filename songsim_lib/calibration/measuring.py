"""A calibration and the passages put to the test, on works and recordings that nothing was fitted on or chosen by."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib import parallel
from songsim_lib.calibration import reliability
from songsim_lib.calibration.model import ASKED, BOTH, COLUMNS, UNRELATED, Calibration
from songsim_lib.calibration.planted import Planted, iou
from songsim_lib.calibration.reliability import ALARM, Judged
from songsim_lib.calibration.songs import Songs
from songsim_lib.chroma import chroma
from songsim_lib.compare.passages import find
from songsim_lib.config import AudioSpec
from songsim_lib.metrics.estimates import mean_over_works

ENOUGH = 0.5  # intersection over union of a passage that is found


def log_ratios(known: Calibration, pairs: pd.DataFrame, kind: str = BOTH) -> np.ndarray:
    """Give the log-likelihood ratios of pairs with COLUMNS [shape=(len(pairs),)]."""
    return known.models[kind].log_ratios({name: pairs[name].to_numpy(float) for name in COLUMNS})


def judged(known: Calibration, pairs: pd.DataFrame, kind: str = BOTH) -> Judged:
    """Ask a calibration about pairs whose truth is known."""
    ratios = log_ratios(known, pairs, kind)
    return Judged.of(pairs, ratios, known.models[kind].p_values(ratios), (pairs["kind"] != UNRELATED).to_numpy())


def measured(known: Calibration, pairs: pd.DataFrame) -> dict[str, Any]:
    """Measure a calibration on a set of pairs: calibration error, false alarms, and what is flagged, all as estimates.

    Returns
    -------
    `works`; `error` of both witnesses together; by witnesses asked `alarms`, and by kind of related pair and witnesses
    `flagged`, at a p-value of ALARM; and `at_alarm`, what both flag of each kind at the ratio that a share of exactly
    ALARM of these unrelated pairs reaches.
    """
    together = judged(known, pairs)
    flagged: dict[str, dict[str, Any]] = {}
    for kind in sorted(set(pairs["kind"]) - {UNRELATED}):
        some = pairs[pairs["kind"].isin((kind, UNRELATED))]
        flagged[kind] = {asked: reliability.flagged(judged(known, some, asked), True).as_dict() for asked in ASKED}
    alarms = {asked: reliability.flagged(judged(known, pairs, asked), False).as_dict() for asked in ASKED}
    limit = np.quantile(together.log_ratios[~together.same], 1 - ALARM)
    at_alarm = {kind: float((together.log_ratios[(pairs["kind"] == kind).to_numpy()] > limit).mean())
                for kind in flagged}
    return {"works": len(set(pairs["work_a"]) | set(pairs["work_b"])), "flagged": flagged, "alarms": alarms,
            "at_alarm": at_alarm, "error": reliability.calibration_error(together).as_dict()}


def passages(planted: Iterable[Planted], spec: AudioSpec, workers: int = -1) -> dict[str, Any]:
    """Seek planted passages: how often the strongest that is found overlaps the true one by half or more, in both."""
    found = list(parallel.run(partial(_seek, spec=spec), planted, progress="passages", unit="pair", workers=workers))
    overlaps, works = np.array([one[0] for one in found]), np.array([one[1] for one in found])
    hit = (overlaps >= ENOUGH).all(axis=1).astype(float)
    return {"found": mean_over_works(hit, works).as_dict(), "overlap": float(np.median(overlaps.min(axis=1))),
            "in_either": [float((overlaps[:, side] >= ENOUGH).mean()) for side in (0, 1)]}


def _seek(one: Planted, spec: AudioSpec) -> tuple[tuple[float, float], str]:
    strongest = next(iter(find(chroma(one.a, spec), chroma(one.b, spec), most=1)), None)
    if strongest is None:
        return (0.0, 0.0), one.works[0]
    return (iou((strongest.start_a_s, strongest.end_a_s), one.span_a),
            iou((strongest.start_b_s, strongest.end_b_s), one.span_b)), one.works[0]


def claims(songs: Songs, pairs: pd.DataFrame, workers: int = -1) -> dict[str, Any]:
    """Count in how many unrelated pairs a passage is claimed."""
    some = pairs[pairs["kind"] == UNRELATED]
    sides = [(songs.chroma[row.a], songs.chroma[row.b]) for row in some.itertuples()]
    claimed = list(parallel.run(_claims, sides, progress="unrelated pairs", unit="pair", workers=workers))
    return mean_over_works(np.array(claimed, float), some["work_a"].to_numpy(str)).as_dict()


def _claims(sides: tuple[np.ndarray, np.ndarray]) -> bool:
    return bool(find(*sides, most=1))
