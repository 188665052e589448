"""A likelihood ratio and a p-value from what the network and the alignment say of two recordings.

The log of the likelihood ratio same work : unrelated works is a logistic regression (Platt 1999, "Probabilistic outputs
for support vector machines") on the logarithms of the distances, of the crowd in which both lie (`cohort`) and of both
durations, fitted with both classes weighing the same. The p-value is the share of unrelated pairs whose ratio is as
high.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from songsim_lib.calibration.cohort import Cohort
from songsim_lib.calibration.statement import Statement

NETWORK, ALIGNMENT, BOTH = "network", "alignment", "both"  # which witnesses were asked
ASKED = {NETWORK: (NETWORK,), ALIGNMENT: (ALIGNMENT,), BOTH: (NETWORK, ALIGNMENT)}
COLUMNS = (NETWORK, ALIGNMENT, "crowd", "shorter_s", "longer_s")  # what is known of a pair
# Which of them each model weighs: the alignment by itself knows nothing of the network's crowd.
WEIGHED = {kind: (*asked, *(("crowd",) if NETWORK in asked else ()), "shorter_s", "longer_s")
           for kind, asked in ASKED.items()}
LEAST = 1e-3  # of a distance: below, two recordings are one
UNRELATED = "unrelated"


def features(known: Mapping[str, np.ndarray], kind: str) -> np.ndarray:
    """Say in numbers what is known of pairs [shape=(n, k)].

    Parameters
    ----------
    known : those of COLUMNS that the model weighs [shape=(n,)]; `crowd` is the mean of both recordings'
        (`Cohort.crowd`), and like a distance it is read from 1 downwards.
    """
    read = {"crowd": lambda likeness: 1 - likeness}
    return np.stack([np.log(np.maximum(read.get(name, lambda value: value)(known[name]), LEAST))
                     for name in WEIGHED[kind]], axis=1)


@dataclass(frozen=True)
class Model:
    """A log-likelihood ratio, linear in `features`; `weights` of them, and `null`, what unrelated pairs reach.

    `null` [shape=(n,)] ascends.
    """

    kind: str
    intercept: float
    weights: tuple[float, ...]
    null: np.ndarray

    def log_ratios(self, known: Mapping[str, np.ndarray]) -> np.ndarray:
        """Give the natural log of the likelihood ratio same work : unrelated works [shape=(n,)]."""
        return self.intercept + features(known, self.kind) @ np.array(self.weights)  # type: ignore[no-any-return]

    def p_values(self, log_ratios: np.ndarray) -> np.ndarray:
        """Give the share of unrelated pairs that are as alike or more; 1 / (n + 1) where none of the n is."""
        beyond = len(self.null) - np.searchsorted(self.null, log_ratios, side="left")
        return (beyond + 1) / (len(self.null) + 1)  # type: ignore[no-any-return]


def fit(pairs: pd.DataFrame, kind: str) -> tuple[float, tuple[float, ...]]:
    """Fit a model's intercept and weights to pairs whose truth is known, as of `pairs.compared`.

    Related and unrelated pairs weigh the same, and of the related ones each kind.

    Raises
    ------
    ValueError : there are no related or no unrelated pairs.
    """
    same = (pairs["kind"] != UNRELATED).to_numpy()
    if same.all() or not same.any():
        raise ValueError("to calibrate takes pairs of one work and pairs of unrelated works")
    from sklearn.linear_model import LogisticRegression  # here: who asks a finished calibration need not load it

    found = LogisticRegression(C=1e3, max_iter=1_000).fit(features(_columns(pairs), kind), same, _weights(pairs))
    return float(found.intercept_[0]), tuple(found.coef_[0].tolist())


def _weights(pairs: pd.DataFrame) -> np.ndarray:
    """Let each kind of related pairs weigh the same, and all related ones as much as all unrelated ones."""
    counts = pairs["kind"].map(pairs["kind"].value_counts()).to_numpy(float)
    kinds = max(1, pairs["kind"].nunique() - 1)
    each = np.where(pairs["kind"] == UNRELATED, 0.5, 0.5 / kinds) / counts
    return each * len(pairs)  # type: ignore[no-any-return]


def _columns(pairs: pd.DataFrame) -> dict[str, np.ndarray]:
    return {name: pairs[name].to_numpy(float) for name in COLUMNS}


@dataclass(frozen=True)
class Heard:
    """What is known of one recording: how long it lasts, in seconds, and in what `crowd` it lies (`Cohort.crowd`)."""

    seconds: float
    crowd: float


@dataclass(frozen=True)
class Calibration:
    """What is known about rare likenesses: a `Model` for each choice of witnesses, made from pairs of validation works.

    `works` and `related` say of how many works and related pairs; `cohort` are recordings of these works.
    """

    models: Mapping[str, Model]
    cohort: Cohort
    works: int
    related: int

    @classmethod
    def of(cls, pairs: pd.DataFrame, cohort: Cohort, coefficients: Mapping[str, tuple[float, tuple[float, ...]]],
           works: int, related: int) -> Calibration:
        """Put coefficients together with unrelated `pairs`, of which they are the null."""
        models = {}
        for kind, (intercept, weights) in coefficients.items():
            bare = Model(kind, intercept, weights, np.empty(0))
            models[kind] = replace(bare, null=np.sort(bare.log_ratios(_columns(pairs))))
        return cls(models, cohort, works, related)

    def heard(self, vectors: np.ndarray, seconds: float) -> Heard:
        """Say what is known of a recording from its windows (W, D) that hold music, and its duration."""
        return Heard(seconds, self.cohort.crowd(vectors))

    def state(self, distances: Mapping[str, float], a: Heard, b: Heard) -> Statement:
        """State how rare a likeness is.

        Parameters
        ----------
        distances : of `comparing.distance` as "network", of `qmax.distance` as "alignment", or of one of them.
        """
        model = self.models[BOTH if len(distances) == 2 else next(iter(distances))]
        known = {**distances, "crowd": (a.crowd + b.crowd) / 2, "shorter_s": min(a.seconds, b.seconds),
                 "longer_s": max(a.seconds, b.seconds)}
        log_ratio = model.log_ratios({name: np.array([value]) for name, value in known.items()})
        return Statement(float(model.p_values(log_ratio)[0]), float(log_ratio[0]), len(model.null))
