"""How the network learns: everything that a training follows from, beside its clips."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytorch_metric_learning import losses, miners
from torch import Tensor, nn

from songsim_lib.composition.network import WIDTHS
from songsim_lib.config import choose

LOSSES = ("supcon", "multi_similarity", "triplet")


@dataclass(frozen=True)
class Recipe:
    """How the network learns: in `steps` steps of `works` times `performances` clips, `frames` columns of each.

    `by_recording` takes only views of one recording for positives, as the report did; `transpose` and `stretch` are
    those of the views; `several_scores` is how much more often a work comes that was written down more than once;
    weights are averaged over about a tenth of the training, and the average is what is kept.
    """

    works: int = 32
    performances: int = 4
    frames: int = 170
    steps: int = 5_000
    warm_up: int = 100
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    loss: str = "supcon"
    temperature: float = 0.1
    by_recording: bool = False
    transpose: bool = True
    stretch: bool = True
    several_scores: float = 3.0
    judged_every: int = 250
    widths: tuple[int, ...] = WIDTHS
    seed: int = 0

    def rate(self, step: int) -> float:
        """Learning rate at a step: up in a line, then down along half a cosine."""
        rising = min(1.0, (step + 1) / self.warm_up)
        return self.learning_rate * rising * 0.5 * (1 + math.cos(math.pi * step / self.steps))

    @property
    def decay(self) -> float:
        """Share of the averaged weights that a step leaves as they were."""
        return 1 - 1 / max(2.0, 0.1 * self.steps)


class Contrast(nn.Module):
    """A loss of pytorch-metric-learning with the miner that goes with it."""

    def __init__(self, recipe: Recipe) -> None:
        """Take one of `LOSSES`: supervised contrastive, multi-similarity, or the study's triplets, the hardest ones."""
        super().__init__()
        choose("loss", recipe.loss, LOSSES)
        self.miner, self.loss = {
            "supcon": lambda: (None, losses.SupConLoss(temperature=recipe.temperature)),
            "multi_similarity": lambda: (miners.MultiSimilarityMiner(epsilon=0.1), losses.MultiSimilarityLoss()),
            "triplet": lambda: (miners.BatchHardMiner(), losses.TripletMarginLoss(margin=0.3)),
        }[recipe.loss]()

    def forward(self, embedded: Tensor, works: Tensor) -> Tensor:
        """(B, D) and the codes of their works (B,) -> the loss, a scalar."""
        mined = self.miner(embedded, works) if self.miner else None
        return self.loss(embedded, works, mined)  # type: ignore[no-any-return]
