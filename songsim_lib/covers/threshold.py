"""From a distance to yes or no: a threshold chosen on validation works, its errors counted on test works."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import auc, roc_curve

from songsim_lib.covers.evaluation import Covers
from songsim_lib.metrics import Estimate, mean_over_works
from songsim_lib.metrics.retrieval import Labels

ERRORS = {"missed": "versions missed", "false_alarm": "false alarms", "balanced_accuracy": "balanced accuracy"}


def pairs(distances: np.ndarray, labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """List the distances of all pairs of a query and another recording, each pair once.

    Returns
    -------
    same, different : distances of same-work and of different-work pairs, both 1-D; recordings that
        `labels` excludes (the query itself, other encodes) are in neither.
    """
    asks = labels.queries[:, None] | labels.queries[None, :]
    once = np.triu(np.ones((len(labels.works),) * 2, dtype=bool), k=1) & asks
    work = labels.works[:, None] == labels.works[None, :]
    recording = labels.recordings[:, None] == labels.recordings[None, :]
    return distances[once & work & ~recording], distances[once & ~work & ~recording]


def roc(distances: np.ndarray, labels: Labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw up the ROC curve of "same work" by distance: false-positive rate, true-positive rate, thresholds."""
    same, different = pairs(distances, labels)
    truth = np.repeat([1, 0], [len(same), len(different)])
    false, true, scores = roc_curve(truth, -np.concatenate([same, different]))
    return false, true, -scores


def choose(distances: np.ndarray, labels: Labels) -> float:
    """Choose the distance up to which two recordings count as one work: the best balanced accuracy.

    The threshold is put half-way to the next distance, so that it does not sit on a pair it was chosen by.
    """
    false, true, thresholds = roc(distances, labels)
    best = float(thresholds[int(np.argmax(true - false))])
    beyond = np.concatenate(pairs(distances, labels))
    beyond = beyond[beyond > best]
    return (best + float(beyond.min())) / 2 if len(beyond) else best


def errors(distances: np.ndarray, labels: Labels, threshold: float) -> dict[str, np.ndarray]:
    """Count the errors of a threshold for each query [shape=(n_queries,)].

    Returns
    -------
    missed : share of a query's versions that lie beyond the threshold.
    false_alarm : share of the recordings of other works that lie within it.
    balanced_accuracy : 1 - (missed + false_alarm) / 2.
    """
    missed, false_alarm = [], []
    for query in np.flatnonzero(labels.queries):
        other = labels.recordings != labels.recordings[query]
        relevant = other & (labels.works == labels.works[query])
        within = distances[query] <= threshold
        missed.append(1 - within[relevant].mean())
        false_alarm.append(within[other & ~relevant].mean())
    found = {"missed": np.array(missed), "false_alarm": np.array(false_alarm)}
    return found | {"balanced_accuracy": 1 - (found["missed"] + found["false_alarm"]) / 2}


def transfer(validation: Covers | None, test: Covers, labels: Labels) -> pd.DataFrame:
    """Choose each system's threshold on validation and count its errors on both sides.

    Returns
    -------
    One row a system and side: name, title, kind, side, threshold (mean over trainings), and an Estimate for
    each of `ERRORS`; queries of the test side are those of `labels`. No row when there is no validation side.
    """
    if validation is None:
        return pd.DataFrame(columns=["name", "title", "kind", "side", "threshold", *ERRORS])
    sides = {"validation": (validation, validation.heard.everyone), "test": (test, labels)}
    rows = []
    for name in test.distances:
        thresholds = [choose(matrix, validation.heard.everyone) for matrix in validation.distances[name]]
        for side, (covers, asked) in sides.items():
            each = [errors(matrix, asked, at) for matrix, at in zip(covers.distances[name], thresholds, strict=True)]
            works = asked.works[asked.queries]
            rows.append({"name": name, "title": test.titles[name], "kind": test.kinds[name], "side": side,
                         "threshold": float(np.mean(thresholds)),
                         **{error: _mean(each, error, works) for error in ERRORS}})
    return pd.DataFrame(rows)


def _mean(each: list[dict[str, np.ndarray]], error: str, works: np.ndarray) -> Estimate:
    return mean_over_works(np.mean([one[error] for one in each], axis=0), works)


def curves(covers: Covers, labels: Labels) -> dict[str, tuple[np.ndarray, np.ndarray, float]]:
    """Draw up every system's ROC curve by title: false-positive rate, true-positive rate, area under the curve.

    Of a model that was trained several times, the first training's curve.
    """
    found = {}
    for name, matrices in covers.distances.items():
        false, true, _ = roc(matrices[0], labels)
        found[covers.titles[name]] = (false, true, float(auc(false, true)))
    return found
