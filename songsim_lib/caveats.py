"""What limits the numbers of a run, in words: shown on top of the report and beside every result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from songsim_lib.config import RANDOM
from songsim_lib.study import Study

if TYPE_CHECKING:
    from songsim_lib.runs import Run


def caveats(study: Study, runs: Sequence[Run] = ()) -> list[str]:
    """List in words what limits the numbers of this run; `runs` are the trainings so far, repeats included."""
    found = [f"Corpus: {study.choice.name}, {study.choice.description}."]
    if study.profile.name != "report":
        found.append(f"Profile {study.profile.name}: {study.profile.purpose}. A demonstration of the study, "
                     "not a reproduction of its 10,000 triplets.")
    rates = {run.experiment.name: f"{rate:g} instead of {recipe:g}" for run in runs
             if (rate := run.config["experiment"]["learning_rate"]) != (recipe := run.config["recipe_learning_rate"])}
    if rates:
        found.append("Learning rates raised, since so few steps could not move the recipe's "
                     f"({', '.join(f'{name}: {rate}' for name, rate in rates.items())}).")
    once = [name for name, times in Counter(run.experiment.name for run in runs).items() if times == 1]
    if once:
        found.append(f"Trained once: {', '.join(once)}. Intervals are over works; how far another training seed would "
                     "move these numbers is not known (`--seeds 3`, in a notebook `seeds = 3`, shows it).")
    if any(run.config["trunk"] == RANDOM for run in runs):
        found.append("Random trunk: ImageNet weights could not be had, so the ResNet-18 runs started from random "
                     "weights with nothing frozen. They are not fine-tuning, and not comparable with the report's.")
    collapsed = [run.folder.name for run in runs if run.metrics["collapsed"]]
    if collapsed:
        found.append(f"Collapsed: {', '.join(collapsed)}. All songs have nearly the same embedding there, the loss "
                     "stands at the margin, and the scores say nothing of the architecture.")
    if (failed := len(study.store().failed)) > 0:
        found.append(f"{failed} recording(s) could not be used; failed.csv in the feature store says why.")
    return found
