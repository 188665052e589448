"""What this machine computes with: device, number format, and how batches get there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from songsim_lib.config import AudioSpec
from songsim_lib.features import dequantise
from songsim_lib.hardware import has_fast_bf16

Network = TypeVar("Network", bound=nn.Module)


def best_device() -> torch.device:
    """Choose CUDA when present, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast_dtype(device: torch.device) -> torch.dtype:
    """Choose the fastest number format that trains safely: bf16 where native, fp16 on older GPUs, else fp32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16
    return torch.bfloat16 if has_fast_bf16() else torch.float32


def autocast(device: torch.device) -> AbstractContextManager[None]:
    """Compute in `autocast_dtype` inside this block."""
    dtype = autocast_dtype(device)
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def place(model: Network, device: torch.device) -> Network:
    """Move a network to a device, its weights channels last, as the `Batches` it will see."""
    return model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class Batches:
    """Spectrograms of the store on the device: whole when they fit, else copied batch by batch."""

    def __init__(self, features: np.ndarray, spec: AudioSpec, device: torch.device) -> None:
        """Take `features` [shape=(N, n_mels, n_frames)], uint8, usually mapped from disk."""
        self.spec, self.device = spec, device
        self.features: np.ndarray | torch.Tensor = features
        if device.type == "cuda" and features.nbytes < torch.cuda.mem_get_info(device)[0] // 2:
            self.features = torch.from_numpy(np.array(features)).to(device)

    def __getitem__(self, rows: np.ndarray) -> torch.Tensor:
        """Fetch spectrograms by row: (B, 1, F, T) dB, float32, channels last."""
        if isinstance(self.features, torch.Tensor):
            levels = self.features[torch.from_numpy(rows).to(self.device)]
        else:
            levels = torch.from_numpy(self.features[rows]).to(self.device, non_blocking=True)
        decibels = dequantise(levels.float(), self.spec).unsqueeze(1)
        return decibels.contiguous(memory_format=torch.channels_last)

    def chunks(self, rows: np.ndarray, size: int) -> Iterator[torch.Tensor]:
        """Fetch many rows, `size` at a time."""
        for start in range(0, len(rows), size):
            yield self[rows[start : start + size]]


@torch.inference_mode()
def embed(model: nn.Module, data: Batches, rows: np.ndarray, size: int = 64) -> np.ndarray:
    """Embed rows of the store in eval mode [shape=(len(rows), D)], float32."""
    model.eval()
    with autocast(data.device):
        return torch.cat([model(chunk).float().cpu() for chunk in data.chunks(rows, size)]).numpy()
