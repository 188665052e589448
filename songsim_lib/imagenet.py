"""ResNet-18's weights for photographs: fetched where there is a network, and their absence is told."""

from __future__ import annotations

import pickle
import warnings
from functools import cache
from urllib.error import URLError

import torch

from songsim_lib.config import RANDOM


@cache
def imagenet_weights() -> dict[str, torch.Tensor] | None:
    """Fetch ResNet-18's ImageNet weights through torchvision; None, with a warning, when they cannot be had."""
    from torchvision.models import ResNet18_Weights  # here: it takes seconds to load

    try:
        return dict(ResNet18_Weights.DEFAULT.get_state_dict(progress=False, check_hash=True, weights_only=True))
    except (URLError, OSError, RuntimeError, pickle.UnpicklingError) as error:
        warnings.warn(
            f"ImageNet weights could not be loaded ({str(error).splitlines()[0]}). Training starts from a RANDOM "
            f"trunk: nothing stays frozen, and every result is labelled '{RANDOM}'. To use them, put "
            f"{ResNet18_Weights.DEFAULT.url} into {torch.hub.get_dir()}/checkpoints/.", stacklevel=2)
        return None
