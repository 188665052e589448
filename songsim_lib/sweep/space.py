"""What can be turned: six knobs with their ranges, and the way from a setting to an experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from songsim_lib.config import EXPERIMENTS, Experiment, choose
from songsim_lib.profiles import Profile

Setting = Mapping[str, Any]  # name of a knob -> its value
ARCHITECTURES = ("resnet18", "cnn")
PARTS = {"resnet18": ("layer1", "layer2", "layer3"), "cnn": ("block1", "block2", "block3")}  # from the input inwards
NOTHING = "none"
ONE_BELOW = 0.2  # share of the settings without any weight decay
RATES_AROUND = 10.0  # learning rates reach from the recipes' lowest by this factor down to their highest by it up


@dataclass(frozen=True)
class Levels:
    """A knob with a few values, in their order; `unit` is its place between the first (0) and the last (1)."""

    name: str
    title: str
    values: tuple[Any, ...]
    log = False

    def value(self, u: float) -> Any:
        """Give each value an equal share of 0 <= u < 1."""
        return self.values[int(u * len(self.values))]

    def unit(self, value: Any) -> float:
        """Place a value: 0 is the first, 1 the last; raises ValueError for a value that the knob does not have."""
        return self.values.index(value) / (len(self.values) - 1)


@dataclass(frozen=True)
class Range:
    """A knob that turns from `low` to `high`, evenly or (`log`) by factors; `off` is the share of settings at 0."""

    name: str
    title: str
    low: float
    high: float
    log: bool = False
    off: float = 0.0

    def value(self, u: float) -> float:
        """Turn 0 <= u < 1 into a value: the first `off` of it are 0."""
        if u < self.off:
            return 0.0
        share = (u - self.off) / (1 - self.off)
        if self.log:
            return math.exp(math.log(self.low) + share * math.log(self.high / self.low))
        return self.low + share * (self.high - self.low)

    def unit(self, value: float) -> float:
        """Place a value between 0 and 1; the value 0 of a knob that can be off lies in the middle of its share."""
        if self.off and value == 0:
            return self.off / 2
        share = math.log(value / self.low) / math.log(self.high / self.low) if self.log else (
            (value - self.low) / (self.high - self.low))
        return self.off + (1 - self.off) * share


Knob = Levels | Range


def experiments(architecture: str) -> list[Experiment]:
    """List the report's own trainings of an architecture.

    Raises
    ------
    ChoiceError : for an unknown architecture.
    """
    choose("architecture", architecture, ARCHITECTURES)
    return [experiment for experiment in EXPERIMENTS.values() if experiment.architecture == architecture]


def rates(architecture: str, profile: Profile) -> tuple[float, float]:
    """Find the lowest and the highest learning rate to try, around those the profile trains with."""
    trained_with = [profile.learning_rate_of(experiment) for experiment in experiments(architecture)]
    return min(trained_with) / RATES_AROUND, max(trained_with) * RATES_AROUND


def knobs(architecture: str, learning_rates: tuple[float, float]) -> dict[str, Knob]:
    """List the knobs by name; `learning_rates` are the lowest and the highest, as of `rates`."""
    found: Sequence[Knob] = (
        Levels("batch_size", "batch size", (16, 32, 64, 128)),
        Range("dropout", "dropout", 0.0, 0.8),
        Range("weight_decay", "weight decay", 1e-6, 1e-2, log=True, off=ONE_BELOW),
        Range("learning_rate", "learning rate", *learning_rates, log=True),
        Range("margin", "margin", 0.2, 2.0, log=True),
        Levels("frozen", "frozen up to", (NOTHING, *PARTS[architecture])),
    )
    return {knob.name: knob for knob in found}


def own(architecture: str, profile: Profile) -> dict[str, dict[str, Any]]:
    """Give the report's own settings of an architecture by the name of their experiment, at the profile's rate."""
    return {one.name: {
        "batch_size": one.batch_size, "dropout": one.dropout, "weight_decay": one.weight_decay,
        "learning_rate": profile.learning_rate_of(one), "margin": one.margin,
        "frozen": PARTS[architecture][-1] if one.trainable == "last_block" else NOTHING,
    } for one in experiments(architecture)}


def experiment(setting: Setting, architecture: str) -> Experiment:
    """Make the experiment of a setting; unlike the report's it freezes what it says in a random trunk too."""
    frozen = setting["frozen"]
    return Experiment(
        name="sweep", title="a setting of the sweep", architecture=architecture,
        trainable="all" if frozen == NOTHING else f"after_{frozen}", batch_size=setting["batch_size"],
        dropout=setting["dropout"], epochs=experiments(architecture)[0].epochs,
        learning_rate=setting["learning_rate"], weight_decay=setting["weight_decay"], figure="sweep",
        margin=setting["margin"], freezes_random=True)
