"""From finished trainings to the study's tables and to sentences about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from songsim_lib import metrics
from songsim_lib.config import MAX_SEEDS, REPORTED_BASELINE_LOSS, Experiment
from songsim_lib.runs import Run, fit, load
from songsim_lib.splits import VALIDATION
from songsim_lib.study import Study
from songsim_lib.trained import Trained, spread
from songsim_lib.triplets import pairs

SCORES = {
    "triplet_loss": "triplet loss",
    "triplet_accuracy": "triplet accuracy",
    "positive_rank": "mean rank",
    "positive_first": "ranked first",
}
CHANCE = "chance (analytic)"
NOTEBOOKS = {"resnet18": "04_resnet_finetuning", "cnn": "05_cnn_from_scratch"}  # where an architecture is trained


def repeats(seeds: int) -> range:
    """Count the trainings of each experiment: 0, ..., seeds - 1.

    Raises
    ------
    ValueError : `seeds` is no whole number from 1 to 20.
    """
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not 1 <= seeds <= MAX_SEEDS:
        raise ValueError(f"seeds must be a whole number from 1 to {MAX_SEEDS}, how often each experiment is trained, "
                         f"not {seeds!r}")
    return range(seeds)


def trainings(study: Study, experiment: Experiment, seeds: int) -> list[Run]:
    """Read the finished ones among the first `seeds` trainings of an experiment."""
    return [run for repeat in repeats(seeds) if (run := load(study, experiment, repeat))]


def any_finished(study: Study, experiments: Sequence[Experiment], seeds: int) -> bool:
    """Tell whether there is a finished training of any of these experiments."""
    return any(trainings(study, experiment, seeds) for experiment in experiments)


def train(study: Study, experiments: Sequence[Experiment], seeds: int) -> list[Trained]:
    """Train each experiment `seeds` times; what is finished is loaded, what was interrupted goes on."""
    return [Trained(study, tuple(fit(study, experiment, repeat) for repeat in repeats(seeds)))
            for experiment in experiments]


def finished(study: Study, experiments: Sequence[Experiment], seeds: int) -> list[Trained]:
    """Read the finished ones among `experiments`, in the report's order.

    Raises
    ------
    FileNotFoundError : none is finished, or one was trained less often than `seeds` says; names what is missing.
    """
    found = {experiment: trainings(study, experiment, seeds) for experiment in experiments}
    if not any(found.values()):
        raise FileNotFoundError(f"no finished run for {study.name}; run {' or '.join(NOTEBOOKS.values())} first")
    for experiment, runs in found.items():
        missing = set(repeats(seeds)) - {run.repeat for run in runs}
        if runs and missing:
            folders = ", ".join(study.run_folder(experiment.name, repeat).name for repeat in sorted(missing))
            raise FileNotFoundError(f"{experiment.name}: {len(missing)} of {seeds} trainings missing: {folders}. "
                                    f"Run {NOTEBOOKS[experiment.architecture]} with seeds = {seeds}")
    return [Trained(study, tuple(runs)) for runs in found.values() if runs]


def chance(study: Study) -> dict[str, float]:
    """Say what guessing scores on the validation triplets: exact expectations, not a coin (`metrics.chance`)."""
    return metrics.chance.triplets(pairs(study.catalog(), study.store(), VALIDATION).first().works)


def table(study: Study, trained: Sequence[Trained], measured: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Set chance, baselines and models side by side, every score with its 95 % interval over works.

    Where a model was trained several times, the lowest and the highest training stand in parentheses.
    """
    cells = [(CHANCE, {name: f"{value:.3f}" for name, value in chance(study).items()})]
    cells += [(scores["title"], {name: str(metrics.Estimate(**scores[name])) for name in SCORES})
              for scores in measured.values()]
    cells += [(one.title, {name: str(one.scores[name]) for name in SCORES}) for one in trained]
    return pd.DataFrame([{"system": title} | {label: row.get(name, "–") for name, label in SCORES.items()}
                         for title, row in cells])


def how_to_read(seeds: int) -> str:
    """Say what stands in the brackets of a table."""
    if seeds == 1:
        return "In brackets: 95 % intervals, bootstrapped over works."
    return (f"Models: means over {seeds} trainings that differ in their seed alone. In square brackets: 95 % intervals "
            "of these means, bootstrapped over works; in parentheses: the lowest and the highest training.")


def loss_of(scores: dict[str, Any]) -> float:
    """Read the mean triplet loss of a baseline's scores."""
    return scores["triplet_loss"]["value"]


def strongest(measured: dict[str, dict[str, Any]]) -> str:
    """Name the baseline with the lowest validation triplet loss."""
    return min(measured, key=lambda name: loss_of(measured[name]))


def improvement(loss: float, baseline_loss: float) -> float:
    """Say by how much a loss undercuts a baseline's, in percent."""
    return 100 * (1 - loss / baseline_loss)


def against_report(trained: Sequence[Trained], measured: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Draw up the report's own table, reported | ours: best loss, baseline, improvement, for every experiment."""
    rows = []
    for one in trained:
        ours, said = one.loss.value, min(one.experiment.reported_loss, default=None)
        for name in dict.fromkeys(("as_reported", "flat_l2", strongest(measured))):
            base = loss_of(measured[name])
            comparable = said if name == "as_reported" else None  # the report has this baseline alone
            rows.append({
                "run": one.title, "baseline": measured[name]["title"],
                "best loss": _beside(said and f"{said:.4f}", f"{ours:.4f}{spread(one.loss.each, 4)}"),
                "baseline loss": _beside(comparable and f"{REPORTED_BASELINE_LOSS:.4f}", f"{base:.4f}"),
                "improvement": _beside(comparable and f"{improvement(comparable, REPORTED_BASELINE_LOSS):.1f} %",
                                       f"{improvement(ours, base):.1f} %"),
            })
    return pd.DataFrame(rows)


def _beside(reported: str | float | None, ours: str) -> str:
    """Write "reported | ours", a dash where the report gives no number."""
    return f"{reported or '–'} | {ours}"


def beats(trained: Trained, baseline: dict[str, Any]) -> dict[str, bool]:
    """Tell whether an experiment is better than a baseline by loss and by accuracy over all negatives."""
    return {"loss": trained.loss.value < loss_of(baseline),
            "accuracy": trained.scores["triplet_accuracy"].value > baseline["triplet_accuracy"]["value"]}


def summary(study: Study, trained: Sequence[Trained], measured: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Collect what the report and the README quote: plain values only."""
    about = trained[0].runs[0].config
    return {
        "source": study.source, "profile": study.profile.name, "seed": study.seed, "seeds": len(trained[0].runs),
        **{key: about[key] for key in ("device", "number_format", "torch", "data")},
        "chance": chance(study), "baselines": measured, "strongest_baseline": strongest(measured),
        "runs": {one.experiment.name: one.summary() for one in trained},
    }
