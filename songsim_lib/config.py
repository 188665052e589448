"""What can be asked for: audio settings and experiments (standard library only)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class ChoiceError(ValueError):
    """A name that is not one of the valid ones."""


def choose(kind: str, name: str, valid: Iterable[str]) -> str:
    """Return `name` when it is one of `valid`.

    Raises
    ------
    ChoiceError : says what was asked for and lists the valid names.
    """
    valid = list(valid)
    if name not in valid:
        raise ChoiceError(f"unknown {kind} {name!r}; valid: {', '.join(valid)}")
    return name


# What a network knows before training; every result says which.
IMAGENET, RANDOM, SCRATCH = "ImageNet trunk", "random trunk", "no pretraining"


@dataclass(frozen=True)
class AudioSpec:
    """How sound becomes a log-mel spectrogram (librosa's defaults, as in the study: FACTS, section 1).

    A clip is `clip_s` seconds. Its positive is made from the `window_s` seconds that start with it: a time
    stretch of 1.25 uses up 12.5 s to give 10 s, so no positive ends in silence.
    """

    sample_rate_hz: int = 22_050
    clip_s: float = 10.0
    window_s: float = 12.5
    n_fft: int = 2_048
    hop_length: int = 512
    n_mels: int = 128
    top_db: float = 80.0

    @property
    def clip_samples(self) -> int:
        """Samples in a clip (220,500)."""
        return round(self.clip_s * self.sample_rate_hz)

    @property
    def window_samples(self) -> int:
        """Samples in the window a clip is cut from (275,625)."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def n_frames(self) -> int:
        """Spectrogram columns of a clip (431: librosa pads by half a window at both ends)."""
        return 1 + self.clip_samples // self.hop_length


@dataclass(frozen=True)
class Experiment:
    """One training run of the report.

    `trainable` is "last_block" (ResNet's layer4 and fc), "all", or "after_layer2" and its like: what comes after that
    part. `reported_loss` is the validation triplet loss the report shows for each epoch, where it gives numbers. A
    random trunk is not frozen, since random filters are noise, unless `freezes_random` asks for it (the audit tests
    what freezing does).
    """

    name: str
    title: str
    architecture: str
    trainable: str
    batch_size: int
    dropout: float
    epochs: int
    learning_rate: float
    weight_decay: float
    figure: str
    margin: float = 1.0
    reported_loss: tuple[float, ...] = ()
    freezes_random: bool = False


# FACTS, sections 1 and 2. The figure names are those of the report.
EXPERIMENTS = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            name="resnet18_b64_last_block",
            title="ResNet-18, batch 64, last block unfrozen, dropout 0.8",
            architecture="resnet18", trainable="last_block", batch_size=64, dropout=0.8, epochs=8,
            learning_rate=1e-4, weight_decay=0.0, figure="resnet-loss-plot-64-frozen",
        ),
        Experiment(
            name="resnet18_b32_all",
            title="ResNet-18, batch 32, all layers unfrozen, dropout 0.5",
            architecture="resnet18", trainable="all", batch_size=32, dropout=0.5, epochs=8,
            learning_rate=1e-5, weight_decay=1e-4, figure="resnet-loss-plot-batch32-not-frozen",
            reported_loss=(0.3812, 0.2676, 0.2204, 0.1912, 0.1787, 0.1592, 0.1520, 0.1514),
        ),
        Experiment(
            name="cnn_b32",
            title="CNN from scratch, batch 32",
            architecture="cnn", trainable="all", batch_size=32, dropout=0.0, epochs=10,
            learning_rate=1e-5, weight_decay=1e-4, figure="cnn_batch32",
            reported_loss=(0.7940, 0.6334, 0.5399, 0.4876, 0.4404, 0.3984, 0.3631, 0.3494, 0.3301, 0.3208),
        ),
    )
}

# What the report compares itself with: the loss of "no model" (FACTS, section 3.1: it is the margin).
REPORTED_BASELINE_LOSS = 0.9983
MAX_SEEDS = 20  # trainings of one experiment


def choose_experiments(names: str) -> list[Experiment]:
    """Read a comma-separated list of experiments; "all" is every one, in the report's order.

    Raises
    ------
    ChoiceError : for an unknown or an empty list of names.
    """
    wanted = list(EXPERIMENTS) if names.strip() == "all" else [name.strip() for name in names.split(",")]
    for name in wanted:
        choose("experiment", name, [*EXPERIMENTS, "all"])
    return [experiment for name, experiment in EXPERIMENTS.items() if name in wanted]
