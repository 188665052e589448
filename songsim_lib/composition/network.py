"""A small network for constant-Q spectrograms in which transposing the music changes nothing by construction.

Octaves are channels and the twelve pitch classes a circle: a circular convolution answers to a melody in another key
with the same picture turned, and the maximum over the circle forgets how far. (A note that passes from one octave
into the next moves to another channel, which training with transposed views teaches.) Kernels as high as an octave
are CQTNet's idea (Yu et al. 2020), half instance norm IBN-Net's (Pan et al. 2018), pooling by a generalised mean
Radenovic et al.'s (2019).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from songsim_lib.config import SCRATCH
from songsim_lib.cqt import OCTAVES, TOP_DB
from songsim_lib.models import CENTRE_DB, SPREAD_DB, Embedder

WIDTHS = (48, 96, 192, 320)
DIMENSIONS = 256
PITCH_CLASSES = 12


class _Circular(nn.Module):
    """A convolution around the circle of pitch classes and along time: (B, C, 12, T) -> (B, C', 12, T / stride)."""

    def __init__(self, c_in: int, c_out: int, classes: int, frames: int, stride: int = 1) -> None:
        super().__init__()
        self.around = (classes // 2, (classes - 1) // 2)
        self.convolution = nn.Conv2d(c_in, c_out, (classes, frames), (1, stride), (0, frames // 2), bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if sum(self.around):
            x = functional.pad(x, (0, 0, *self.around), mode="circular")
        return self.convolution(x)


class _HalfInstanceNorm(nn.Module):
    """Instance norm for half of the channels, which forgets instruments and rooms, and batch norm for the others."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.sizes = (channels // 2, channels - channels // 2)
        self.instance = nn.InstanceNorm2d(self.sizes[0], affine=True)
        self.batch = nn.BatchNorm2d(self.sizes[1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second = x.split(self.sizes, dim=1)
        return torch.cat([self.instance(first.contiguous()), self.batch(second.contiguous())], dim=1)


class _Block(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, c_in: int, c_out: int, stride: int, classes: int = 3, last: bool = False) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _Circular(c_in, c_out, classes, 3, stride), nn.BatchNorm2d(c_out) if last else _HalfInstanceNorm(c_out),
            nn.ReLU(), _Circular(c_out, c_out, 3, 3), nn.BatchNorm2d(c_out))
        self.shortcut = nn.Identity() if (c_in, stride) == (c_out, 1) else nn.Sequential(
            _Circular(c_in, c_out, 1, 1, stride), nn.BatchNorm2d(c_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.body(x) + self.shortcut(x))


class CompositionNet(Embedder):
    """Constant-Q spectrograms in, points on the unit sphere out: near each other for versions of one work."""

    trunk = SCRATCH

    def __init__(self, widths: tuple[int, ...] = WIDTHS, dimensions: int = DIMENSIONS) -> None:
        super().__init__()
        self.stem = nn.Sequential(_Circular(OCTAVES, widths[0], PITCH_CLASSES, 5, 2), nn.BatchNorm2d(widths[0]),
                                  nn.ReLU())
        self.blocks = nn.Sequential(
            _Block(widths[0], widths[0], 1, PITCH_CLASSES),
            *(_Block(c_in, c_out, 2, last=c_out == widths[-1]) for c_in, c_out in pairwise(widths)))
        self.power = nn.Parameter(torch.tensor(3.0))
        self.head = nn.Sequential(nn.Linear(widths[-1], dimensions, bias=False), nn.BatchNorm1d(dimensions))

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Map standardised spectrograms of `songsim_lib.cqt` (B, 1, 12 * OCTAVES, T) to (B, dimensions)."""
        loudness = (x * SPREAD_DB + CENTRE_DB) / TOP_DB + 1  # 0 where nothing sounds, as at the padded edges
        x = self.blocks(self.stem(loudness.squeeze(1).unflatten(1, (OCTAVES, PITCH_CLASSES))))
        pooled = x.float().clamp(min=1e-6).pow(self.power).mean(dim=3).pow(1 / self.power)  # over time
        return self.head(pooled.amax(dim=2))  # type: ignore[no-any-return]  # over keys
