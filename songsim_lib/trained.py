"""An experiment with all its trainings: the same data from other random weights, in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib.config import Experiment
from songsim_lib.metrics import Estimate, mean_over_works
from songsim_lib.runs import Run
from songsim_lib.study import Study
from songsim_lib.validate import Judgement

CLOCK = ("training_seconds", "finished")  # what differs between two runs that found the same


@dataclass(frozen=True)
class Score:
    """A score of an experiment: its mean over trainings with a 95 % interval over works, and that of each training."""

    estimate: Estimate
    each: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[np.ndarray], works: np.ndarray) -> Score:
        """Average the values of each training, n of them, element by element; `works` [shape=(n,)]."""
        stacked = np.stack(values).astype(float)
        return cls(mean_over_works(stacked.mean(axis=0), works), tuple(stacked.mean(axis=1).tolist()))

    @property
    def value(self) -> float:
        """The mean over trainings."""
        return self.estimate.value

    def __str__(self) -> str:
        return f"{self.estimate}{spread(self.each)}"

    def as_dict(self) -> dict[str, Any]:
        """Give value, low, high, n, and the range over trainings, for a results file."""
        return {**self.estimate.as_dict(), "range": [min(self.each), max(self.each)]}


def spread(each: Sequence[float], digits: int = 3) -> str:
    """Write the lowest and highest of several trainings, " (0.210–0.262)"; nothing for one."""
    return f" ({min(each):.{digits}f}–{max(each):.{digits}f})" if len(each) > 1 else ""


@dataclass(frozen=True)
class Trained:
    """The finished trainings of one experiment, in the order of their seeds; they have all else in common.

    Raises
    ------
    ValueError : there is none, or they differ in more than their seed; names the settings and the folders.
    """

    study: Study
    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        if not self.runs:
            raise ValueError("an experiment that was never trained has no results")
        settings = [{**run.config, "training_seed": None} for run in self.runs]
        other = [run for run, one in zip(self.runs, settings, strict=True) if one != settings[0]]
        if other:
            keys = {key for one in settings for key in one if one[key] != settings[0].get(key)}
            raise ValueError(f"trainings of {self.experiment.name} differ in more than their seed "
                             f"({', '.join(sorted(keys))}): {self.runs[0].folder.name} against "
                             f"{', '.join(run.folder.name for run in other)}. Delete the outdated ones and train again")

    @property
    def experiment(self) -> Experiment:
        """What was trained."""
        return self.runs[0].experiment

    @property
    def title(self) -> str:
        """What was trained, with the state of its trunk."""
        return self.runs[0].title

    @property
    def history(self) -> pd.DataFrame:
        """One line an epoch of each training: repeat, epoch, train_loss, validation_loss, ..."""
        return pd.concat([run.history.assign(repeat=run.repeat) for run in self.runs], ignore_index=True)

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """Distances and scores of the validation triplets, the same for every training, at its best epoch."""
        return tuple(run.judgement(self.study) for run in self.runs)

    def pooled(self, name: str) -> np.ndarray:
        """Put one array of the judgements ("positive", "negative", "rank") of all trainings together, for a figure."""
        return np.concatenate([getattr(judged, name) for judged in self.judgements])

    @cached_property
    def scores(self) -> dict[str, Score]:
        """Every score of a judgement, averaged over trainings; the loss is that of each training's best epoch.

        Values are averaged before any interval is drawn: the mean of 1 / rank is not 1 over the mean rank.
        """
        each = [judged.values() for judged in self.judgements]
        return {name: Score.of([values[name][0] for values in each], works) for name, (_, works) in each[0].items()}

    @property
    def loss(self) -> Score:
        """Validation triplet loss at the best epoch."""
        return self.scores["triplet_loss"]

    def fell(self) -> str:
        """Say whether the validation loss came below that of the first epoch, and in how many trainings."""
        fell = sum(run.metrics["best_validation_loss"] < run.history["validation_loss"].iloc[0] for run in self.runs)
        if fell in (0, len(self.runs)):
            return "it fell" if fell else "it did not fall"
        return f"it fell in {fell} of {len(self.runs)} trainings"

    def summary(self) -> dict[str, Any]:
        """Collect what a results file says about the experiment: plain values only, and no times."""
        first = self.runs[0]
        same = ("epochs", "trunk", "train_triplets", "validation_triplets", "train_works", "validation_works")
        return {
            "title": self.title, "learning_rate": first.config["experiment"]["learning_rate"],
            "seeds": len(self.runs), "best_validation_loss": self.loss.value,
            **{key: first.metrics[key] for key in same},
            "validation": {name: score.as_dict() for name, score in self.scores.items()},
            "repeats": [{key: value for key, value in run.metrics.items() if key not in CLOCK} for run in self.runs],
        }
