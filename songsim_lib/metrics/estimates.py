"""Means with 95 % intervals, bootstrapped over works: recordings of one work are not independent.

`scipy.stats.bootstrap` draws single values; here whole works are drawn, the same ones for every score and system
that share a seed, so that differences between two systems are paired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

DRAWS = 2_000
INTERVAL = (2.5, 97.5)  # percentiles of the draws


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval and the number of values behind it."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def side_of(self, value: float = 0.0) -> int:
        """Say on which side of a value the whole interval lies: 1 above it, -1 below it, 0 when it holds the value."""
        return (self.low > value) - (self.high < value)

    def as_dict(self) -> dict[str, float | int]:
        """Give the four fields by name, for a results file."""
        return asdict(self)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Estimate:
        """Read the four fields by name from a results file, where others may stand beside them."""
        return cls(*(found[name] for name in ("value", "low", "high", "n")))

    @classmethod
    def from_draws(cls, value: float, draws: np.ndarray, n: int) -> Estimate:
        """Take the 2.5th and 97.5th percentile of bootstrap draws [shape=(draws,)] as the interval."""
        low, high = np.percentile(draws, INTERVAL)
        return cls(float(value), float(low), float(high), n)


def may_fail(n_works: int) -> float:
    """Bound, at 95 %, the share of all works that fail where none of `n_works` does, of which a bootstrap says nothing.

    About 3 / n, the rule of three (Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?").
    """
    return float(1 - 0.05 ** (1 / n_works))


def resample(n_works: int, seed: int = 0, draws: int = DRAWS) -> np.ndarray:
    """Draw as many works as there are, with replacement, again and again [shape=(draws, n_works)], work codes."""
    return np.random.default_rng(seed).integers(n_works, size=(draws, n_works))


def mean_over_works(values: np.ndarray, works: np.ndarray, seed: int = 0, draws: int = DRAWS) -> Estimate:
    """Average values and bootstrap a 95 % interval over works (recordings of one work are not independent).

    Parameters
    ----------
    values, works [shape=(n,)]

    Returns
    -------
    Estimate : the mean of all values, percentile interval, n = number of values. The values of a single work
        have an interval without width: it says nothing.
    """
    codes = np.unique(works, return_inverse=True)[1]
    sums, counts = np.bincount(codes, weights=values), np.bincount(codes)
    drawn = resample(len(sums), seed, draws)
    return Estimate.from_draws(np.mean(values), sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), len(values))


def paired_difference(a: np.ndarray, b: np.ndarray, works: np.ndarray, seed: int = 0, draws: int = DRAWS) -> Estimate:
    """Say by how much system `a` scores higher than `b` on the same queries, with a 95 % interval over works.

    What makes a query hard for both systems cancels out, so this interval is narrower than two separate ones; it
    excludes 0 where one system is better beyond the choice of works.

    Parameters
    ----------
    a, b, works [shape=(n,)] : scores of the two systems and the work of each query, in the same order.

    Raises
    ------
    ValueError : the three differ in length.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if not a.shape == b.shape == np.shape(works):
        raise ValueError(f"a paired difference needs the same queries: {a.shape} scores of a, {b.shape} of b, "
                         f"{np.shape(works)} works")
    return mean_over_works(a - b, works, seed, draws)


def gaps(groups: Mapping[str, Any], baseline: str) -> list[tuple[str, str, Estimate]]:
    """List the differences of models from a baseline in groups of results: group, title of the model, difference."""
    return [(name, row["model_title"], Estimate.of(row["difference"]))
            for name, group in groups.items() for row in group["differences"] if row["baseline"] == baseline]
