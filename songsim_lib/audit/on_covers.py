"""Our models on covers, for the audit's two lines about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from songsim_lib import covers, systems
from songsim_lib.audit.table import CoverScores
from songsim_lib.covers import threshold
from songsim_lib.covers.evaluation import Covers
from songsim_lib.metrics import Estimate
from songsim_lib.splits import TEST, VALIDATION
from songsim_lib.study import Study
from songsim_lib.trained import Trained


def measure(study: Study, trained: Sequence[Trained]) -> tuple[CoverScores, CoverScores | None]:
    """Score every model on covers of unseen works: triplet accuracy, and accuracy of pairs.

    What is heard and measured is kept, and read again by the full evaluation of covers. No accuracy of pairs where
    no validation works have covers to choose a threshold by.
    """
    found = covers.measure(study, systems.models(study, [run for one in trained for run in one.runs]))
    return triplet_accuracy(found), pair_accuracy(found) if VALIDATION in found else None


def triplet_accuracy(measured: Mapping[str, Covers]) -> CoverScores:
    """Measure for each model and group of test covers how often a version is nearer than another work.

    Parameters
    ----------
    measured : `covers.measure(study, systems)`, one evaluation for each side.
    """
    test = measured[TEST]
    scores = {group: test.scores(labels) for group, labels in test.heard.groups.items()}
    return {test.titles[name]: {group: Estimate(**found[name]["triplet_accuracy"]) for group, found in scores.items()}
            for name in test.models}


def pair_accuracy(measured: Mapping[str, Covers]) -> CoverScores:
    """Measure for each model and group the balanced accuracy of pairs, at the threshold chosen on validation."""
    test = measured[TEST]
    found: dict[str, dict[str, Estimate]] = {test.titles[name]: {} for name in test.models}
    for group, labels in test.heard.groups.items():
        table = threshold.transfer(measured[VALIDATION], test, labels)
        for row in table[table["side"] == TEST].itertuples():
            if row.title in found:
                found[row.title][group] = row.balanced_accuracy
    return found
