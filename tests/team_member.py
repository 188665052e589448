"""What each process of a test's team does: `python -m torch.distributed.run ... team_member.py FOLDER EPOCHS ...`."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import tiny
import torch
from torch import nn
from torch.nn.utils import parameters_to_vector
from tqdm import tqdm

from songsim_lib import device, models, runs, train
from songsim_lib.device import Batches
from songsim_lib.models import Embedder
from songsim_lib.splits import TRAIN, VALIDATION
from songsim_lib.study import Study
from songsim_lib.team import Team
from songsim_lib.train import Trainer
from songsim_lib.triplets import pairs
from songsim_lib.validate import fixed_negatives

STEADY = replace(tiny.CNN, dropout=0.0)


class Plain(Embedder):
    """A network without batch norms and dropout: what it learns may not depend on how a batch is shared."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.LazyLinear(16))
        self.layers(torch.zeros(1, 1, tiny.SPEC.n_mels, tiny.SPEC.n_frames))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def study_in(folder: Path) -> Study:
    return Study("tunebook", tiny.PROFILE, output=str(folder), spec=tiny.SPEC)


def weights_after_an_epoch(study: Study) -> np.ndarray:
    """Train `Plain` for one epoch in full precision, batches of 7: shares of unequal size."""
    torch.manual_seed(0)
    catalog, store = study.catalog(), study.store()
    validation = pairs(catalog, store, VALIDATION)
    data = Batches(store.features, study.spec, torch.device("cpu"))
    trainer = Trainer(Plain(), replace(STEADY, batch_size=7), study.profile, data, pairs(catalog, store, TRAIN),
                      validation, fixed_negatives(validation, 0), 0)
    with mock.patch.object(train, "refresh_batch_norm"), mock.patch.object(device, "has_fast_bf16", return_value=False):
        trainer.run_epoch(tqdm(disable=True))
    return parameters_to_vector(trainer.model.parameters()).detach().numpy()


def train_for(folder: Path, epochs: int) -> None:
    """Train the study in a folder, and be interrupted before the epoch after so many."""
    study, whole, done = study_in(folder), Trainer.run_epoch, []
    np.save(folder / f"plain-{Team(study.device).rank}.npy", weights_after_an_epoch(study))

    def at_most(self: Trainer, bar: tqdm) -> object:
        if len(done) == epochs:
            raise KeyboardInterrupt
        done.append(1)
        return whole(self, bar)

    # Nothing is fetched in a test.
    with mock.patch.object(Trainer, "run_epoch", at_most), mock.patch.object(models, "imagenet_weights"), \
            suppress(KeyboardInterrupt):
        runs.fit(study, STEADY)


if __name__ == "__main__":
    for where, many in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        train_for(Path(where), int(many))
    Team(torch.device("cpu")).leave()
