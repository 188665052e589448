"""What is to be searched: which settings of which network on which songs, and how often each is trained."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from songsim_lib import models
from songsim_lib.files import code_digest, digest
from songsim_lib.runs import CODE
from songsim_lib.sweep import reading
from songsim_lib.sweep.space import Knob, experiments, knobs, rates
from songsim_lib.sweep.trials import SQLITE, Trials
from songsim_lib.training_data import TrainingData
from songsim_lib.triplets import Pairs

OWN_CODE = ("sweep/space", "sweep/design", "sweep/training")


@dataclass(frozen=True)
class Search:
    """What is to be searched: `total` settings of an architecture, each trained `seeds` times on the same songs.

    `storage` is the database, as SQLAlchemy writes it; empty means a file in the sweep's folder.
    """

    songs: TrainingData
    architecture: str
    total: int
    seeds: int = 2
    storage: str = ""

    @property
    def folder(self) -> Path:
        """Where the table of the sweep lies, and its database unless that is elsewhere."""
        return reading.folder_of(self.songs.study, self.architecture)

    @property
    def knobs(self) -> dict[str, Knob]:
        """The knobs by name."""
        return knobs(self.architecture, rates(self.architecture, self.songs.study.profile))

    @cached_property
    def about(self) -> dict[str, Any]:
        """What every training has in common: plain values."""
        study, first = self.songs.study, experiments(self.architecture)[0]
        return {
            "source": study.source, "profile": study.profile.name, "seed": study.seed,
            "architecture": self.architecture, "seeds": self.seeds, "trunk": models.build(first).trunk,
            "learning_rates": list(rates(self.architecture, study.profile)), "epochs": study.profile.epochs(first),
            "train_triplets": len(self.songs.train), "train_works": _works(self.songs.train),
            "validation_triplets": len(self.songs.validation), "validation_works": _works(self.songs.validation),
            "chance": 0.5, "data": study.store().about["content"], "code": code_digest(*CODE, *OWN_CODE),
        }

    @property
    def name(self) -> str:
        """Name the sweep in the database: results of other data, code or trunk are never mixed with these."""
        same = json.dumps([self.about, asdict(self.songs.study.profile)], sort_keys=True)
        return f"{self.architecture}-{self.songs.study.name}-{digest(same)}"

    def open(self, **heartbeat: int) -> Trials:
        """Open the trials, or begin them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return Trials(self.storage or f"{SQLITE}{self.folder / 'sweep.db'}", self.name, **heartbeat)


def _works(data: Pairs) -> int:
    return len(np.unique(data.works))
