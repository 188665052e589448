"""Train one setting once and keep what it scored, not its weights."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from songsim_lib import models
from songsim_lib.config import MAX_SEEDS, Experiment
from songsim_lib.train import Trainer
from songsim_lib.training_data import TrainingData

# What is kept of a training: its scores on validation songs after its best epoch.
SCORES = {"triplet_accuracy": "accuracy", "triplet_loss": "loss", "positive_first": "first", "positive_mrr": "mrr"}


def training_seed(seed: int, point: int, repeat: int) -> int:
    """Give each training a seed of its own; those of the first point are the ones `runs.fit` trains with."""
    return seed + MAX_SEEDS * point + repeat


def train(songs: TrainingData, experiment: Experiment, seed: int, name: str = "") -> dict[str, Any]:
    """Train an experiment at its own learning rate, for as many epochs as the profile allows.

    Parameters
    ----------
    seed : of weights, batches and dropout.
    name : what the progress bar says.

    Returns
    -------
    dict : seed; accuracy, loss, first (share ranked first), mrr on the validation songs after the epoch with the lowest
        validation loss, as `runs.fit` chooses it; best_epoch, train_loss, seconds.

    Raises
    ------
    TrainingError : the loss is no longer a number.
    """
    start = time.perf_counter()
    torch.manual_seed(seed)
    profile = replace(songs.study.profile, learning_rate=None)  # which would replace the setting's own
    trainer = Trainer(models.build(experiment), experiment, profile, songs.data, songs.train, songs.validation,
                      songs.negatives, seed)
    best = None
    steps = trainer.epochs * trainer.steps_per_epoch
    with tqdm(total=steps, unit="batch", desc=name, mininterval=1, leave=False) as bar:
        for _ in range(trainer.epochs):
            judged = trainer.run_epoch(bar)
            if best is None or judged.loss < best.loss:
                best, line = judged, trainer.history[-1]
    assert best is not None, "a profile trains for an epoch at least"
    scores = {short: float(np.mean(best.values()[score][0])) for score, short in SCORES.items()}
    return {"seed": seed, **scores, "best_epoch": int(line["epoch"]), "train_loss": line["train_loss"],
            "seconds": round(time.perf_counter() - start, 1)}
