"""Made-up sweeps for tests: settings as the design plans them, accuracies as a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from songsim_lib.profiles import PROFILES
from songsim_lib.sweep import design, reading, space

PROFILE = PROFILES["quick"]


def sweep(effect: Callable[[Mapping[str, Any]], float] = lambda setting: 0.0, settings: int = 24, seeds: int = 2,
          luck: float = 0.01, seed: int = 0) -> reading.Sweep:
    """A sweep of ResNet-18 whose accuracy is 0.8, plus what a setting does, plus the luck of each training."""
    rng, own = np.random.default_rng(seed), list(space.own("resnet18", PROFILE))
    rows = [{"point": point, "experiment": own[point] if point < len(own) else "", **setting, "repeat": repeat,
             "seed": 20 * point + repeat, "accuracy": 0.8 + effect(setting) + luck * rng.standard_normal(),
             "loss": 0.5, "first": 0.2, "mrr": 0.3, "best_epoch": 5, "train_loss": 0.4, "seconds": 60.0,
             "machine": "a machine"}
            for point in range(settings) for setting in [design.setting(point, "resnet18", PROFILE, 0)]
            for repeat in range(seeds)]
    about = {"source": "tunebook", "profile": "quick", "seed": 0, "architecture": "resnet18", "seeds": seeds,
             "trunk": "random trunk", "learning_rates": list(space.rates("resnet18", PROFILE)), "chance": 0.5,
             "validation_works": 70, "asked": settings}
    return reading.Sweep(reading.table(rows), about)
