"""What limits the numbers of a run, in words: shown on top of the report and beside every result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from songsim_lib.config import RANDOM
from songsim_lib.study import Study

if TYPE_CHECKING:
    from songsim_lib.runs import Run


def caveats(study: Study, runs: Sequence[Run] = ()) -> list[str]:
    """List in words what limits the numbers of this run."""
    found = [f"Corpus: {study.choice.name}, {study.choice.description}."]
    if study.profile.name != "report":
        found.append(f"Profile {study.profile.name}: {study.profile.purpose}. A demonstration of the study, "
                     "not a reproduction of its 10,000 triplets.")
    raised = [run for run in runs if run.config["experiment"]["learning_rate"] != run.config["recipe_learning_rate"]]
    if raised:
        rates = ", ".join(f"{run.experiment.name}: {run.config['experiment']['learning_rate']:g} instead of "
                          f"{run.config['recipe_learning_rate']:g}" for run in raised)
        found.append(f"Learning rates raised, since so few steps could not move the recipe's ({rates}).")
    if any(run.config["trunk"] == RANDOM for run in runs):
        found.append("Random trunk: ImageNet weights could not be had, so the ResNet-18 runs started from random "
                     "weights with nothing frozen. They are not fine-tuning, and not comparable with the report's.")
    if (failed := len(study.store().failed)) > 0:
        found.append(f"{failed} recording(s) could not be used; failed.csv in the feature store says why.")
    return found
