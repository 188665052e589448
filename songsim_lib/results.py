"""From finished runs to the study's tables and to sentences about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from songsim_lib.config import REPORTED_BASELINE_LOSS, Experiment
from songsim_lib.metrics import Estimate
from songsim_lib.runs import Run, load
from songsim_lib.study import Study

SCORES = {
    "triplet_loss": "triplet loss",
    "triplet_accuracy": "triplet accuracy",
    "positive_rank": "mean rank",
    "positive_first": "ranked first",
}


def finished(study: Study, experiments: Sequence[Experiment]) -> list[Run]:
    """Read the finished runs among `experiments`, in the report's order.

    Raises
    ------
    FileNotFoundError : none is finished.
    """
    runs = [run for experiment in experiments if (run := load(study, experiment))]
    if not runs:
        raise FileNotFoundError(f"no finished run for {study.name}; run 04_resnet_finetuning or "
                                "05_cnn_from_scratch first")
    return runs


def _row(title: str, scores: dict[str, Any]) -> dict[str, str]:
    return {"system": title} | {label: str(Estimate(**scores[name])) for name, label in SCORES.items()}


def table(runs: Sequence[Run], measured: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Set baselines and models side by side, every score with its 95 % interval over works."""
    rows = [_row(scores["title"], scores) for scores in measured.values()]
    rows += [_row(run.title, run.metrics["validation"]) for run in runs]
    return pd.DataFrame(rows)


def loss_of(scores: dict[str, Any]) -> float:
    """Read the mean triplet loss of a baseline's or a run's scores."""
    return scores["triplet_loss"]["value"]


def strongest(measured: dict[str, dict[str, Any]]) -> str:
    """Name the baseline with the lowest validation triplet loss."""
    return min(measured, key=lambda name: loss_of(measured[name]))


def improvement(loss: float, baseline_loss: float) -> float:
    """Say by how much a loss undercuts a baseline's, in percent."""
    return 100 * (1 - loss / baseline_loss)


def against_report(runs: Sequence[Run], measured: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Draw up the report's own table, reported | ours: best loss, baseline, improvement, for every run."""
    rows = []
    for run in runs:
        ours, said = run.metrics["best_validation_loss"], min(run.experiment.reported_loss, default=None)
        for name in dict.fromkeys(("as_reported", "flat_l2", strongest(measured))):
            base = loss_of(measured[name])
            comparable = said if name == "as_reported" else None  # the report has this baseline alone
            rows.append({
                "run": run.title, "baseline": measured[name]["title"],
                "best loss": _beside(said and f"{said:.4f}", f"{ours:.4f}"),
                "baseline loss": _beside(comparable and f"{REPORTED_BASELINE_LOSS:.4f}", f"{base:.4f}"),
                "improvement": _beside(comparable and f"{improvement(comparable, REPORTED_BASELINE_LOSS):.1f} %",
                                       f"{improvement(ours, base):.1f} %"),
            })
    return pd.DataFrame(rows)


def _beside(reported: str | float | None, ours: str) -> str:
    """Write "reported | ours", a dash where the report gives no number."""
    return f"{reported or '–'} | {ours}"


def beats(run: Run, baseline: dict[str, Any]) -> dict[str, bool]:
    """Tell whether a run is better than a baseline by loss and by accuracy over all negatives."""
    scores = run.metrics["validation"]
    return {"loss": loss_of(scores) < loss_of(baseline),
            "accuracy": scores["triplet_accuracy"]["value"] > baseline["triplet_accuracy"]["value"]}


def summary(study: Study, runs: Sequence[Run], measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Collect what the report and the README quote: plain values only."""
    return {
        "source": study.source, "profile": study.profile.name, "seed": study.seed,
        "device": runs[0].config["device"], "number_format": runs[0].config["number_format"],
        "torch": runs[0].config["torch"], "data": runs[0].config["data"],
        "baselines": measured, "strongest_baseline": strongest(measured),
        "runs": {run.experiment.name: {"title": run.title, "learning_rate": run.config["experiment"]["learning_rate"],
                                       **run.metrics} for run in runs},
    }
