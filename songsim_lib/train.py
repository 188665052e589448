"""Fit an embedding network on triplets: the study's recipe, repeatable and resumable."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch.optim.swa_utils import update_bn
from tqdm import tqdm

from songsim_lib.config import Experiment, Profile
from songsim_lib.device import Batches, autocast, autocast_dtype, embed, place
from songsim_lib.models import Embedder
from songsim_lib.triplets import Pairs, batches
from songsim_lib.validate import Judgement, clips, judge


class TrainingError(RuntimeError):
    """Training that cannot go on; says at which epoch and why."""


class Trainer:
    """One training run: model, optimizer, data, and the history so far.

    Each epoch seeds its own generators from (seed, epoch), so a run that is resumed after any epoch draws
    the same batches and the same dropout as one that was never interrupted.
    """

    def __init__(self, model: Embedder, experiment: Experiment, profile: Profile, data: Batches, train: Pairs,
                 validation: Pairs, negatives: np.ndarray, seed: int) -> None:
        self.experiment, self.profile, self.seed = experiment, profile, seed
        self.data, self.train_pairs, self.validation_pairs = data, train, validation
        self.model = place(model, data.device)
        self.negatives = negatives  # of the validation triplets
        self.optimizer = torch.optim.Adam(
            (weight for weight in model.parameters() if weight.requires_grad),
            lr=profile.learning_rate_of(experiment), weight_decay=experiment.weight_decay)
        scaling = autocast_dtype(data.device) == torch.float16
        self.scaler = torch.amp.GradScaler(data.device.type, enabled=scaling)
        self.history: list[dict[str, float]] = []

    @property
    def epochs(self) -> int:
        """Epochs to train for in all."""
        return self.profile.epochs(self.experiment)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps an epoch."""
        return math.ceil(len(self.train_pairs) / self.experiment.batch_size)

    def run_epoch(self, bar: tqdm) -> Judgement:
        """Train for one epoch, recompute batch-norm statistics, validate, and add a line to the history.

        Raises
        ------
        TrainingError : the loss is no longer a number.
        """
        epoch, start = len(self.history) + 1, time.perf_counter()
        torch.manual_seed(int(np.random.SeedSequence([self.seed, epoch]).generate_state(1)[0]))
        self.model.train()
        losses = []
        for anchors, positives, negatives in batches(self.train_pairs, self.experiment.batch_size, self.seed, epoch):
            losses.append(self.step(anchors, positives, negatives) * len(anchors))
            bar.update()
        train_loss = float(torch.stack(losses).sum()) / len(self.train_pairs)
        if not math.isfinite(train_loss):
            raise TrainingError(f"{self.experiment.name}: the training loss is {train_loss} in epoch {epoch}; "
                                "lower the learning rate. The last good epoch is kept")
        refresh_batch_norm(self.model, self.data, self.train_pairs, self.experiment.batch_size,
                           self.profile.batch_norm_clips, self.seed)
        judgement = self.validate()
        self.history.append({"epoch": epoch, "train_loss": train_loss, "validation_loss": judgement.loss,
                             "validation_accuracy": float(judgement.accuracy.mean()),
                             "seconds": time.perf_counter() - start})
        bar.set_postfix(epoch=epoch, train=f"{train_loss:.3f}", validation=f"{judgement.loss:.3f}")
        return judgement

    def step(self, anchors: np.ndarray, positives: np.ndarray, negatives: np.ndarray) -> torch.Tensor:
        """Take one optimizer step on a batch of triplets; returns its mean loss, still on the device."""
        with autocast(self.data.device):
            embedded = self.model(self.data[np.concatenate([anchors, positives])])
        a, p = embedded.split(len(anchors))
        n = a[torch.from_numpy(negatives).to(a.device)]
        loss = functional.triplet_margin_loss(a, p, n, margin=self.experiment.margin, p=2)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach()

    def validate(self) -> Judgement:
        """Judge the model as it is on the validation pairs."""
        embedded = embed(self.model, self.data, clips(self.validation_pairs))
        return judge(self.validation_pairs, self.negatives, embedded, self.experiment.margin)

    def state(self) -> dict[str, Any]:
        """Collect what a checkpoint needs: tensors and plain values."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(), "history": self.history}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a saved state."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.history = state["history"]


def refresh_batch_norm(model: Embedder, data: Batches, pairs: Pairs, batch_size: int, max_clips: int,
                       seed: int) -> None:
    """Recompute the running statistics of the batch norms that learn, on training clips.

    After few steps the running averages lag behind the weights: losses of 1.02 in eval mode against 0.32
    with these very weights were measured (FACTS, 7b). Frozen batch norms keep their statistics.
    """
    rng = np.random.default_rng([seed, 2])
    chosen = rng.permutation(len(pairs))[: max(2, max_clips // 2)]
    rows = [np.concatenate([pairs.anchors[part], pairs.positives[part]])
            for part in np.array_split(chosen, -(-len(chosen) // batch_size))]
    with torch.no_grad(), autocast(data.device), _kept_statistics(model):
        update_bn((data[part] for part in rows), model)


@contextmanager
def _kept_statistics(model: Embedder) -> Iterator[None]:
    """Put the statistics of frozen parts back after `update_bn`, which resets every batch norm."""
    kept = {name: buffer.clone() for name, buffer in model.named_buffers() if name.split(".")[0] in model.frozen}
    yield
    buffers: dict[str, Any] = dict(model.named_buffers())
    for name, value in kept.items():
        buffers[name].copy_(value)
