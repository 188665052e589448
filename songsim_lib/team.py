"""The processes that train one network together, on one machine or on many, through Hugging Face's accelerate.

Each takes its share of every batch and hears of the others' embeddings, so that the loss is that of the whole batch. A
process that was started alone is a team of one, for which everything here leaves things as they are.
"""

from __future__ import annotations

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn


class Team:
    """This process among those of its team; `rank` counts them from 0, and the first is the one that writes."""

    def __init__(self, device: torch.device) -> None:
        """Meet the others (waits for them, the first time); they were started by `accelerate launch`."""
        self._engine = Accelerator(cpu=device.type == "cpu")

    @property
    def size(self) -> int:
        """How many processes there are."""
        return self._engine.num_processes

    @property
    def rank(self) -> int:
        """Which of them this one is."""
        return self._engine.process_index

    @property
    def writes(self) -> bool:
        """Tell whether this process writes files and speaks for the team."""
        return self._engine.is_main_process

    def wait(self) -> None:
        """Go on when all have come here."""
        self._engine.wait_for_everyone()

    def leave(self) -> None:
        """Part from the others, at the end of all work: a process that ends in mid-talk counts as failed."""
        if self.size > 1:
            self.wait()  # torch 2.6 hangs here where another has left before
            self._engine.end_training()

    def any(self, mine: bool) -> bool:
        """Tell whether it is so for one of the processes; all get the same answer."""
        if self.size == 1:
            return mine
        return bool(self._engine.gather(torch.tensor([float(mine)], device=self._engine.device)).any())

    def learner(self, model: nn.Module) -> nn.Module:
        """Wrap a network so that each process takes the same steps: gradients are averaged over the team.

        Batch norms see the whole batch on GPUs; torch has no such thing for CPUs, where each sees its own share.
        """
        if self.size == 1:
            return model
        if self._engine.device.type == "cuda":
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        return self._engine.prepare_model(model)  # type: ignore[no-any-return]

    def share(self, n: int) -> np.ndarray:
        """Choose this process's share of n items [shape=(ceil(n / size),)]; the last ones may begin again at item 0."""
        each = -(-n // self.size)
        return (self.rank * each + np.arange(each)) % n

    def whole(self, own: torch.Tensor, n: int) -> torch.Tensor:
        """Put the shares of all processes together, in order (n, ...); gradients reach the own one.

        Every process that computes a loss of the whole has the gradient with respect to its own share; their sum is the
        gradient of one process that computed it all.
        """
        if self.size == 1:
            return own
        parts = list(self._engine.gather(own.detach()).chunk(self.size))
        parts[self.rank] = own
        return torch.cat(parts)[:n]

    def backward(self, loss: torch.Tensor) -> None:
        """Find the gradients of a loss that every process computed for the whole batch."""
        self._engine.backward(loss * self.size)  # which are averaged over the team, but have to be summed
