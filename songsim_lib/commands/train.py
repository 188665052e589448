"""./run_all.sh train: train a study's experiments without its notebooks, which then find them done.

    accelerate launch --num_processes 2 -m songsim_lib.cli train --experiments resnet18_b32_all

trains on two GPUs, or on several machines as `accelerate config` describes them; the folder of the study must be theirs
in common. Saved states are the same whatever the number of processes: what one began, two may finish.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from songsim_lib import options
from songsim_lib.commands import COMMANDS, Refused
from songsim_lib.config import choose_experiments

if TYPE_CHECKING:
    from songsim_lib.runs import Run

KEPT = "; the same command goes on after the last finished epoch"


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    result = argparse.ArgumentParser(
        prog="run_all.sh train", allow_abbrev=False,
        description=f"{COMMANDS['train'].capitalize()}. An interrupted training goes on after its last finished epoch.",
        epilog="Several processes: accelerate launch --num_processes N -m songsim_lib.cli train [options]")
    options.add_study(result)
    options.add_trainings(result)
    return result


def check(given: argparse.Namespace) -> str:
    """See that the source is one; gives the optional requirements to set up; raises `Refused`."""
    try:
        return options.source_of(given).extra
    except ValueError as error:
        raise Refused(str(error)) from error


def answer(given: argparse.Namespace) -> str:
    """Train, and say how each training ended (the first process of several); raises `Refused`."""
    from songsim_lib import runs
    from songsim_lib.catalog import CatalogError
    from songsim_lib.checkpoint import CheckpointError
    from songsim_lib.store import StoreError
    from songsim_lib.study import Study
    from songsim_lib.team import Team
    from songsim_lib.train import TrainingError

    study = Study(str(options.source_of(given)), given.profile, given.seed, given.output or "")
    team = Team(study.device)
    speaks = team.writes
    try:
        study.store()
        trained = [runs.fit(study, experiment, repeat) for experiment in choose_experiments(given.experiments)
                   for repeat in range(given.seeds)]
    except (CatalogError, CheckpointError, StoreError, TrainingError) as error:
        raise Refused(str(error)) from error
    finally:
        team.leave()
    return "\n".join(_ended(run) for run in trained if speaks)


def _ended(run: Run) -> str:
    return (f"{run.folder.name}: validation loss {run.metrics['best_validation_loss']:.4f} after epoch "
            f"{run.metrics['best_epoch']} of {run.metrics['epochs']}")
