"""The original's networks, wired again as its code wired them, faults included (FACTS, sections 1 and 3.5-3.7)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet18

from songsim_lib.models import EMBEDDING_DIM

FLAT = 128 * 8 * 8  # what the original's linear layer expects of a song


class OriginalResNet(nn.Module):
    """The original ResNet-18: its dropout layer is built and never called, its first convolution is new.

    Parameters
    ----------
    dropout : rate of the layer that does nothing.
    weights : of torchvision's ResNet-18, pretrained in the original.
    """

    def __init__(self, dropout: float, weights: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.trunk = resnet18(weights=None)
        self.trunk.load_state_dict(weights)
        self.trunk.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.trunk.fc = nn.Linear(512, EMBEDDING_DIM)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Embed spectrograms: (B, 1, F, T) -> (B, 128), L2-normalised."""
        return functional.normalize(self.trunk(x), dim=1)

    def freeze(self) -> None:
        """Stop everything but the last block and `fc` from learning, the new first convolution as well."""
        for name, weight in self.trunk.named_parameters():
            weight.requires_grad_(name.startswith(("layer4", "fc")))


class OriginalCNN(nn.Module):
    """The original CNN: what comes out of its blocks is cut into pieces of a fixed length, across songs."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(
            nn.Sequential(nn.Conv2d(c_in, c_out, kernel_size=3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU(),
                          nn.MaxPool2d(2)) for c_in, c_out in pairwise((1, 32, 64, 128))))
        self.fc1, self.fc2 = nn.Linear(FLAT, 256), nn.Linear(256, EMBEDDING_DIM)

    def head(self, maps: torch.Tensor) -> torch.Tensor:
        """Cut maps (B, 128, F / 8, T / 8) into rows of 8,192 values and embed each: (rows, 128), rows != B."""
        rows = maps.contiguous().view(-1, FLAT)
        return functional.normalize(self.fc2(functional.relu(self.fc1(rows))), dim=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Embed spectrograms: (B, 1, F, T) -> (rows, 128); 32 clips of 10 s give 424 rows."""
        return self.head(self.blocks(x))
