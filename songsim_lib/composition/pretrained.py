"""The trained network that comes with the project, and how it is put there."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import save

from songsim_lib.checkpoint import load_model
from songsim_lib.composition.network import CompositionNet
from songsim_lib.files import atomic
from songsim_lib.paths import COMPOSITION as FOLDER

WEIGHTS = "composition.safetensors"


def load_pretrained(folder: Path = FOLDER) -> CompositionNet:
    """Load the network that comes with the project, in eval mode on the CPU; its model card lies beside its weights.

    Raises
    ------
    CheckpointError : the weights are absent, damaged, or another network's; names the file.
    """
    net = CompositionNet()
    load_model(folder / WEIGHTS, net)
    return net.eval()


def save_half(net: CompositionNet, folder: Path) -> None:
    """Write weights in half precision, which takes 5 MB and moves no score by more than rounding."""
    state = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in net.state_dict().items()}
    with atomic(folder / WEIGHTS) as temporary:
        temporary.write_bytes(save({name: tensor.contiguous() for name, tensor in state.items()}))
