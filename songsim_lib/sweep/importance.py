"""How far settings differ, how far trainings of one setting differ, and which knob the difference follows.

Optuna's own importances (fANOVA and its like) add up to 1 whatever was found, so they name a most important knob even
where nothing matters. The shares here are compared with what chance would give, and are about 0 for a knob that does
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from songsim_lib.metrics import Estimate
from songsim_lib.metrics.estimates import resample
from songsim_lib.sweep.reading import Sweep

DRAWS = 1_000
ENOUGH = 8  # settings, below which a share says nothing
BENT = 20  # settings from which on a knob may act best in the middle of its range: a parabola, not a line
ALPHA = 0.05


@dataclass(frozen=True)
class Spread:
    """Standard deviations of the accuracy: of one training around its setting, and of settings among each other.

    `settings` is what is left when the luck of the trainings is taken away, at least 0. `share` of the variance of
    single trainings is due to their settings; `p` says how often luck alone would make settings differ as much.
    """

    seeds: float
    settings: float
    share: Estimate
    p: float
    alike: float  # share of the pairs of settings that differ no more than 95 % of pairs would by luck alone


def accuracies(sweep: Sweep) -> np.ndarray:
    """Collect the settings all of whose trainings came to an end [shape=(settings, seeds)]."""
    wide = sweep.trained.pivot(index="point", columns="repeat", values="accuracy").dropna()
    return wide.to_numpy()


def spread(values: np.ndarray, seed: int = 0) -> Spread:
    """Divide the variance of trainings [shape=(settings, seeds)] into that of settings and that of seeds (ANOVA).

    Raises
    ------
    ValueError : fewer than two settings, or one training of each: no spread can be seen.
    """
    settings, seeds = values.shape
    if settings < 2 or seeds < 2:
        raise ValueError(f"{settings} setting(s), each trained {seeds} time(s): it takes two of both to see a spread")
    within, between = values.var(axis=1, ddof=1).mean(), seeds * values.mean(axis=1).var(ddof=1)
    ratio = between / within if within else np.inf
    drawn = values[resample(settings, seed, DRAWS)]
    estimate = Estimate.from_draws(_share(values), np.array([_share(one) for one in drawn]), settings)
    means = values.mean(axis=1)
    gaps = np.abs(means[:, None] - means)[np.triu_indices(settings, 1)]
    luck = stats.norm.ppf(0.975) * np.sqrt(2 * within / seeds)
    return Spread(float(np.sqrt(within)), float(np.sqrt(max(between - within, 0) / seeds)), estimate,
                  float(stats.f.sf(ratio, settings - 1, settings * (seeds - 1))), float((gaps <= luck).mean()))


def _share(values: np.ndarray) -> float:
    """Share of the variance of single trainings that lies between settings (intraclass correlation), at least 0."""
    seeds = values.shape[1]
    within, between = values.var(axis=1, ddof=1).mean(), seeds * values.mean(axis=1).var(ddof=1)
    total = between + (seeds - 1) * within
    return float(max(between - within, 0) / total) if total else 0.0


def importances(sweep: Sweep, seed: int = 0) -> dict[str, Estimate]:
    """Say of each knob which share of the variance between settings follows it, by itself.

    Returns
    -------
    dict : knob -> adjusted share of variance (R²) of a line, or from `BENT` settings on of a parabola, over the knob's
        range, with a 95 % interval bootstrapped over settings. About 0 for a knob that does nothing; it may be below.
        Empty where there are fewer than `ENOUGH` settings.
    """
    settings = sweep.settings
    if len(settings) < ENOUGH:
        return {}
    means, drawn = settings["accuracy"].to_numpy(), resample(len(settings), seed, DRAWS)
    found = {}
    for name, knob in sweep.knobs.items():
        place = np.array([knob.unit(value) for value in settings[name]])
        found[name] = _importance(place, means, drawn)
    return found


def _importance(place: np.ndarray, means: np.ndarray, drawn: np.ndarray) -> Estimate:
    """Estimate the share for one knob; `place` and `means` [shape=(settings,)], `drawn` [shape=(draws, settings)]."""
    value = float(_adjusted(place[None], means[None])[0])
    draws = _adjusted(place[drawn], means[drawn])
    # A setting that is drawn twice fits itself: draws lie too high on average, and are moved back to the estimate.
    return Estimate.from_draws(value, np.minimum(draws - draws.mean() + value, 1), len(means))


def _adjusted(place: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Adjusted R² of means by place [both shape=(draws, settings)] -> [shape=(draws,)]."""
    n = place.shape[1]
    degree = 2 if n >= BENT else 1
    terms = np.stack([place**power for power in range(degree + 1)], axis=-1)
    fitted = np.einsum("dij,dj->di", terms, np.einsum("dij,dj->di", np.linalg.pinv(terms), means))
    left = ((means - fitted) ** 2).sum(axis=1)
    total = ((means - means.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    ratio = np.divide(left, total, out=np.ones_like(left), where=total > 0)
    return 1 - ratio * (n - 1) / (n - degree - 1)
