"""Chords for a tune: the triads of its scale that hold most of its notes, with few changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .music import Bar, Note, meter_beats

MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
# Major tonic of the key signature, relative to a mode's own tonic.
MODE_DEGREES = {"major": 0, "dorian": 1, "phrygian": 2, "lydian": 3, "mixolydian": 4, "minor": 5}
# Liking for the triad on each degree, counted from the tonic of the mode.
DEGREE_LIKING = {"major": (1.0, 0.2, 0.05, 0.75, 0.9, 0.3, 0.0),
                 "mixolydian": (1.0, 0.2, 0.0, 0.6, 0.45, 0.25, 0.85),
                 "minor": (1.0, 0.0, 0.45, 0.6, 0.5, 0.5, 0.8)}
CHANGE_COST = 0.35


@dataclass(frozen=True)
class Chord:
    """A triad that lasts from `onset` for `duration` quarter notes; pitch classes root first."""

    onset: float
    duration: float
    tones: tuple[int, int, int]


def triads(tonic: int, scale: str) -> list[tuple[float, tuple[int, int, int]]]:
    """The triads of a mode with how welcome each is (diminished ones never are)."""
    start = MODE_DEGREES[scale]
    steps = [(MAJOR_STEPS[(start + i) % 7] - MAJOR_STEPS[start]) % 12 for i in range(7)]
    liking = DEGREE_LIKING.get(scale) or DEGREE_LIKING["minor" if steps[2] == 3 else "major"]
    found = []
    for degree in range(7):
        tones = tuple((tonic + steps[(degree + jump) % 7]) % 12 for jump in (0, 2, 4))
        if (tones[2] - tones[0]) % 12 == 7:
            found.append((liking[degree], tones))
    if scale == "minor":  # the dominant with its leading note, where the tune sings it
        found.append((0.6, tuple((tonic + step) % 12 for step in (7, 11, 2))))
    return found  # type: ignore[return-value]


def segments(bars: tuple[Bar, ...]) -> list[tuple[float, float]]:
    """Where a chord may change: half bars in even meters, whole bars in the others."""
    found = []
    for bar in bars:
        beats, _ = meter_beats(bar.meter)
        halves = 2 if beats % 2 == 0 and bar.missing == 0 and bar.length >= 2 else 1
        found += [(bar.onset + i * bar.length / halves, bar.length / halves) for i in range(halves)]
    return found


def weights(melody: tuple[Note, ...], begin: float, length: float, beat: float) -> np.ndarray:
    """How much each pitch class weighs in a segment: its duration, doubled on the beat [shape=(12,)]."""
    total = np.zeros(12)
    for note in melody:
        heard = min(note.end, begin + length) - max(note.onset, begin)
        if heard > 1e-6:
            strong = abs((note.onset - begin) / beat - round((note.onset - begin) / beat)) < 1e-3
            total[note.pitch % 12] += heard * (2.0 if strong else 1.0)
    return total


def harmonise(melody: tuple[Note, ...], bars: tuple[Bar, ...], tonic: int, scale: str) -> list[Chord]:
    """Fit one triad to every half bar or bar of a melody.

    A segment likes a triad by the share of its notes (by duration, beats doubled) that belong to it, plus the
    degree's own liking; every change costs a little; the best sequence is found by dynamic programming.
    """
    choices = triads(tonic, scale)
    spans = segments(bars)
    member = np.array([[float(pc in tones) for pc in range(12)] for _, tones in choices])
    roots = np.array([[float(pc == tones[0]) for pc in range(12)] for _, tones in choices])
    liking = np.array([like for like, _ in choices])
    beats = {bar.meter: meter_beats(bar.meter)[1] for bar in bars}
    beat = next(iter(beats.values()))
    scores = []
    for begin, length in spans:
        heard = weights(melody, begin, length, beat)
        share = heard / heard.sum() if heard.sum() > 0 else heard
        scores.append(2.0 * member @ share + 0.2 * roots @ share + 0.5 * liking)
    path = best_path(np.array(scores), CHANGE_COST)
    return [Chord(*span, choices[state][1]) for span, state in zip(spans, path, strict=True)]


def best_path(scores: np.ndarray, change_cost: float) -> list[int]:
    """The sequence of states with the highest total score when every change costs something.

    scores [shape=(n_segments, n_states)]
    """
    total, came_from = scores[0].copy(), []
    for row in scores[1:]:
        stay, jump = total, total.max() - change_cost
        came_from.append(np.where(stay >= jump, np.arange(len(total)), total.argmax()))
        total = np.maximum(stay, jump) + row
    state = int(total.argmax())
    path = [state]
    for origin in reversed(came_from):
        state = int(origin[state])
        path.append(state)
    return path[::-1]
