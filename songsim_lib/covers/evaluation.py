"""Every system measured on the same recordings: distances once, then scores for each group of versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib import kept
from songsim_lib.covers.heard import Heard, listen, listen_to_folder
from songsim_lib.files import code_digest, digest
from songsim_lib.metrics import Estimate, chance, retrieval
from songsim_lib.metrics.retrieval import Labels, Retrieval
from songsim_lib.splits import TEST, VALIDATION
from songsim_lib.study import Study
from songsim_lib.systems import BASELINE, System
from songsim_lib.trained import spread

# What distances follow from, beside the excerpts.
CODE = ("baselines", "composition/comparing", "composition/network", "device", "metrics", "models", "systems")
SCORES = {"map": "MAP", "mr1": "MR1", "mrr": "MRR", "p_at_1": "P@1", "p_at_10": "P@10", "roc_auc": "ROC-AUC",
          "triplet_accuracy": "triplet accuracy"}
CHANCE = "chance (analytic)"


@dataclass(frozen=True)
class Covers:
    """Distances of all systems among the recordings of `heard`; `groups` says who asks for whom.

    `distances` maps a system's name to one matrix [shape=(n, n)] for each of its trainings.
    """

    heard: Heard
    distances: dict[str, list[np.ndarray]]
    titles: dict[str, str]
    kinds: dict[str, str]

    @property
    def models(self) -> list[str]:
        """Names of the trained systems."""
        return [name for name, kind in self.kinds.items() if kind != BASELINE]

    def retrieval(self, name: str, labels: Labels) -> Retrieval:
        """Score one system, its trainings averaged query by query."""
        return Retrieval.mean([retrieval.evaluate(matrix, labels) for matrix in self.distances[name]])

    def scores(self, labels: Labels) -> dict[str, dict[str, Any]]:
        """Score every system: {name: {"title", "kind", "each": {score: one a training}, and the scores' estimates}}."""
        found = {}
        for name, matrices in self.distances.items():
            trainings = [retrieval.evaluate(matrix, labels) for matrix in matrices]
            each = {score: [float(getattr(one, field).mean()) for one in trainings]
                    for score, field in retrieval.PER_QUERY.items()}
            each["roc_auc"] = [one.auc.value for one in trainings]
            found[name] = {"title": self.titles[name], "kind": self.kinds[name], "each": each,
                           **Retrieval.mean(trainings).summary()}
        return found


def _distances(study: Study, heard: Heard, system: System) -> np.ndarray:
    """Measure one system, or read what was measured before on the same recordings by the same code."""
    key = digest(heard.key, system.made_from, code_digest(*CODE))

    def measured() -> kept.Arrays:
        represented = system.represent(heard.excerpts)
        return {"distances": system.distances(represented, represented).astype(np.float32)}

    return kept.arrays(study.paths.cache / "distances" / f"{system.name}-{key}.npz", key, measured)["distances"]


def _measure(study: Study, heard: Heard, systems: Sequence[System]) -> Covers:
    distances: dict[str, list[np.ndarray]] = {}
    for system in systems:
        distances.setdefault(system.name, []).append(_distances(study, heard, system))
    return Covers(heard, distances, {system.name: system.title for system in systems},
                  {system.name: system.kind for system in systems})


def measure(study: Study, systems: Sequence[System]) -> dict[str, Covers]:
    """Measure systems on the unseen works of the study: {"validation": ..., "test": ...}.

    A side without versions is left out: few recordings may be drawn for validation.
    """
    return {side: _measure(study, heard, systems) for side in (VALIDATION, TEST) if (heard := listen(study, side))}


def of_folder(study: Study, systems: Sequence[System], path: str | Path, split: str = "") -> Covers:
    """Measure systems on a folder of real recordings."""
    return _measure(study, listen_to_folder(study, path, split), systems)


def scored(covers: Covers, groups: dict[str, Labels], score: str = "map") -> pd.DataFrame:
    """List one score of every system for each group: group, title, kind, score (Estimate), chance, each (training)."""
    rows = []
    for group, labels in groups.items():
        guessing = chance.retrieval(labels)[score]
        rows += [{"group": group, "title": found["title"], "kind": found["kind"], "score": Estimate(**found[score]),
                  "chance": guessing, "each": found["each"][score]} for found in covers.scores(labels).values()]
    return pd.DataFrame(rows)


def perfect(labels: Labels) -> bool:
    """Tell whether an oracle that knows the works finds every version first, as it must."""
    oracle = (labels.works[:, None] != labels.works[None, :]).astype(np.float32)
    return bool((retrieval.evaluate(oracle, labels).average_precision == 1).all())


def table(covers: Covers, labels: Labels) -> pd.DataFrame:
    """Set all systems side by side, chance first, each score with its 95 % interval over works.

    Where a model was trained several times, its range over the trainings stands in parentheses.
    """
    guessing = chance.retrieval(labels)
    rows = [{"system": CHANCE} | {title: f"{guessing[score]:.3f}" for score, title in SCORES.items()}]
    for scores in covers.scores(labels).values():
        rows.append({"system": scores["title"]} | {title: f"{Estimate(**scores[score])}{spread(scores['each'][score])}"
                                                   for score, title in SCORES.items()})
    return pd.DataFrame(rows)
