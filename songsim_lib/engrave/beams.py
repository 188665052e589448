"""Which flagged notes hang from one beam."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from songsim_lib.sources.tunebook.music import meter_beats

from .rhythm import Symbol, fraction

QUAVER = 8


def beams(run: Sequence[Symbol], meter: str) -> list[list[Symbol]]:
    """Group what is beamed together: a beat, or half a bar of quavers in common time; the rest stand alone."""
    count, length = meter_beats(meter)
    beat = fraction(length) if length >= 1 else fraction(count * length if count == 3 else 1)
    wide = 2 * beat if (count, length) == (4, 1.0) else beat
    groups: list[list[Symbol]] = []
    for half in _together(run, lambda symbol: symbol.start // wide):
        short = any(symbol.beamable and int(symbol.value[0]) > QUAVER for symbol in half)
        for members in _together(half, lambda symbol: symbol.start // beat) if short else [half]:
            for same in _together(members, lambda symbol: symbol.beamable):
                groups += [same] if same[0].beamable else [[symbol] for symbol in same]
    return groups


def _together(symbols: Iterable[Symbol], key: Callable[[Symbol], object]) -> list[list[Symbol]]:
    return [list(members) for _, members in groupby(symbols, key)]
