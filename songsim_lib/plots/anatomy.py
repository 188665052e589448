"""Take a network apart into the stages a reader would draw (for `architecture`, notebooks 04 and 05)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

SPECTROGRAM = (1, 1, 128, 431)  # one clip: batch, channel, mel bands, frames

# Layers that are drawn together with the convolution or linear layer before them.
FOLLOWERS = {"BatchNorm2d": "BN", "BatchNorm1d": "BN", "ReLU": "ReLU", "Flatten": "", "Identity": ""}


@dataclass(frozen=True)
class Stage:
    """One box of a diagram.

    `output_shape` is without the batch: (channels, mel bands, frames) or (features,). `skip` names the
    residual connection: "identity", "1×1 convolution", or "" where there is none.
    """

    name: str
    label: str
    output_shape: tuple[int, ...]
    parameters: int = 0
    trainable: int = 0
    skip: str = ""


def stages(model: nn.Module, input_shape: tuple[int, ...] = SPECTROGRAM) -> list[Stage]:
    """Run one empty spectrogram through a network and list its stages in the order they act.

    Parameters
    ----------
    model : nn.Module
        Any network (B, 1, F, T) -> (B, D). Its mode (training or evaluation) and weights stay as they were.
    input_shape : tuple of int
        Shape of the input, with the batch.

    Returns
    -------
    list of Stage
        A convolution or linear layer with the layers that follow it; a residual block as one stage. Their
        weights add up to the model's.
    """
    found: list[Stage] = []
    hooks = [module.register_forward_hook(_recorder(name, found)) for name, module in _units(model)]
    output = _run(model, input_shape, hooks)
    merged: list[Stage] = []
    for stage in found:
        merged[-1:] = _merge(merged[-1], stage) if merged else [stage]
    if abs(float(output.norm(dim=1)[0]) - 1) < 1e-3:
        merged.append(Stage("embedding", "divide by the length (L2)", tuple(output.shape[1:])))
    return merged


def is_residual(module: nn.Module) -> bool:
    """Whether a module is a residual block of torchvision's ResNets."""
    return all(hasattr(module, name) for name in ("conv1", "bn1", "conv2", "bn2", "downsample"))


def _units(model: nn.Module, prefix: str = "") -> list[tuple[str, Any]]:
    """The modules that become (part of) a box: residual blocks whole, all else down to single layers."""
    children = list(model.named_children())
    if not children or is_residual(model):
        return [(prefix, model)]
    return [unit for name, child in children for unit in _units(child, f"{prefix}.{name}".strip("."))]


def _recorder(name: str, found: list[Stage]) -> Any:
    def record(module: nn.Module, _: Any, output: Tensor) -> None:
        weights = list(module.parameters())
        skip = ""
        if is_residual(module):
            skip = "identity" if module.downsample is None else "1×1 convolution"
        trainable = sum(w.numel() for w in weights if w.requires_grad)
        found.append(Stage(name, _label(module), tuple(output.shape[1:]), sum(w.numel() for w in weights),
                           trainable, skip))

    return record


def _run(model: nn.Module, input_shape: tuple[int, ...], hooks: list[Any]) -> Tensor:
    """One forward pass that leaves no trace: no gradients, no new statistics, no hooks, the old modes."""
    import torch

    modes = {module: module.training for module in model.modules()}
    device = next(model.parameters()).device
    try:
        model.eval()
        with torch.no_grad():
            return model(torch.randn(input_shape, generator=torch.Generator().manual_seed(0)).to(device))
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in modes.items():
            module.training = training


def _merge(before: Stage, stage: Stage) -> list[Stage]:
    """Join a batch norm, a ReLU, a pooling or a flattening to the layer it follows; else keep both."""
    pools = stage.label.startswith("max pool") and not before.skip
    if not pools and stage.label not in FOLLOWERS.values():
        return [before, stage]
    label = before.label + (f" · {stage.label}" if stage.label else "")
    shape = stage.output_shape if stage.label else before.output_shape  # flattening changes no number
    return [replace(before, label=label, output_shape=shape, parameters=before.parameters + stage.parameters,
                    trainable=before.trainable + stage.trainable)]


def _size(value: Any) -> str:
    height, width = value if isinstance(value, tuple) else (value, value)
    return f"{height}×{width}"


def _stride(value: Any) -> str:
    first = value[0] if isinstance(value, tuple) else value
    return f" /{first}" if first > 1 else ""


def _label(module: Any) -> str:
    """A layer in a few words: 'conv 7×7 /2' is a 7 by 7 convolution with stride 2."""
    kind = type(module).__name__
    if is_residual(module):
        return f"residual block, two conv {_size(module.conv1.kernel_size)}{_stride(module.conv1.stride)}"
    if kind == "Conv2d":
        return f"conv {_size(module.kernel_size)}{_stride(module.stride)}"
    if kind == "MaxPool2d":
        return f"max pool {_size(module.kernel_size)}{_stride(module.stride)}"
    if kind == "Linear":
        return f"linear {module.in_features} → {module.out_features}"
    if kind.startswith("Dropout"):
        return f"dropout {module.p:g} (while training)" if module.p else ""
    if kind == "AdaptiveAvgPool2d":
        size = _size(module.output_size)
        return "mean over time and frequency" if size == "1×1" else f"mean in each of {size} fields"
    return FOLLOWERS.get(kind, kind)
