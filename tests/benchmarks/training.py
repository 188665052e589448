"""One training step, plain and ours: triplets a second for each experiment of the report."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any
from unittest import mock

import numpy as np
import torch
from timing import Timed, repeated
from torch import nn
from torch.utils.data import DataLoader, Dataset

from songsim_lib import models
from songsim_lib.config import EXPERIMENTS, AudioSpec, Experiment
from songsim_lib.device import Batches, best_device
from songsim_lib.features import dequantise
from songsim_lib.profiles import PROFILES
from songsim_lib.train import Trainer
from songsim_lib.triplets import Pairs

SPEC = AudioSpec()
STEPS = 2
CHEAP = ("cnn_b32",)  # what --small tries


class Triplets(Dataset[tuple[torch.Tensor, ...]]):
    """Anchor, positive, negative as float spectrograms, one item at a time: what a DataLoader is usually given."""

    def __init__(self, features: np.ndarray) -> None:
        self.features = features

    def __len__(self) -> int:
        return len(self.features) // 3

    def __getitem__(self, place: int) -> tuple[torch.Tensor, ...]:
        rows = torch.from_numpy(self.features[3 * place : 3 * place + 3])
        return tuple(dequantise(rows.float(), SPEC).unsqueeze(1))


def noise(rows: int) -> np.ndarray:
    """Spectrograms of noise [shape=(rows, n_mels, n_frames)], uint8: the time does not depend on content."""
    return np.random.default_rng(0).integers(0, 256, (rows, SPEC.n_mels, SPEC.n_frames), dtype=np.uint8)


def trainer(experiment: Experiment, features: np.ndarray) -> Trainer:
    """Make a training run on a store in which each anchor's positive is the row after it."""
    torch.manual_seed(0)
    rows = np.arange(len(features) // 2)
    pairs = Pairs(2 * rows, 2 * rows + 1, rows, rows.astype(str))
    data = Batches(features, SPEC, best_device())
    made = Trainer(models.build(experiment), experiment, PROFILES["quick"], data, pairs, pairs, rows, seed=0)
    made.model.train()
    return made


def plain(experiment: Experiment, steps: int, repeats: int) -> Timed:
    """Time the loop of most tutorials: fp32, three forward passes, a DataLoader, the loss fetched at each step."""
    torch.manual_seed(0)
    device = best_device()
    model = models.build(experiment).to(device).train()
    optimizer = torch.optim.Adam((one for one in model.parameters() if one.requires_grad), lr=1e-4)
    loss_of, size = nn.TripletMarginLoss(margin=experiment.margin), experiment.batch_size
    loader = DataLoader(Triplets(noise(3 * steps * size)), batch_size=size, shuffle=True)

    def epoch() -> None:
        for batch in loader:
            loss = loss_of(*(model(part.to(device)) for part in batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()

    return repeated(epoch, repeats, per=steps * size)


def ours(experiment: Experiment, steps: int, repeats: int, compiled: bool = False) -> Timed:
    """Time the project's own step, from the store's bytes to the optimizer; or what `torch.compile` makes of it."""
    n = steps * experiment.batch_size
    run = trainer(experiment, noise(2 * n))
    if compiled:
        run.learner = torch.compile(run.learner)

    def epoch() -> None:
        torch.stack([run.step(*batch) for batch in run.batches(epoch=1)]).sum().item()

    return repeated(epoch, repeats, per=n)


def untouched(loop: Callable[..., Timed], *arguments: Any) -> Timed:
    """Time a loop in a process of its own, where torch takes memory as it does without our library."""
    with mock.patch.dict(os.environ, {"THP_MEM_ALLOC_ENABLE": "0"}), ProcessPoolExecutor(
            1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(loop, *arguments).result()


def measure(repeats: int, small: bool) -> dict[str, Any]:
    """Time the loops for each experiment: seconds a triplet."""
    names, steps = (CHEAP, 1) if small else (tuple(EXPERIMENTS), STEPS)
    found = {}
    for name in names:
        experiment = EXPERIMENTS[name]
        found[name] = {"plain": untouched(plain, experiment, steps, repeats).as_dict(),
                       "ours": ours(experiment, steps, repeats).as_dict()}
        if not small:  # it takes a minute to compile
            found[name]["compiled"] = ours(experiment, steps, repeats, compiled=True).as_dict()
    return found
