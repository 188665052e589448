"""What this machine computes with: device, number format, and how batches get there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from songsim_lib.config import AudioSpec
from songsim_lib.features import dequantise
from songsim_lib.hardware import has_fast_bf16

Network = TypeVar("Network", bound=nn.Module)
READERS = 2  # processes that read ahead: enough to fill a GPU from a disk cache


def best_device() -> torch.device:
    """Choose CUDA when present, else the CPU; of several GPUs, the one that `accelerate launch` gave this process."""
    return torch.device(f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu")


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
    """Spectrograms of the store on the device: whole when they fit, else streamed there from the disk."""

    def __init__(self, features: np.ndarray, spec: AudioSpec, device: torch.device, readers: int | None = None) -> None:
        """Take `features` [shape=(N, n_mels, n_frames)], uint8, usually mapped from disk.

        `readers` processes read ahead in `stream`; by default 2 for a store that a GPU cannot hold, else none.
        """
        self.spec, self.device = spec, device
        self.features: np.ndarray | torch.Tensor = features
        apart = device.type == "cuda"
        if apart and features.nbytes < torch.cuda.mem_get_info(device)[0] // 2:
            self.features = _on(device, features)
        held = isinstance(self.features, torch.Tensor)
        self.readers = (READERS if apart and not held else 0) if readers is None else readers

    def __getitem__(self, rows: np.ndarray) -> torch.Tensor:
        """Fetch spectrograms by row: (B, 1, F, T) dB, float32, channels last."""
        if isinstance(self.features, torch.Tensor):
            return self._decibels(self.features[torch.from_numpy(rows).to(self.device)])
        return self._decibels(torch.from_numpy(self.features[rows]))

    def _decibels(self, levels: torch.Tensor) -> torch.Tensor:
        """Send bytes (B, F, T) to the device and make dB of them there."""
        decibels = dequantise(levels.to(self.device, non_blocking=True).float(), self.spec).unsqueeze(1)
        return decibels.contiguous(memory_format=torch.channels_last)

    def stream(self, batches: Iterable[np.ndarray]) -> Iterator[torch.Tensor]:
        """Fetch one batch of rows after another; where there are readers, the next while this one is used."""
        if not self.readers:
            yield from (self[rows] for rows in batches)
            return
        loader = DataLoader(_Levels(self.features), batch_size=None, sampler=batches, num_workers=self.readers,
                            pin_memory=self.device.type == "cuda",
                            generator=torch.Generator())  # its own: dropout does not depend on how batches come
        yield from (self._decibels(levels) for levels in loader)

    def chunks(self, rows: np.ndarray, size: int) -> Iterator[torch.Tensor]:
        """Fetch many rows, `size` at a time."""
        return self.stream(rows[start : start + size] for start in range(0, len(rows), size))


def _on(device: torch.device, features: np.ndarray, rows: int = 4_096) -> torch.Tensor:
    """Copy a mapped store to a device in blocks: it may be larger than this machine's memory."""
    held = torch.empty(features.shape, dtype=torch.uint8, device=device)
    for start in range(0, len(features), rows):
        held[start : start + rows] = torch.from_numpy(np.array(features[start : start + rows]))
    return held


class _Levels(Dataset[torch.Tensor]):
    """The store as torch's loaders take it: asked for a batch of rows, it gives their bytes (B, F, T)."""

    def __init__(self, features: np.ndarray | torch.Tensor) -> None:
        self.features = features

    def __getitem__(self, rows: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self.features[rows])


@torch.inference_mode()
def embed(model: nn.Module, data: Batches, rows: np.ndarray, size: int = 64) -> np.ndarray:
    """Embed rows of the store in eval mode [shape=(len(rows), D)], float32."""
    model.eval()
    with autocast(data.device):
        return torch.cat([model(chunk).float().cpu() for chunk in data.chunks(rows, size)]).numpy()
