"""What freezing and dropout did to four trainings: to the loss, and to what is known of training songs alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from songsim_lib.audit.freezing import Fit
from songsim_lib.metrics import Estimate, mean_over_works

Epoch = Literal["best", "last"]
Factor = Literal["frozen", "dropout"]
HEARD, UNHEARD = 0, 1  # sides of Fit.best and Fit.last


def difference(a: Estimate, b: Estimate) -> Estimate:
    """Subtract two independent estimates; the interval is made of theirs (Zou and Donner 2008, 10.1002/sim.3095)."""
    value = a.value - b.value
    low = np.hypot(a.value - a.low, b.high - b.value)
    high = np.hypot(a.high - a.value, b.value - b.low)
    return Estimate(value, float(value - low), float(value + high), min(a.n, b.n))


def _losses(fits: Sequence[Fit], epoch: Epoch, side: int) -> np.ndarray:
    """Average the losses of several trainings, triplet by triplet [shape=(triplets,)]."""
    return np.mean([getattr(fit, epoch)[side].losses for fit in fits], axis=0)


def _over_works(values: np.ndarray, fits: Sequence[Fit], epoch: Epoch, side: int) -> Estimate:
    return mean_over_works(values, getattr(fits[0], epoch)[side].works)


def gap(fits: Sequence[Fit], epoch: Epoch = "last") -> Estimate:
    """Estimate validation loss minus training loss: what a network knows of its training songs alone.

    Several trainings are averaged; the interval is one over works.
    """
    heard, unheard = (_over_works(_losses(fits, epoch, side), fits, epoch, side) for side in (HEARD, UNHEARD))
    return difference(unheard, heard)


def _effect(fits: Sequence[Fit], factor: Factor, epoch: Epoch, side: int) -> Estimate:
    """Average the loss of trainings with a factor minus that of trainings without, triplet by triplet."""
    present, absent = ([fit for fit in fits if getattr(fit, factor) == wanted] for wanted in (True, False))
    return _over_works(_losses(present, epoch, side) - _losses(absent, epoch, side), fits, epoch, side)


def on_loss(fits: Sequence[Fit], factor: Factor, epoch: Epoch = "best") -> Estimate:
    """Estimate what a factor does to the validation loss, averaged over the other factor and over trainings.

    The same songs are compared; the interval, over works, leaves out the spread between training seeds.
    """
    return _effect(fits, factor, epoch, UNHEARD)


def on_gap(fits: Sequence[Fit], factor: Factor, epoch: Epoch = "last") -> Estimate:
    """Estimate what a factor does to the gap between validation and training loss; positive is more overfitting."""
    return difference(_effect(fits, factor, epoch, UNHEARD), _effect(fits, factor, epoch, HEARD))


def cells(fits: Sequence[Fit]) -> dict[str, list[Fit]]:
    """Sort trainings by what was set, in words."""
    found: dict[str, list[Fit]] = {}
    for fit in fits:
        name = f"{'frozen' if fit.frozen else 'unfrozen'}, {'dropout' if fit.dropout else 'no dropout'}"
        found.setdefault(name, []).append(fit)
    return found


def both_sides(fits: Sequence[Fit]) -> dict[str, list[tuple[float, float]]]:
    """Give the losses on training and on validation songs after the last epoch, for every training, for a figure."""
    return {name: [(fit.last[HEARD].loss, fit.last[UNHEARD].loss) for fit in cell]
            for name, cell in cells(fits).items()}


def each(fits: Sequence[Fit], effect: Callable[[Sequence[Fit]], Estimate]) -> list[float]:
    """Compute an effect for each training seed by itself."""
    repeats = sorted({fit.repeat for fit in fits})
    return [effect([fit for fit in fits if fit.repeat == repeat]).value for repeat in repeats]


def rate(fits: Sequence[Fit]) -> float:
    """Find the dropout rate of the trainings that have one."""
    return max(fit.experiment.dropout for fit in fits)
