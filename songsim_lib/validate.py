"""Judge embeddings on the validation works: the report's loss, and what says more than a loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from songsim_lib import metrics
from songsim_lib.triplets import Pairs, draw_negatives

COLLAPSED = 0.02  # mean distance of unrelated songs, where that of random points is 1.4


@dataclass(frozen=True)
class Judgement:
    """Distances and scores of validation triplets; arrays have one value a triplet or an anchor.

    `positive`, `negative`, `losses` [shape=(triplets,)]; `accuracy`, `rank` [shape=(anchors,)].
    """

    positive: np.ndarray
    negative: np.ndarray
    losses: np.ndarray
    accuracy: np.ndarray
    rank: np.ndarray
    works: np.ndarray
    anchor_works: np.ndarray

    @property
    def loss(self) -> float:
        """Mean triplet loss."""
        return float(self.losses.mean())

    @property
    def collapsed(self) -> bool:
        """Tell whether all songs have the same embedding: every distance is near 0, the loss stands at the margin."""
        return float(self.negative.mean()) < COLLAPSED

    def values(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """List what each score is the mean of, one value a triplet or an anchor, with their works [shape=(n,)]."""
        return {
            "triplet_loss": (self.losses, self.works),
            "triplet_accuracy": (self.accuracy, self.anchor_works),
            "positive_rank": (self.rank, self.anchor_works),
            "positive_first": (self.rank == 1, self.anchor_works),
            "positive_mrr": (1 / self.rank, self.anchor_works),
        }

    def summary(self) -> dict[str, dict[str, float | int]]:
        """Estimate every score with its 95 % interval over works."""
        return {name: metrics.mean_over_works(*values).as_dict() for name, values in self.values().items()}


def fixed_negatives(data: Pairs, seed: int) -> np.ndarray:
    """Draw the negatives of the validation triplets once, the same for every system and epoch."""
    return draw_negatives(data.works, np.random.default_rng([seed, 1]))


def clips(data: Pairs) -> np.ndarray:
    """List the store rows that `judge` needs embeddings of, each once."""
    return np.unique(np.concatenate([data.anchors, data.positives]))


def judge(data: Pairs, negatives: np.ndarray, embedded: np.ndarray, margin: float) -> Judgement:
    """Score embeddings of the validation clips.

    Parameters
    ----------
    data : the validation pairs, n of them; `negatives` [shape=(n,)] positions of their negatives.
    embedded [shape=(m, D)] : one embedding for each of `clips(data)`; or [shape=(m, R, D)], whose distance
        is the mean over R parts.
    margin : of the triplet loss.

    Raises
    ------
    ValueError : an embedding is not a number.
    """
    rows = clips(data)
    bad = ~np.isfinite(embedded).all(axis=tuple(range(1, embedded.ndim)))
    if bad.any():
        raise ValueError(f"{bad.sum()} of {len(rows)} embeddings hold NaN or infinite values, "
                         f"the first for row {rows[bad][0]} of the store")
    anchors, positives = np.searchsorted(rows, data.anchors), np.searchsorted(rows, data.positives)
    positive = _paired(embedded, anchors, positives)
    negative = _paired(embedded, anchors, anchors[negatives])
    once = np.unique(data.anchors, return_index=True)[1]
    works, own = data.works[once], embedded[anchors[once]]
    accuracy = metrics.accuracy_over_negatives(positive[once], _all(own, own), works)
    ranks = metrics.positive_ranks(_all(own, embedded[positives[once]]), works)
    return Judgement(positive, negative, metrics.triplet_losses(positive, negative, margin), accuracy, ranks,
                     data.works, works)


def _paired(embedded: np.ndarray, left: np.ndarray, right: np.ndarray, size: int = 128) -> np.ndarray:
    """Distance of each left row to the right row beside it [shape=(n,)], in blocks to keep memory flat."""
    blocks = [np.linalg.norm(embedded[left[i : i + size]] - embedded[right[i : i + size]], axis=-1)
              for i in range(0, len(left), size)]
    distance = np.concatenate(blocks)
    return distance.mean(axis=1) if distance.ndim == 2 else distance


def _all(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance of each row of `a` to each row of `b` [shape=(n, m)]."""
    if a.ndim == 2:
        return metrics.distances(a, b)
    return np.mean([metrics.distances(a[:, r], b[:, r]) for r in range(a.shape[1])], axis=0)
