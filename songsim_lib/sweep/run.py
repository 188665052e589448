"""Run a sweep: take one point after the other until all are finished, beside whoever else works on them."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import optuna
import torch
from optuna.trial import Trial

from songsim_lib import hardware
from songsim_lib.device import autocast_dtype
from songsim_lib.sweep import design, reading
from songsim_lib.sweep.search import Search
from songsim_lib.sweep.space import experiment, own
from songsim_lib.sweep.training import train, training_seed
from songsim_lib.sweep.trials import FAILED, TRAINING, Trials
from songsim_lib.train import TrainingError

POLL_S = 5.0  # how often to look whether another process has finished or is gone


def run(search: Search, trials: Trials, tell: Callable[[str], None] = print, poll_s: float = POLL_S) -> reading.Sweep:
    """Train what is left of a sweep, and wait for what others train, until all its settings are finished.

    Its table is written after each. A training that diverges is a result, and not tried again.
    """
    waiting = False
    while True:
        trials.give_up_silent()
        if trials.free(search.total):
            trials.work(lambda trial: _objective(search, trials, trial, tell))
            collect(search, trials).save(search.folder)
        elif running := trials.running(search.total):
            if not waiting:
                tell(f"waiting for {len(running)} setting(s) that another process trains, or trained when it was "
                     f"stopped: it is taken over after {trials.silent_s} s without a sign of life")
            waiting = True
            time.sleep(poll_s)
        else:
            break
    sweep = collect(search, trials)
    sweep.save(search.folder)
    return sweep


def _objective(search: Search, trials: Trials, trial: Trial, tell: Callable[[str], None]) -> float:
    """Train a setting `seeds` times; its mean validation accuracy, which unlike the loss no margin scales."""
    study = search.songs.study
    point = trials.claim(trial, search.total)
    setting = design.setting(point, search.architecture, study.profile, study.seed)
    trials.note(trial, search.knobs, setting)
    trial.set_user_attr("machine", _machine(study.device))
    found = trials.trainings(point)
    for repeat in range(search.seeds):
        if repeat not in found:
            name, seed = f"setting {point + 1} of {search.total}", training_seed(study.seed, point, repeat)
            try:
                found[repeat] = train(search.songs, experiment(setting, search.architecture), seed, name)
            except TrainingError as error:
                found[repeat] = {"seed": seed, FAILED: str(error)}
        trial.set_user_attr(f"{TRAINING}{repeat}", found[repeat])
    scores = [one["accuracy"] for one in found.values() if FAILED not in one]
    tell(f"setting {point + 1} of {search.total}: {_shown(setting)}: "
         + (f"accuracy {', '.join(f'{score:.3f}' for score in scores)}" if scores else "no training came to an end"))
    if not scores:
        raise optuna.TrialPruned
    return float(np.mean(scores))


def _shown(setting: dict[str, Any]) -> str:
    shown = (f"{name} {value:.2g}" if isinstance(value, float) else f"{name} {value}"
             for name, value in setting.items())
    return ", ".join(shown).replace("_", " ")


def _machine(device: torch.device) -> str:
    """Say what trains, and with which numbers: settings that two machines share differ a little by that."""
    return f"{hardware.gpu_name() or hardware.cpu_name()}, {str(autocast_dtype(device)).removeprefix('torch.')}"


def collect(search: Search, trials: Trials) -> reading.Sweep:
    """Make the table of all settings that are finished."""
    study = search.songs.study
    names = list(own(search.architecture, study.profile))
    rows = [{"point": point, "experiment": names[point] if point < len(names) else "",
             **design.setting(point, search.architecture, study.profile, study.seed), "repeat": repeat, **training,
             "machine": trial.user_attrs["machine"]}
            for point, trial in sorted(trials.finished().items()) if point < search.total
            for repeat, training in sorted(trials.trainings(point).items())]
    versions = {name: version(name) for name in ("torch", "optuna", "numpy")}
    return reading.Sweep(reading.table(rows), search.about | {"asked": search.total, "versions": versions})
