"""What a player adds to the notes: a tempo that breathes, phrases that swell, accents of the meter.

Phrases follow Todd (1992, "The dynamics of dynamics", JASA 91): over each phrase tempo and loudness rise and fall
together, as an arch, so that its end is slowest and softest.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import numpy as np

from .dances import cells, of_kind
from .music import Bar, Note, Piece, meter_beats
from .perform import Performance

LEAD_IN_S = 0.03
GRID = 0.25  # quarter notes
ACCENT_STEP = 0.025  # share of the velocity a step of the dances' accents (0-9) is worth


def clock(piece: Piece, performance: Performance, rng: np.random.Generator) -> Callable[[float], float]:
    """A function from places in an excerpt (quarter notes) to seconds: tempo, drift, phrasing, swing.

    The curve keeps the mean tempo, so that the excerpt lasts as long as it would in strict time.
    """
    end = piece.bars[-1].onset + piece.bars[-1].length
    grid = np.arange(int(np.ceil(end / GRID)) + 1) * GRID
    waves = [np.sin(2 * np.pi * (grid / end * turns + rng.random())) for turns in (rng.uniform(0.5, 1.5), 3.0)]
    slow = performance.drift * np.mean(waves, axis=0) - performance.rubato * arch(piece.bars, performance)(grid)
    pace = 1 + slow - slow[:-1].mean()
    quarter_s = 60 / (piece.quarter_bpm * performance.tempo_factor)
    seconds = np.concatenate([[0.0], np.cumsum(pace[:-1])]) * GRID * quarter_s
    bend = _swing(piece, performance)

    def at(place: float) -> float:
        place = bend(place)
        beyond = max(place - grid[-1], 0.0)
        return LEAD_IN_S + float(np.interp(place, grid, seconds)) + beyond * quarter_s

    return at


def arch(bars: Sequence[Bar], performance: Performance) -> Callable[[np.ndarray], np.ndarray]:
    """A function from places (quarter notes) to how far into its phrase's swell each is: 1 in the middle, 0 at the
    ends."""
    first = next((bar.onset for bar in bars if bar.missing == 0), bars[0].onset)
    length = performance.phrase_bars * max(statistics.median(bar.length for bar in bars), GRID)
    return lambda places: 1 - (2 * ((places - first) / length % 1.0) - 1) ** 2


def force(piece: Piece, performance: Performance) -> Callable[[float], float]:
    """A function from places to a share of the velocity: the swell of the phrase, 1 on average."""
    swell = arch(piece.bars, performance)
    return lambda place: 1 + performance.dynamics * (float(swell(np.array(place))) - 2 / 3)


def accents(notes: Sequence[Note], bars: Sequence[Bar], performance: Performance) -> list[float]:
    """Each note's share of the velocity by its place in the bar, as the dance's accents say."""
    onsets = np.array([bar.onset for bar in bars])
    found = []
    for note in notes:
        bar = bars[max(int(np.searchsorted(onsets, note.onset + 1e-6)) - 1, 0)]
        kind, count = cells(bar.meter)
        digits = of_kind(performance.dance, kind).accents
        cell = np.prod(meter_beats(bar.meter)) / count
        step = ((note.onset - bar.onset + bar.missing) / cell % 1.0) * len(digits)
        near = round(step)
        digit = int(digits[near % len(digits)]) if abs(step - near) < 0.02 else min(map(int, digits))
        found.append(1 + performance.accent * ACCENT_STEP * (digit - 6))
    return found


def _swing(piece: Piece, performance: Performance) -> Callable[[float], float]:
    """A function that lengthens the first of two short notes at the second's cost."""
    pair, origin, long = 2 * swung_note(piece.melody), piece.bars[0].missing, performance.swing

    def bend(place: float) -> float:
        if long == 0.5:
            return place
        whole, share = divmod((place + origin) / pair, 1.0)
        bent = share * 2 * long if share < 0.5 else long + (share - 0.5) * 2 * (1 - long)
        return (whole + bent) * pair - origin

    return bend


def swung_note(melody: Sequence[Note]) -> float:
    """The note value that swings: the commonest short one, an eighth or a sixteenth."""
    short = [note.duration for note in melody if note.duration in (0.25, 0.5)]
    return statistics.mode(short) if short else 0.5
