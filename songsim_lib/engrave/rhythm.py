"""Durations as they are written: values that a symbol exists for, ties and tuplets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from songsim_lib.sources.tunebook.music import Bar, Note, meter_beats

FINEST = 960  # times are floats; as fractions of a quarter note nothing finer than this is music
# Length in quarter notes -> (MEI duration, dots).
VALUES: dict[Fraction, tuple[str, int]] = {
    Fraction(4 * (2 ** (dots + 1) - 1), number * 2**dots): (name, dots)
    for dots in (2, 1, 0)
    for number, name in [(Fraction(1, 2), "breve"), *((2**power, str(2**power)) for power in range(8))]
}
SHORTEST = min(VALUES)


@dataclass(frozen=True)
class Symbol:
    """A note (or rest, `note` None) in its bar: start and end in quarter notes, ties to its neighbours."""

    start: Fraction
    end: Fraction
    note: Note | None
    tied_from: bool = False
    tied_to: bool = False
    ratio: Fraction = Fraction(1)  # written length to sounding length; 3/2 in a triplet

    @property
    def value(self) -> tuple[str, int]:
        """MEI duration and dots; what has no symbol of its own is shown as the next shorter one."""
        written = (self.end - self.start) * self.ratio
        return VALUES[max((value for value in VALUES if value <= written), default=SHORTEST)]

    @property
    def beamable(self) -> bool:
        """Whether it has a flag."""
        return self.note is not None and self.value[0].isdigit() and int(self.value[0]) >= 8


def fraction(quarters: float) -> Fraction:
    """A time as the fraction that was meant."""
    return Fraction(quarters).limit_denominator(FINEST)


def top_line(notes: Sequence[Note]) -> list[Symbol]:
    """One note at a time: the highest of a chord, each until the next begins."""
    highest = {fraction(note.onset): note for note in sorted(notes, key=lambda note: note.pitch)}
    onsets = sorted(highest)
    return [
        Symbol(onset, min(fraction(highest[onset].end), after), highest[onset])
        for onset, after in zip(onsets, [*onsets[1:], onsets[-1] + 1000], strict=True)
    ] if onsets else []


def written(bar: Bar, line: Sequence[Symbol]) -> list[list[Symbol]]:
    """Everything in one bar as it is written: runs of symbols, each either plain or one tuplet.

    Times count from where the full bar would begin, so that a pickup keeps its place in the meter.
    """
    beat = fraction(meter_beats(bar.meter)[1])
    begin = fraction(bar.onset)
    shift, end = fraction(bar.missing) - begin, begin + fraction(bar.length)
    inside = [_clip(symbol, begin, end) for symbol in line if symbol.start < end and symbol.end > begin]
    filled = [replace(s, start=s.start + shift, end=s.end + shift) for s in _with_rests(inside, begin, end)]
    runs: list[list[Symbol]] = []
    for is_tuplet, run in _runs([part for symbol in filled for part in _at_beats(symbol, beat)]):
        cut = [part for symbol in (_stretched(run) if is_tuplet else run) for part in _cut(symbol, beat)]
        if is_tuplet or not runs or runs[-1][0].ratio != 1:
            runs.append(cut)
        else:
            runs[-1] += cut
    return runs


def _clip(symbol: Symbol, begin: Fraction, end: Fraction) -> Symbol:
    return replace(symbol, start=max(symbol.start, begin), end=min(symbol.end, end),
                   tied_from=symbol.start < begin, tied_to=symbol.end > end)


def _with_rests(symbols: Sequence[Symbol], begin: Fraction, end: Fraction) -> Iterator[Symbol]:
    place = begin
    for symbol in symbols:
        if symbol.start > place:
            yield Symbol(place, symbol.start, None)
        yield symbol
        place = symbol.end
    if place < end:
        yield Symbol(place, end, None)


def _binary(time: Fraction) -> bool:
    return time.denominator & (time.denominator - 1) == 0


def _split(symbol: Symbol, place: Fraction) -> tuple[Symbol, Symbol]:
    """Two symbols, tied if they are a note."""
    tied = symbol.note is not None
    return replace(symbol, end=place, tied_to=tied), replace(symbol, start=place, tied_from=tied)


def _beats_inside(symbol: Symbol, beat: Fraction) -> list[Fraction]:
    first = symbol.start // beat + 1
    return [beat * n for n in range(first, -(-symbol.end // beat))]


def _at_beats(symbol: Symbol, beat: Fraction) -> list[Symbol]:
    """Keep tuplets short: what leaves or enters one across a beat is cut at that beat."""
    beats = _beats_inside(symbol, beat)
    if not beats or _binary(symbol.start) == _binary(symbol.end):
        return [symbol]
    return list(_split(symbol, beats[0] if _binary(symbol.end) else beats[-1]))


def _runs(symbols: Sequence[Symbol]) -> Iterator[tuple[bool, list[Symbol]]]:
    """Cut a bar where a tuplet begins or ends: (whether it is one, its symbols)."""
    run: list[Symbol] = []
    for symbol in symbols:
        run.append(symbol)
        if _binary(symbol.end):
            yield not all(_binary(s.end) for s in run), run
            run = []
    if run:
        yield True, run


def _stretched(run: Sequence[Symbol]) -> list[Symbol]:
    """The symbols of a tuplet: n in the time of the next smaller power of two."""
    common = lcm(*((symbol.end - run[0].start).denominator for symbol in run))
    odd = common // (common & -common)
    return [replace(symbol, ratio=Fraction(odd, 1 << odd.bit_length() - 1)) for symbol in run]


def _cut(symbol: Symbol, beat: Fraction) -> list[Symbol]:
    """Cut a length that has no symbol of its own, on a beat if one serves."""
    length = symbol.end - symbol.start
    if length * symbol.ratio in VALUES or length * symbol.ratio < SHORTEST:
        return [symbol]
    places = [place for place in reversed(_beats_inside(symbol, beat))
              if (place - symbol.start) * symbol.ratio in VALUES]
    longest = max(value for value in VALUES if value < length * symbol.ratio) / symbol.ratio
    first, rest = _split(symbol, places[0] if places else symbol.start + longest)
    return [first, *_cut(rest, beat)]
