"""Tunes that several collections hold: which settings of them to hear, and from which bar on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from . import windows
from .music import Piece
from .repertoires import REPERTOIRES

HEARD_BARS = 8  # about what thirteen seconds hold


def families(pairs: pd.DataFrame, works: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Scores of one tune from two or three collections, one of each, in the order of works.

    The first score of a family has a confirmed pair with every other; of several choices the one whose pairs
    are worth most is taken.
    """
    tunes = {name for name, about in REPERTOIRES.items() if about.kind == "tune"}
    across = pairs[(pairs["repertoire_a"] != pairs["repertoire_b"]) & pairs["repertoire_a"].isin(tunes)
                   & pairs["repertoire_b"].isin(tunes)]
    best: dict[tuple[str, str], tuple[float, str]] = {}  # (score, another collection) -> its best answer there
    for row in across.itertuples():
        for here, there, collection in ((row.score_a, row.score_b, row.repertoire_b),
                                        (row.score_b, row.score_a, row.repertoire_a)):
            best[here, collection] = max(best.get((here, collection), (0.0, "")), (row.worth, there))
    stars: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (score, _), (worth, other) in best.items():
        stars[score].append((other, worth))
    chosen: dict[str, tuple[tuple[int, float, str], tuple[str, ...]]] = {}
    for score, found in stars.items():
        rank = (len(found), sum(worth for _, worth in found), score)
        if works[score] not in chosen or rank > chosen[works[score]][0]:
            chosen[works[score]] = rank, (score, *sorted(other for other, _ in found))
    return [family for _, (_, family) in sorted(chosen.items())]


def answers(pairs: pd.DataFrame, reference: str, other: str) -> dict[int, int]:
    """Bars of the other score that answer bars of the reference; empty when the two are no confirmed pair."""
    for here, there in ((reference, other), (other, reference)):
        found = pairs[(pairs["score_a"] == here) & (pairs["score_b"] == there)]
        if len(found):
            return dict(answering(found.iloc[0], reference))
    return {}


def answering(pair: Any, reference: str) -> list[tuple[int, int]]:
    """(bar of the reference, bar of the other score) for one row of variants.parquet."""
    sides = (pair.bars_a, pair.bars_b) if pair.score_a == reference else (pair.bars_b, pair.bars_a)
    return [(int(here), int(there)) for here, there in zip(*sides, strict=True)]


def starts(pieces: Mapping[str, Piece], reference: str, pairs: pd.DataFrame, rng: np.random.Generator
           ) -> dict[str, int]:
    """A bar for every score of a work, answering each other.

    The reference starts where a part begins and where most of the next eight bars have an answer in every
    other score.

    Raises
    ------
    WindowError : the reference has no passage to play, or no part of it has an answer everywhere.
    """
    others = {name: answers(pairs, reference, name) for name in pieces if name != reference}
    best, chosen = 0, -1
    for start in windows.starts(pieces[reference], rng):
        heard = range(start, start + HEARD_BARS)
        answered = min(sum(bar in known for bar in heard) for known in others.values())
        if answered > best:
            best, chosen = answered, start
    if best < HEARD_BARS // 2:
        raise windows.WindowError("no part of it has an answer in every other setting")
    found = {reference: chosen}
    for name, known in others.items():
        first = _first_answered(known, chosen)
        found[name] = min(max(known[first] - (first - chosen), 0), len(pieces[name].bars) - 1)
    return found


def _first_answered(known: Mapping[int, int], start: int) -> int:
    """The first bar heard whose answer goes on with the next one's, so that a stray answer does not count."""
    heard = [bar for bar in range(start, start + HEARD_BARS) if bar in known]
    return next((bar for bar in heard if known.get(bar + 1, -1) - known[bar] in range(3)), heard[0])
