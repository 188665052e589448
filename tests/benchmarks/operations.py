"""What a training step asks of a machine, and how fast no GPU can be with it.

Counted without computing, on torch's "meta" device: the floating point operations of every matrix product and
convolution (a multiplication and an addition are two), and the numbers that each operation reads and writes. No machine
is faster than its roofline (Williams et al. 2009, https://doi.org/10.1145/1498765.1498785): each operation takes at
least as long as its arithmetic at the machine's peak, and as long as its numbers take through the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from estimates import MACHINES, TRAIN, VALIDATION
from timing import repeated
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, flop_registry

from songsim_lib import models
from songsim_lib.config import EXPERIMENTS, AudioSpec, Experiment
from songsim_lib.device import autocast_dtype, best_device

SPEC = AudioSpec()
HALF = 2  # bytes of a number in fp16 and bf16


class Traffic(TorchDispatchMode):
    """List (operations, numbers read and written) of everything that torch computes inside the block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, int]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute, and count what it took; a view moves nothing."""
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            count = flop_registry.get(func.overloadpacket)
            flops = count(*args, **(kwargs or {}), out_val=out) if count else 0
            numbers = sum(one.numel() for one in tree_leaves((args, out)) if isinstance(one, torch.Tensor))
            self.found.append((flops, numbers))
        return out


def count(task: Callable[[], object], triplets: int) -> dict[str, Any]:
    """Count what a task takes for each of so many triplets; `each` lists it for the operations one by one."""
    with FlopCounterMode(display=False) as flops, Traffic() as traffic:
        task()
    return {"flops": flops.get_total_flops() / triplets, "numbers": sum(n for _, n in traffic.found) / triplets,
            "each": [(f / triplets, n / triplets) for f, n in traffic.found]}


def work(experiment: Experiment) -> dict[str, Any]:
    """Count the work of one triplet of an experiment: in a training step, and forward only.

    As in `songsim_lib.train`, two clips of each triplet are embedded, since its negative is another one's anchor.
    """
    model = models.build(experiment).to("meta").train()
    size = experiment.batch_size
    optimizer = torch.optim.Adam((one for one in model.parameters() if one.requires_grad), foreach=False)
    clips = torch.empty(2 * size, 1, SPEC.n_mels, SPEC.n_frames, device="meta")

    def step() -> None:
        anchors, positives = model(clips).split(size)
        functional.triplet_margin_loss(anchors, positives, anchors.roll(1, 0)).backward()
        optimizer.step()

    def forward() -> None:
        with torch.no_grad():
            model.eval()(clips)

    return {"train": count(step, size), "forward": count(forward, size), "trunk": model.trunk,
            "frozen": sorted(model.frozen)}


def bound_s(found: dict[str, Any], peak: float, bytes_per_s: float) -> float:
    """Give the shortest time, in seconds, that an epoch of the study can take on a machine."""
    def least(one: dict[str, Any]) -> float:
        return sum(max(flops / peak, HALF * numbers / bytes_per_s) for flops, numbers in one["each"])

    return TRAIN * least(found["train"]) + VALIDATION * least(found["forward"])


def epoch_flops(found: dict[str, Any]) -> float:
    """Count the operations of an epoch of the study."""
    return TRAIN * found["train"]["flops"] + VALIDATION * found["forward"]["flops"]


def multiplied_per_s(dtype: torch.dtype, side: int, repeats: int) -> float:
    """Measure this machine's own peak: operations a second in the product of two large matrices."""
    device = best_device()
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))

    def multiply() -> None:
        (a @ b)[0, 0].item()  # which waits for a GPU

    return 2 * side**3 / repeated(multiply, repeats).fastest


def measure(repeats: int, small: bool) -> dict[str, Any]:
    """Count each experiment's work, estimate its epochs, and measure this machine's peak in both formats."""
    side = 512 if small else 4_096
    peaks = {str(dtype).removeprefix("torch."): multiplied_per_s(dtype, side, repeats)
             for dtype in (torch.float32, autocast_dtype(best_device()))}
    told = {}
    for name, experiment in EXPERIMENTS.items():
        found = work(experiment)
        told[name] = {"train_flops": found["train"]["flops"], "train_numbers": found["train"]["numbers"],
                      "epoch_flops": epoch_flops(found), "trunk": found["trunk"], "frozen": found["frozen"],
                      "bound_s": {machine: bound_s(found, *speeds) for machine, speeds in MACHINES.items()}}
    return {"peak_flops_per_s": peaks, "format": list(peaks)[-1], "experiments": told}
