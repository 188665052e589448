"""How early each system finds the right work among N, for every factor and level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from songsim_lib import metrics
from songsim_lib.config import AudioSpec
from songsim_lib.sources import tunebook
from songsim_lib.splits import TEST

from . import draw
from .factors import FACTORS, Factor
from .render import Heard, hear

if TYPE_CHECKING:
    from songsim_lib.study import Study
    from songsim_lib.systems import System

SCORES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mrr": lambda ranks: 1 / ranks,
    "first": lambda ranks: (ranks == 1).astype(float),
}
FEW_WORKS = 10
ALL_CHANGES = "all changes"  # label of the rows that average over every level but the unchanged one


def chance(n: int) -> dict[str, float]:
    """Expect of guessing among `n` works: an MRR of the n-th harmonic number over n, 1 / n ranked first."""
    return {"mrr": float(np.mean(1 / np.arange(1, n + 1))), "first": 1 / n}


def measure(recordings: pd.DataFrame, systems: Sequence[System], spec: AudioSpec, n_works: int = 30, seed: int = 0,
            melodies: Path | None = None, cache: Path | None = None, factors: Iterable[Factor] = FACTORS.values(),
            workers: int = -1) -> pd.DataFrame:
    """Change one thing at a time about N recordings and see which systems still know them.

    Parameters
    ----------
    recordings : catalog rows of works that no system has learned from (`track_id`, `work_id`, `path`; `score_id` and
        `start_bar` where there is notation).
    systems : baselines and models; those of one name are trainings of one model, averaged query by query.
    n_works : how many works are drawn, one recording of each: the index that every query is ranked against.
    melodies : table of the notation; without it no melody is played on other instruments, and the table lacks
        that factor.
    cache : folder that keeps one file a factor, so that other systems are measured without rendering anew.

    Returns
    -------
    One row a factor, level and system: `factor`, `level` (a number, in the factor's unit), `label`, `system`,
    `title`, `kind`, `repeats`, `n`, and for each score s of `SCORES` the mean over works `s`, its 95 % interval
    `s_low`, `s_high`, the least and most of single trainings `s_least`, `s_most`, and `s_chance`. Rows labelled
    "all changes" (level NaN) average over every level but the unchanged one before the interval is taken.

    Raises
    ------
    ValueError : too few works, no system, two systems of the same name and repeat, or distances that are not
        finite or not (n, n); names the offender.
    """
    _check(systems)
    passages = draw.passages(draw.works(recordings, n_works, seed), spec, melodies)
    rows: list[dict[str, Any]] = []
    for factor in factors:
        usable = [passage for passage in passages if passage.notes or factor.change]
        if len(usable) > 1:
            rows += _rows(factor, hear(usable, factor, spec, seed, cache, workers), systems)
    return pd.DataFrame(rows)


def of_study(study: Study, systems: Sequence[System], n_works: int = 30,
             factors: Iterable[Factor] = FACTORS.values()) -> pd.DataFrame:
    """Measure systems on works of a study's test side, and of validation too where it has too few; see `measure`.

    With fewer than `FEW_WORKS`, each factor is measured at its ends alone.
    """
    if n_works < FEW_WORKS:
        factors = [factor.thinned() for factor in factors]
    unseen = study.unseen()
    test = unseen[unseen["split"] == TEST]
    enough = test["work_id"].nunique() >= n_works
    return measure(test if enough else unseen, systems, study.spec, n_works, study.seed,
                   tunebook.FOLDER / "melodies.parquet", study.store_folder / "invariance", factors)


def ranks(system: System, heard: Heard) -> np.ndarray:
    """Rank each work's own clean excerpt among all, for the query at every level [shape=(levels, n)]; 1 is best.

    A tie takes the middle rank (`metrics.positive_ranks`).
    """
    n, levels = heard.windows.shape[0], heard.windows.shape[1] - 1
    index = system.represent(heard.at(0))
    found = []
    for level in range(1, levels + 1):
        distances = np.asarray(system.distances(system.represent(heard.at(level)), index))
        if distances.shape != (n, n) or not np.isfinite(distances).all():
            raise ValueError(f"{system.name} gives {distances.shape} distances, {np.isfinite(distances).sum()} of "
                             f"them finite, for {n} queries among {n} works")
        found.append(metrics.positive_ranks(distances, np.arange(n)))
    return np.stack(found)


def _check(systems: Sequence[System]) -> None:
    if not systems:
        raise ValueError("no system to measure")
    names = pd.Series([f"{system.name} (repeat {system.repeat})" for system in systems])
    if names.duplicated().any():
        raise ValueError(f"more than one system is called {', '.join(names[names.duplicated()].unique())}")


def _rows(factor: Factor, heard: Heard, systems: Sequence[System]) -> list[dict[str, Any]]:
    """All rows of one factor, system after system."""
    ranked: dict[str, list[np.ndarray]] = {}
    for system in tqdm(systems, desc=f"{factor.name}: ranking", unit="system", mininterval=1):
        ranked.setdefault(system.name, []).append(ranks(system, heard))
    changed = np.array([level != factor.unchanged for level in factor.levels])
    rows = []
    for name, repeats in ranked.items():
        of_system = next(system for system in systems if system.name == name)
        about = {"system": name, "title": of_system.title, "kind": of_system.kind, "repeats": len(repeats)}
        by_level = np.stack(repeats, axis=1)  # (levels, repeats, n)
        for level, found in zip(factor.levels, by_level, strict=True):
            rows.append({"factor": factor.name, "level": float(level), "label": factor.label(level), **about,
                         **_scores(found[None])})
        if changed.any():
            rows.append({"factor": factor.name, "level": np.nan, "label": ALL_CHANGES, **about,
                         **_scores(by_level[changed])})
    return rows


def _scores(found: np.ndarray) -> dict[str, float | int]:
    """Score ranks [shape=(levels, repeats, n)] by their mean over levels and repeats, with intervals over works."""
    n = found.shape[2]
    scores: dict[str, float | int] = {"n": n}
    for name, score in SCORES.items():
        values = score(found).mean(axis=0)
        estimate = metrics.mean_over_works(values.mean(axis=0), np.arange(n))
        each = values.mean(axis=1)
        scores |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high,
                   f"{name}_least": float(each.min()), f"{name}_most": float(each.max()),
                   f"{name}_chance": chance(n)[name]}
    return scores
