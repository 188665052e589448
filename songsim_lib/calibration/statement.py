"""How rare a likeness is, as numbers and as a sentence that says no more than is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

ALARM = 0.001  # what happens to one in a thousand unrelated pairs is taken for no chance
MOST = 10_000  # times likelier: more than this no calibration of so few works can tell


def at_floor(p_value: float, unrelated_pairs: int) -> bool:
    """Tell whether none of the unrelated pairs is as alike, so that the p-value is only a bound."""
    return round(p_value * (unrelated_pairs + 1)) <= 1


@dataclass(frozen=True)
class Statement:
    """How rare a likeness is.

    Attributes
    ----------
    p_value : how often unrelated works are as alike or more.
    log_ratio : natural logarithm of how much likelier this likeness is for two recordings of one work.
    unrelated_pairs : how many pairs the p-value was counted on.
    """

    p_value: float
    log_ratio: float
    unrelated_pairs: int

    @property
    def ratio(self) -> float:
        """The likelihood ratio same work : unrelated works."""
        return math.exp(self.log_ratio)

    @property
    def rare(self) -> bool:
        """Whether unrelated works are so alike at most once in a thousand times."""
        return self.p_value <= ALARM

    def as_dict(self) -> dict[str, Any]:
        """Give plain, finite values: `p_value`, `likelihood_ratio`, `log_ratio`, `unrelated_pairs`."""
        return {"p_value": self.p_value, "likelihood_ratio": self.ratio, "log_ratio": self.log_ratio,
                "unrelated_pairs": self.unrelated_pairs}

    def sentence(self) -> str:
        """Say it in one sentence."""
        if at_floor(self.p_value, self.unrelated_pairs):
            seldom = f"None of {self.unrelated_pairs:,} pairs of unrelated works is as alike"
        else:
            seldom = f"Of {self.unrelated_pairs:,} pairs of unrelated works, {self.share()} are as alike or more"
        return f"{seldom}; {self.odds()}."

    def rarity(self) -> str:
        """Write the p-value to the two digits that are known, "below" where no unrelated pair is as alike."""
        bound = "below " if at_floor(self.p_value, self.unrelated_pairs) else ""
        return bound + np.format_float_positional(self.p_value, 2, fractional=False, trim="-")

    def times(self) -> str:
        """Write the likelihood ratio, no further than it is known."""
        if abs(self.log_ratio) >= math.log(MOST):
            return f"more than {MOST:,}" if self.log_ratio > 0 else f"less than 1 / {MOST:,}"
        return np.format_float_positional(self.ratio, 2, fractional=False, trim="-")

    def share(self) -> str:
        """Write the p-value as a share."""
        percent = 100 * self.p_value
        return f"{percent:.0f} %" if percent >= 10 else f"{float(f'{percent:.1g}'):g} %"

    def odds(self) -> str:
        """Say how much likelier, to one significant digit: more is not known."""
        much = math.exp(min(abs(self.log_ratio), math.log(MOST)))
        if much < 1.5:
            return "such a likeness is about as frequent between recordings of one work"
        times = f"more than {MOST:,}" if much >= 0.999 * MOST else f"about {float(f'{much:.1g}'):,.0f}"
        one, two = "recordings of one work", "unrelated works"
        first, second = (one, two) if self.log_ratio > 0 else (two, one)
        return f"such a likeness is {times} times likelier between {first} than between {second}"
