"""Weights on disk: written whole or not at all, and never code."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from songsim_lib.files import atomic


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; names the file and what to do."""


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write everything needed to go on training (tensors and plain values only)."""
    made = io.BytesIO()  # torch's own file does not say why it could not be written
    torch.save(state, made)
    with atomic(path) as temporary:
        temporary.write_bytes(made.getbuffer())


def load_state(path: Path) -> dict[str, Any] | None:
    """Read what `save_state` wrote, on the CPU; None when there is none. Refuses pickled code.

    Raises
    ------
    CheckpointError : the file is damaged or holds more than tensors and plain values.
    """
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise CheckpointError(f"{path} is not a usable checkpoint ({str(error).splitlines()[0]}); "
                              "delete it to train from the start") from error


def save_model(path: Path, model: nn.Module) -> None:
    """Write a model's weights as safetensors."""
    with atomic(path) as temporary:
        temporary.write_bytes(save({name: tensor.contiguous() for name, tensor in model.state_dict().items()}))


def weight_parts(model: nn.Module) -> list[str | bytes]:
    """List a model's weights by name, as `files.digest` takes them: equal parts are an equal model."""
    return [part for name, tensor in sorted(model.state_dict().items())
            for part in (name, tensor.detach().cpu().contiguous().numpy().tobytes())]


def load_model(path: Path, model: nn.Module) -> None:
    """Read weights into a model of the same shape.

    Raises
    ------
    CheckpointError : missing, damaged, or made for another network; names the file.
    """
    try:
        model.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError, OSError) as error:
        raise CheckpointError(f"{path} does not hold this network's weights ({str(error).splitlines()[0]}); "
                              "train again with --fresh") from error
