"""Fit an embedding network on triplets: the study's recipe, repeatable and resumable."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator
from itertools import islice, tee
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch.nn import functional
from tqdm import tqdm

from songsim_lib.batch_norm import refresh_batch_norm
from songsim_lib.config import Experiment
from songsim_lib.device import Batches, autocast, autocast_dtype, embed, place
from songsim_lib.models import Embedder
from songsim_lib.profiles import Profile
from songsim_lib.team import Team
from songsim_lib.triplets import Pairs, batches
from songsim_lib.validate import Judgement, clips, judge


class TrainingError(RuntimeError):
    """Training that cannot go on; says at which epoch and why."""


class Trainer:
    """One training run: model, optimizer, data, and the history so far.

    Each epoch seeds its own generators from (seed, epoch), so a run that is resumed after any epoch draws
    the same batches and the same dropout as one that was never interrupted. Several processes that `accelerate
    launch` started share each batch (`team`); what they save is the same as what one would.
    """

    def __init__(self, model: Embedder, experiment: Experiment, profile: Profile, data: Batches, train: Pairs,
                 validation: Pairs, negatives: np.ndarray, seed: int) -> None:
        self.experiment, self.profile, self.seed = experiment, profile, seed
        self.data, self.train_pairs, self.validation_pairs = data, train, validation
        self.team = Team(data.device)
        self.model = place(model, data.device)
        self.learner = self.team.learner(self.model)
        self.negatives = negatives  # of the validation triplets
        self.optimizer = torch.optim.Adam(
            (weight for weight in model.parameters() if weight.requires_grad), fused=data.device.type == "cuda",
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
        own = [self.team.rank] if self.team.rank else []  # so that dropout differs between the processes of a team
        torch.manual_seed(int(np.random.SeedSequence([self.seed, epoch, *own]).generate_state(1)[0]))
        self.learner.train()
        losses = []
        for spectrograms, negatives in self.batches(epoch):
            losses.append(self.step(spectrograms, negatives) * len(negatives))
            bar.update()
        train_loss = self._mean_of(torch.stack(losses), epoch)
        refresh_batch_norm(self.model, self.data, self.train_pairs, self.experiment.batch_size,
                           self.profile.batch_norm_clips, self.seed)
        judgement = self.validate()
        self.history.append({"epoch": epoch, "train_loss": train_loss, "validation_loss": judgement.loss,
                             "validation_accuracy": float(judgement.accuracy.mean()),
                             "seconds": time.perf_counter() - start})
        if judgement.collapsed and self.team.writes:
            warnings.warn(f"{self.experiment.name} has collapsed: it gives all songs nearly the same embedding, every "
                          "distance is near 0, and the loss stands at the margin. Training longer rarely mends it; "
                          "lower the learning rate, or the dropout", stacklevel=2)
        bar.set_postfix(epoch=epoch, train=f"{train_loss:.3f}", validation=f"{judgement.loss:.3f}")
        return judgement

    def batches(self, epoch: int) -> Iterator[tuple[torch.Tensor, np.ndarray]]:
        """Fetch an epoch's batches, of each the share of this process.

        Yields
        ------
        spectrograms (2 b, 1, F, T) : dB; the anchors, then their positives.
        negatives [shape=(B,)] : of the whole batch, positions among its anchors.
        """
        drawn, again = tee(batches(self.train_pairs, self.experiment.batch_size, self.seed, epoch))
        rows = (np.concatenate([part[self.team.share(len(part))] for part in pair]) for *pair, _ in drawn)
        for spectrograms, (*_, negatives) in zip(self.data.stream(rows), again, strict=True):
            yield spectrograms, negatives

    def step(self, spectrograms: torch.Tensor, negatives: np.ndarray) -> torch.Tensor:
        """Take one optimizer step on a batch as of `batches`; returns its mean loss, still on the device."""
        with autocast(self.data.device):
            embedded = self.learner(spectrograms)
        a, p = (self.team.whole(part, len(negatives)) for part in embedded.chunk(2))
        n = a[torch.from_numpy(negatives).to(a.device)]
        loss = functional.triplet_margin_loss(a, p, n, margin=self.experiment.margin, p=2)
        self.optimizer.zero_grad(set_to_none=True)
        self.team.backward(self.scaler.scale(loss))
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach()

    def _mean_of(self, losses: torch.Tensor, epoch: int) -> float:
        """Average the losses of an epoch's batches, which were only now fetched from the device."""
        if not torch.isfinite(losses).all():
            first = int(torch.nonzero(~torch.isfinite(losses))[0])
            drawn = batches(self.train_pairs, self.experiment.batch_size, self.seed, epoch)
            anchors = next(islice(drawn, first, None))[0]
            tracks = self.train_pairs.track_ids[np.isin(self.train_pairs.anchors, anchors)]
            raise TrainingError(f"{self.experiment.name}: the loss of batch {first + 1} in epoch {epoch} is no number; "
                                f"its recordings are {', '.join(pd.unique(tracks))}. Look at them, or lower the "
                                "learning rate. The last good epoch is kept")
        return float(losses.sum()) / len(self.train_pairs)

    def validate(self) -> Judgement:
        """Judge the model as it is on the validation pairs; each process embeds its share of them."""
        rows = clips(self.validation_pairs)
        own = embed(self.model, self.data, rows[self.team.share(len(rows))])
        embedded = self.team.whole(torch.from_numpy(own).to(self.data.device), len(rows)).cpu().numpy()
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
