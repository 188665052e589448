"""Counts out of n cases: what a share can prove, and what the report's formulas for covers counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, binomtest

from songsim_lib.metrics import Estimate


@dataclass(frozen=True)
class Count:
    """So many of n cases."""

    k: int
    n: int

    @classmethod
    def of_share(cls, share: float, n: int, decimals: int) -> Count:
        """Find the number of cases behind a share of `n` that was rounded to `decimals`.

        Where several fit (0.45 of 154 is 69 or 70), the nearest is taken.

        Raises
        ------
        ValueError : the share is no whole number of n cases.
        """
        k = round(share * n)
        if abs(k / n - share) > 0.5 * 10.0**-decimals + 1e-9:
            raise ValueError(f"{share:.{decimals}f} is no whole number of {n} cases ({k} are {k / n:.{decimals}f})")
        return cls(k, n)

    @property
    def share(self) -> float:
        """k of n."""
        return self.k / self.n

    def inverted(self) -> Count:
        """Count the other cases: 1 - share."""
        return Count(self.n - self.k, self.n)

    def estimate(self) -> Estimate:
        """Give the share with its exact 95 % interval (Clopper and Pearson 1934, https://doi.org/10.2307/2331986)."""
        interval = binomtest(self.k, self.n).proportion_ci(confidence_level=0.95, method="exact")
        return Estimate(self.share, float(interval.low), float(interval.high), self.n)

    def luck(self, chance: float = 0.5) -> float:
        """Tell how often guessing is as far from `chance` as this, or farther (two-sided exact test)."""
        return float(binomtest(self.k, self.n, chance).pvalue)


def coin_range(n: int) -> tuple[float, float]:
    """Share of heads between which n throws of a fair coin end in 95 % of cases."""
    low, high = binom.interval(0.95, n, 0.5)
    return float(low) / n, float(high) / n


def nearest_neighbour_as_reported(positive: np.ndarray, negative: np.ndarray) -> float:
    """Score triplets as the report did: it counts those whose positive is FARTHER than the negative (FACTS, 3.2).

    Parameters
    ----------
    positive, negative [shape=(n,)] : distances from each anchor to its positive and to its negative.
    """
    return float(np.mean(positive > negative))


def pairs_as_reported(positive: np.ndarray, negative: np.ndarray) -> float:
    """Score pairs as the report did (FACTS, 3.3): a pair counts as a cover when it lies farther apart than the mean.

    The label is the wrong way round, and the threshold is the mean of the very distances that are judged.
    """
    threshold = np.concatenate([positive, negative]).mean()
    return float(np.mean(np.concatenate([positive > threshold, negative <= threshold])))


def pairs_right_way_round(positive: np.ndarray, negative: np.ndarray, threshold: float) -> float:
    """Score pairs: near ones count as covers. With as many positives as negatives this is the balanced accuracy."""
    return float(np.mean(np.concatenate([positive <= threshold, negative > threshold])))
