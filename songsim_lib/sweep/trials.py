"""The trials of a sweep in a database that several processes and machines work on (Optuna keeps it)."""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial, Trial, TrialState

from songsim_lib.sweep.space import Knob, Levels, Setting

HEARTBEAT_S = 30  # how often a process says that it still works on its trial
SILENT_S = 120  # a process that has said nothing for so long is gone
POINT, TRAINING, FAILED = "point", "training_", "failed"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)  # pruned: no training of it came to an end
SQLITE = "sqlite:///"


class NothingLeft(Exception):
    """Every point is finished, or another process is at work on it."""


class Planned(optuna.samplers.BaseSampler):
    """Suggests what a planned setting says; draws nothing."""

    def __init__(self) -> None:
        self.setting: Setting = {}

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, Any]:
        """Leave every knob to `sample_independent`."""
        return {}

    def sample_relative(self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, Any]) -> dict[str, Any]:
        """Suggest nothing."""
        return {}

    def sample_independent(self, study: optuna.Study, trial: FrozenTrial, param_name: str,
                           param_distribution: Any) -> Any:
        """Read a knob off the setting."""
        return self.setting[param_name]


class Trials:
    """The trials of one sweep. A point belongs to the one live trial (running or finished) that has claimed it.

    Nothing is ever queued: a trial that failed, was interrupted, or whose process is gone gives its point back, and the
    next process that looks for work takes it, with the trainings that had come to an end.
    """

    def __init__(self, url: str, name: str, heartbeat_s: int = HEARTBEAT_S, silent_s: int = SILENT_S) -> None:
        """Open or begin the sweep `name` in the database at `url` (as SQLAlchemy writes it)."""
        self.silent_s = silent_s
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        file = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
        # Two processes that start at once must not both make the tables of a new file.
        with FileLock(f"{file}.lock") if file else nullcontext():
            storage = optuna.storages.RDBStorage(
                url, engine_kwargs={"connect_args": {"timeout": 60}} if file else None,
                heartbeat_interval=heartbeat_s, grace_period=silent_s)
            self.sampler = Planned()
            self.study = optuna.create_study(storage=storage, study_name=name, sampler=self.sampler,
                                             direction="maximize", load_if_exists=True)

    def _all(self) -> list[FrozenTrial]:
        return [trial for trial in self.study.get_trials(deepcopy=False) if trial.user_attrs.get(POINT, -1) >= 0]

    def finished(self) -> dict[int, FrozenTrial]:
        """List the finished trials by their point."""
        return {trial.user_attrs[POINT]: trial for trial in self._all() if trial.state in FINISHED}

    def running(self, total: int) -> list[int]:
        """List the points below `total` that some process is at work on."""
        return sorted({point for trial in self._all()
                       if trial.state == TrialState.RUNNING and (point := trial.user_attrs[POINT]) < total})

    def free(self, total: int) -> list[int]:
        """List the points below `total` that nobody has finished or is at work on."""
        taken = {*self.finished(), *self.running(total)}
        return [point for point in range(total) if point not in taken]

    def work(self, train: Callable[[Trial], float]) -> None:
        """Begin a trial and train what it claims; nothing happens where there is no free point.

        A process that was silent for too long (its machine slept) finds its trial given up, and leaves it to others.
        """
        given_up = []

        def watched(trial: Trial) -> float:
            try:
                return train(trial)
            except optuna.exceptions.UpdateFinishedTrialError:
                given_up.append(trial)
                raise

        try:
            self.study.optimize(watched, n_trials=1, catch=(NothingLeft,))
        except (optuna.exceptions.UpdateFinishedTrialError, ValueError):  # the latter: cannot tell a failed trial
            if not given_up:
                raise

    def claim(self, trial: Trial, total: int) -> int:
        """Take the first free point for a trial that was just begun.

        Databases differ in how they lock. Here every process first writes which point it takes, then reads whether
        another has taken it too: of two, the one that wrote last sees the other, and gives way. If both see each
        other, both give way, and look again after pauses of different length.

        Raises
        ------
        NothingLeft : there is no free point.
        """
        while free := self.free(total):
            trial.set_user_attr(POINT, free[0])
            if not any(other.user_attrs[POINT] == free[0] and other.number != trial.number
                       and other.state in (TrialState.RUNNING, *FINISHED) for other in self._all()):
                return free[0]
            trial.set_user_attr(POINT, -1)
            time.sleep(random.uniform(0, 0.5))
        raise NothingLeft

    def trainings(self, point: int) -> dict[int, dict[str, Any]]:
        """List the trainings of a point that came to an end, in whichever trial, by their repeat."""
        return {int(key.removeprefix(TRAINING)): found for trial in self._all() if trial.user_attrs[POINT] == point
                for key, found in trial.user_attrs.items() if key.startswith(TRAINING)}

    def give_up_silent(self) -> None:
        """Let go of the points of processes that are gone."""
        optuna.storages.fail_stale_trials(self.study)

    def note(self, trial: Trial, knobs: Mapping[str, Knob], setting: Setting) -> None:
        """Write a setting into the database as the parameters of a trial."""
        self.sampler.setting = setting
        for name, knob in knobs.items():
            if isinstance(knob, Levels):
                trial.suggest_categorical(name, knob.values)
            else:
                trial.suggest_float(name, 0.0 if knob.off else knob.low, knob.high, log=knob.log and not knob.off)
