"""Whether a calibration keeps its word on works that it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from songsim_lib.calibration.statement import ALARM
from songsim_lib.metrics import Estimate
from songsim_lib.metrics.estimates import resample

BINS = 10


@dataclass(frozen=True)
class Judged:
    """What was said of pairs whose truth is known.

    Attributes
    ----------
    log_ratios, p_values [shape=(n,)] : as of `model.Calibration`.
    same [shape=(n,)] : bool, whether both are recordings of one work.
    work_a, work_b [shape=(n,)] : codes of their works, from 0.
    """

    log_ratios: np.ndarray
    p_values: np.ndarray
    same: np.ndarray
    work_a: np.ndarray
    work_b: np.ndarray

    @classmethod
    def of(cls, pairs: pd.DataFrame, log_ratios: np.ndarray, p_values: np.ndarray, same: np.ndarray) -> Judged:
        """Take the works from columns `work_a` and `work_b` of `pairs`."""
        codes = pd.factorize(np.concatenate([pairs["work_a"], pairs["work_b"]]))[0].reshape(2, -1)
        return cls(log_ratios, p_values, np.asarray(same), codes[0], codes[1])

    @property
    def probabilities(self) -> np.ndarray:
        """How likely one work is where both classes are equally likely before [shape=(n,)]."""
        return 1 / (1 + np.exp(-self.log_ratios))  # type: ignore[no-any-return]

    def weights(self, counts: np.ndarray | None = None) -> np.ndarray:
        """Weigh pairs so that both classes weigh a half [shape=(n,)], each work as often as `counts` says."""
        often = np.ones(len(self.same))
        if counts is not None:  # a pair of two works is drawn as often as both are, one of a single work as it is
            often = counts[self.work_a] * np.where(self.same, 1, counts[self.work_b])
        total = np.where(self.same, often[self.same].sum(), often[~self.same].sum())
        return often / (2 * np.maximum(total, 1))  # type: ignore[no-any-return]

    def estimate(self, statistic: Callable[[np.ndarray], float], n: int, draws: int = 500) -> Estimate:
        """Give a statistic of weights (n,) with its 95 % interval, bootstrapped over works."""
        works = int(max(self.work_a.max(), self.work_b.max())) + 1
        drawn = [statistic(self.weights(np.bincount(one, minlength=works).astype(float)))
                 for one in resample(works, draws=draws)]
        return Estimate.from_draws(statistic(self.weights()), np.array(drawn), n)


def curve(judged: Judged, draws: int = 200) -> pd.DataFrame:
    """Set what was said beside what was true, both classes weighing the same.

    Returns
    -------
    For each bin that holds pairs: said, true with its 95 % interval over works (low, high), weight, pairs.
    """
    weights, place, same = judged.weights(), _bins(judged), judged.same.astype(float)

    def true(within: np.ndarray, weighed: np.ndarray) -> float:
        return float((weighed[within] * same[within]).sum() / max(weighed[within].sum(), 1e-12))

    rows = []
    for within in (np.flatnonzero(place == bin_) for bin_ in range(BINS)):
        if len(within):
            found = judged.estimate(partial(true, within), len(within), draws)
            rows.append({"said": np.average(judged.probabilities[within], weights=weights[within]),
                         "true": found.value, "low": found.low, "high": found.high,
                         "weight": weights[within].sum(), "pairs": len(within)})
    return pd.DataFrame(rows)


def calibration_error(judged: Judged) -> Estimate:
    """Expected calibration error: how far what is said lies from what is true, averaged over BINS equal bins.

    Naeini, Cooper & Hauskrecht 2015, https://doi.org/10.1609/aaai.v29i1.9602; with equal priors. It is never negative,
    so that chance alone makes it positive: the fewer the works, the more.
    """
    place, said, same = _bins(judged), judged.probabilities, judged.same.astype(float)

    def error(weights: np.ndarray) -> float:
        return float(np.abs(np.bincount(place, weights * (said - same), BINS)).sum())

    return judged.estimate(error, len(same))


def _bins(judged: Judged) -> np.ndarray:
    return np.minimum((judged.probabilities * BINS).astype(int), BINS - 1)


def flagged(judged: Judged, same: bool, alarm: float = ALARM) -> Estimate:
    """Give the share of pairs of one class whose p-value is `alarm` or less."""
    chosen = judged.same == same
    hits = (judged.p_values <= alarm) & chosen
    return judged.estimate(lambda weights: float(2 * weights[hits].sum()), int(chosen.sum()))
