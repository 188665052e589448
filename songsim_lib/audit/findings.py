"""Everything the audit measures, and the claims it is held against: the way in for notebook 06."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from songsim_lib.audit import (
    claims_covers,
    claims_training,
    claims_wiring,
    claims_yardsticks,
    freezing,
    shortcut,
    wiring,
)
from songsim_lib.audit.table import CoverScores, Row
from songsim_lib.study import Study
from songsim_lib.trained import Trained
from songsim_lib.validate import Judgement


@dataclass(frozen=True)
class Findings:
    """What was found in the wiring, under other noise, and in four trainings that differ in two settings."""

    wiring: wiring.Wiring
    noise: shortcut.Shortcut
    fits: list[freezing.Fit]


def measure(study: Study, trained: Sequence[Trained], cells: Sequence[Trained]) -> Findings:
    """Measure what the audit needs: half a minute on 2 cores at the quick profile, less when done before.

    Parameters
    ----------
    trained : the report's experiments, `results.finished(study, experiments, seeds)`.
    cells : the 2 x 2 of freezing and dropout, `freezing.train(study, seeds)`; none where each is trained once.
    """
    fits = freezing.measure(study, cells) if cells else []
    return Findings(wiring.measure(study), shortcut.measure(study, trained), fits)


def rows(found: Findings, trained: Sequence[Trained], measured: Mapping[str, dict[str, Any]],
         judged: Mapping[str, Judgement], triplets_on_covers: CoverScores | None = None,
         pairs_on_covers: CoverScores | None = None) -> list[Row]:
    """Hold the report's claims against what was measured.

    Parameters
    ----------
    measured, judged : `yardsticks.measure(study)` and `yardsticks.judgements(study)`, by the baselines' names.
    triplets_on_covers, pairs_on_covers : title -> group of covers -> Estimate (or its dict): triplet accuracy, and
        balanced accuracy of pairs at a threshold chosen on other covers. None when covers were not evaluated.
    """
    return [
        claims_yardsticks.baseline(judged, measured, trained),
        claims_covers.nearest_neighbour(trained, triplets_on_covers),
        claims_covers.pairs(trained, pairs_on_covers),
        claims_yardsticks.chance(),
        claims_wiring.dropout(found.wiring, found.fits),
        claims_wiring.first_convolution(found.wiring, trained),
        claims_wiring.mixing(found.wiring),
        claims_training.shortcut(found.noise),
        claims_training.freezing(found.fits),
    ]
