"""A training run on disk: begun, resumed, finished, and read back."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from songsim_lib import epochs, hardware, models
from songsim_lib.checkpoint import load_model
from songsim_lib.config import Experiment
from songsim_lib.device import autocast_dtype
from songsim_lib.files import code_digest, read_json, write_json
from songsim_lib.locks import alone
from songsim_lib.splits import VALIDATION
from songsim_lib.study import Study
from songsim_lib.team import Team
from songsim_lib.train import Trainer
from songsim_lib.training_data import TrainingData
from songsim_lib.triplets import pairs
from songsim_lib.validate import Judgement, fixed_negatives, judge

# A change in one of these changes what training does; a finished run made by other code is not reused.
CODE = ("augment", "batch_norm", "config", "device", "epochs", "features", "metrics/estimates", "metrics/triplets",
        "models", "splits", "team", "train", "training_data", "triplets", "validate")


@dataclass(frozen=True)
class Run:
    """A finished training run, as its folder tells it; `repeat` counts the trainings of one experiment from 0."""

    experiment: Experiment
    folder: Path
    config: dict[str, Any]
    metrics: dict[str, Any]
    repeat: int = 0

    @property
    def title(self) -> str:
        """What was trained, with the state of its trunk where that matters."""
        return f"{self.experiment.title} ({self.config['trunk']})"

    @property
    def history(self) -> pd.DataFrame:
        """One line an epoch: train_loss, validation_loss, validation_accuracy, seconds."""
        return pd.read_csv(self.folder / "history.csv")

    @property
    def embeddings(self) -> pd.DataFrame:
        """Embeddings of all validation clips: row (in the store), embedding."""
        return pd.read_parquet(self.folder / "embeddings.parquet")

    def judgement(self, study: Study) -> Judgement:
        """Distances and scores of the validation triplets at the best epoch."""
        validation = pairs(study.catalog(), study.store(), VALIDATION)
        embedded = np.stack(self.embeddings["embedding"].to_list())
        return judge(validation, fixed_negatives(validation, study.seed), embedded, self.experiment.margin)

    def model(self) -> models.Embedder:
        """Load the network at its best epoch."""
        model = models.network(self.experiment)
        load_model(self.folder / "model.safetensors", model)
        return model.eval()


def training_seed(study: Study, repeat: int) -> int:
    """Seed of an experiment's weights, batches and dropout; the data and the splits keep the study's own seed."""
    return study.seed + repeat


def fit(study: Study, experiment: Experiment, repeat: int = 0) -> Run:
    """Train an experiment, go on with one that was interrupted, or load one that is finished.

    Parameters
    ----------
    study : its store must exist (notebook 00_data).
    experiment : one of `config.EXPERIMENTS`, or another of its kind.
    repeat : the same experiment on the same data from other random weights, in another order.

    Returns
    -------
    Run : the finished run; its folder holds config, history, checkpoints, embeddings and metrics.
    """
    team, folder = Team(study.device), study.run_folder(experiment.name, repeat)
    if done := _finished(study, experiment, repeat, team):
        return done
    with alone(folder, f"training in {folder}") if team.writes else nullcontext():
        team.wait()  # for the one that writes, and for what another process has finished meanwhile
        if done := _finished(study, experiment, repeat, team):
            return done
        _fit(study, experiment, repeat, team)
        return load(study, experiment, repeat)  # type: ignore[return-value]


def _finished(study: Study, experiment: Experiment, repeat: int, team: Team) -> Run | None:
    """Load a training that was finished with the same settings; None for all of a team, or for nobody."""
    found, config = load(study, experiment, repeat), _config(study, experiment, repeat)
    if team.any(found is None or {key: found.config.get(key) for key in config} != config):
        return None
    if team.writes:
        print(f"{experiment.name}: already trained, loaded from {study.run_folder(experiment.name, repeat).name}")
    return found


def _fit(study: Study, experiment: Experiment, repeat: int, team: Team) -> None:
    """Train, or go on with what was trained with the same settings."""
    folder, seed = study.run_folder(experiment.name, repeat), training_seed(study, repeat)
    torch.manual_seed(seed)
    model = models.build(experiment)
    config = _config(study, experiment, repeat) | {"trunk": model.trunk}
    if team.writes and read_json(folder / "config.json") != config:  # other settings, or a trunk not to be had then
        for stale in ("last.ckpt", "metrics.json", "history.csv", "model.safetensors", "embeddings.parquet"):
            (folder / stale).unlink(missing_ok=True)
        write_json(folder / "config.json", config)
    team.wait()
    songs = TrainingData.of(study)
    trainer = Trainer(model, experiment, study.profile, songs.data, songs.train, songs.validation, songs.negatives,
                      seed)
    epochs.train(trainer, folder)
    if team.writes:
        epochs.finish(trainer, folder, config)
    team.wait()


def load(study: Study, experiment: Experiment, repeat: int = 0) -> Run | None:
    """Read a finished run; None when there is none."""
    folder = study.run_folder(experiment.name, repeat)
    metrics = read_json(folder / "metrics.json")
    return Run(experiment, folder, read_json(folder / "config.json"), metrics, repeat) if metrics else None


def _config(study: Study, experiment: Experiment, repeat: int) -> dict[str, Any]:
    """Everything a run follows from; two runs of equal configs on one machine give equal numbers."""
    effective = replace(experiment, epochs=study.profile.epochs(experiment),
                        learning_rate=study.profile.learning_rate_of(experiment))
    return {
        "experiment": asdict(effective) | {"reported_loss": list(experiment.reported_loss)},
        "recipe_learning_rate": experiment.learning_rate, "recipe_epochs": experiment.epochs,
        "profile": asdict(study.profile), "source": study.source, "seed": study.seed,
        "training_seed": training_seed(study, repeat),
        "data": study.store().about["content"], "recordings": len(study.catalog()),
        "device": hardware.gpu_name() or hardware.cpu_name(), "device_type": study.device.type,
        "number_format": str(autocast_dtype(study.device)).removeprefix("torch."),
        "torch": torch.__version__, "code": code_digest(*CODE),
    }
