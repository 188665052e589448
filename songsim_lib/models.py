"""The embedding networks: a spectrogram goes in, a point on the unit sphere comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from songsim_lib.config import IMAGENET, RANDOM, SCRATCH, Experiment, choose
from songsim_lib.imagenet import imagenet_weights

EMBEDDING_DIM = 128
# dB in [-80, 0] to roughly zero mean and unit spread, the range pretrained filters expect.
CENTRE_DB, SPREAD_DB = -40.0, 20.0


class Embedder(nn.Module, ABC):
    """What all networks share: (B, 1, F, T) dB in, (B, D) of unit length out; D is 128 for those of the report.

    `frozen` names the top-level parts that do not learn; their batch norms stay in eval mode, so that a
    frozen filter always meets the statistics it was trained with.
    """

    trunk = RANDOM
    frozen: frozenset[str] = frozenset()

    @abstractmethod
    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Map standardised spectrograms (B, 1, F, T) to unnormalised embeddings (B, D)."""

    def forward(self, decibels: torch.Tensor) -> torch.Tensor:
        """Embed spectrograms: (B, 1, F, T) dB -> (B, D), L2-normalised, float32."""
        x = self.features((decibels - CENTRE_DB) / SPREAD_DB)
        return functional.normalize(x.float(), dim=1)

    def freeze(self, names: frozenset[str]) -> None:
        """Stop the named top-level parts from learning."""
        self.frozen = names
        for name, child in self.named_children():
            child.requires_grad_(name not in names)

    def train(self, mode: bool = True) -> Embedder:
        """Switch to training mode, all but the frozen parts."""
        super().train(mode)
        for name, child in self.named_children():
            if name in self.frozen:
                child.eval()
        return self


class ResNet18(Embedder):
    """torchvision's ResNet-18 for one-channel pictures (He et al. 2016, https://doi.org/10.1109/CVPR.2016.90).

    With ImageNet weights the first convolution starts as the sum of the pretrained RGB kernels, which
    answers to a grey picture as the original does. Without them everything is random, and says so.
    """

    def __init__(self, dropout: float, weights: dict[str, torch.Tensor] | None) -> None:
        from torchvision.models import resnet18  # here: it takes seconds to load, and other networks do without

        super().__init__()
        trunk = resnet18(weights=None)
        if weights is not None:
            trunk.load_state_dict(weights)
            self.trunk = IMAGENET
        rgb = trunk.conv1
        trunk.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
        if weights is not None:
            trunk.conv1.weight.data = rgb.weight.data.sum(dim=1, keepdim=True)
        trunk.fc = nn.Sequential(nn.Dropout(dropout), nn.Linear(512, EMBEDDING_DIM))
        for name, child in trunk.named_children():
            self.add_module(name, child)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, F, T) -> (B, 128) through torchvision's layers, in its order."""
        for name, child in self.named_children():
            x = child(x.flatten(1) if name == "fc" else x)
        return x


class StudyCNN(Embedder):
    """The study's CNN as intended: three convolution blocks, then a pooling to a fixed 8 x 8.

    The original cut 10 s clips into pieces of a fixed length and mixed neighbouring songs (FACTS, 3.7).
    """

    trunk = SCRATCH

    def __init__(self, dropout: float) -> None:
        super().__init__()
        channels = (1, 32, 64, 128)
        for i, (c_in, c_out) in enumerate(pairwise(channels), start=1):
            self.add_module(f"block{i}", nn.Sequential(
                nn.Conv2d(c_in, c_out, kernel_size=3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU(),
                nn.MaxPool2d(2)))
        self.pool = nn.AdaptiveAvgPool2d((8, 8))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(128 * 8 * 8, 256), nn.ReLU(), nn.Dropout(dropout),
                                  nn.Linear(256, EMBEDDING_DIM))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, F, T) -> (B, 128)."""
        for child in self.children():
            x = child(x)
        return x


# What `Experiment.architecture` may be: a function of the dropout and of pretrained weights, where there are any.
ARCHITECTURES: dict[str, Callable[[float, dict[str, torch.Tensor] | None], Embedder]] = {
    "resnet18": ResNet18,
    "cnn": lambda dropout, _: StudyCNN(dropout),
}


def network(experiment: Experiment, weights: dict[str, torch.Tensor] | None = None) -> Embedder:
    """Make the network of an experiment, ready to learn or to be filled with trained weights.

    Raises
    ------
    ChoiceError : for an unknown architecture.
    """
    return ARCHITECTURES[choose("architecture", experiment.architecture, ARCHITECTURES)](experiment.dropout, weights)


def build(experiment: Experiment) -> Embedder:
    """Make the network of an experiment as its training starts: pretrained and frozen where it should be.

    Nothing that is random stays frozen, unless the experiment asks for it: without ImageNet weights a "last_block"
    experiment trains all layers.

    Raises
    ------
    ChoiceError : for an unknown architecture, or a part to freeze that the network does not have; lists its parts.
    """
    model = network(experiment, imagenet_weights() if experiment.architecture == "resnet18" else None)
    if experiment.trainable != "all" and (model.trunk == IMAGENET or experiment.freezes_random):
        model.freeze(_frozen([name for name, _ in model.named_children()], experiment.trainable))
    return model


def _frozen(parts: list[str], trainable: str) -> frozenset[str]:
    """Name the parts, listed from the input on, that an experiment freezes: all up to one, that one included."""
    last = "layer3" if trainable == "last_block" else trainable.removeprefix("after_")
    return frozenset(parts[: parts.index(choose("part of the network", last, parts)) + 1])


def load_pretrained() -> Embedder:
    """Load the network that comes with the project and hears compositions (`composition.pretrained`).

    Returns
    -------
    Embedder : (B, 1, 72, T) dB of `songsim_lib.cqt` in, (B, 256) of unit length out; in eval mode, on the CPU.

    Raises
    ------
    CheckpointError : the weights are absent or damaged; names the file.
    """
    from songsim_lib.composition import pretrained  # which builds on this module

    return pretrained.load_pretrained()
