"""What the band behind a tune plays: the signs of a pattern turned into notes under the tune's chords."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .dances import Pattern, cells, of_kind
from .harmony import Chord
from .instruments import Instrument
from .music import Bar, meter_beats

# (onset, duration, pitch, accent): quarter notes, MIDI pitch, share of the usual velocity
Event = tuple[float, float, int, float]
CHORD_ACCENTS = {"C": 0.92, "c": 0.72, "A": 0.88}
BASS_TONES = {"R": 0, "r": 0, "3": 1, "5": 2, "8": 0}
STROKES = {"X": 1.0, "x": 0.8, "o": 0.52, "z": 0.6}
ROLL = 0.06  # quarter notes between the tones of a rolled chord
KICK, SNARE = 36, 38
COLOURS = {"back": (38, 37, 45), "tick": (42, 70, 54)}  # snare, stick, low tom; closed hat, shaker, tambourine
HAND_DRUMS = ((64, 62), (45, 48), (61, 60))  # low and high: congas, toms, bongos


def chord_at(chords: list[Chord], place: float) -> Chord:
    """The chord that sounds at a place."""
    return next((c for c in chords if c.onset - 1e-3 <= place < c.onset + c.duration - 1e-3), chords[-1])


def voicing(tones: tuple[int, int, int], instrument: Instrument) -> list[int]:
    """A close position of the triad around the instrument's lower middle."""
    floor = max(instrument.low, min(52, instrument.high - 12))
    return sorted(floor + (tone - floor) % 12 for tone in tones)


def spans(signs: str) -> list[tuple[int, int, str]]:
    """What a pattern's text strikes: (first step, number of steps held, sign)."""
    found: list[tuple[int, int, str]] = []
    for step, sign in enumerate(signs):
        if sign not in ".-":
            found.append((step, 1, sign))
        elif sign == "." and found and sum(found[-1][:2]) == step:
            found[-1] = (found[-1][0], found[-1][1] + 1, found[-1][2])
    return found


def struck(bars: tuple[Bar, ...], dance: str, name: str, part: str) -> Iterator[tuple[float, float, str]]:
    """All strokes of a part, "chords", "bass" or a drum, as (onset, duration, sign), bar by bar in its own meter.

    A pickup gets the end of the pattern; a bar cut short gets its beginning.
    """
    for bar in bars:
        kind, count = cells(bar.meter)
        signs = _signs(of_kind(dance, kind).pattern(name), part)
        full = np.prod(meter_beats(bar.meter))
        step = full / count / max(len(signs), 1)
        for cell in range(count):
            for first, held, sign in spans(signs):
                onset = bar.onset - bar.missing + cell * full / count + first * step
                if bar.onset - 1e-3 <= onset < bar.onset + bar.length - 1e-3:
                    yield float(onset), float(min(held * step, bar.onset + bar.length - onset)), sign


def _signs(pattern: Pattern, part: str) -> str:
    return {"chords": pattern.chords, "bass": pattern.bass, **dict(pattern.drums)}.get(part, "")


def _harmonised(chords: list[Chord], strokes: Iterator[tuple[float, float, str]]
                ) -> Iterator[tuple[float, float, str, Chord]]:
    """Strokes with their chord; one held over a change of chord is struck again."""
    for onset, duration, sign in strokes:
        end = onset + duration
        while end - onset > 1e-3:
            chord = chord_at(chords, onset)
            stop = min(end, chord.onset + chord.duration)
            stop = stop if stop > onset + 1e-3 else end
            yield onset, stop - onset, sign, chord
            onset = stop


def chords(chords: list[Chord], bars: tuple[Bar, ...], instrument: Instrument, dance: str, name: str) -> list[Event]:
    """The chord instrument's part in a pattern of a dance."""
    events: list[Event] = []
    for onset, duration, sign, chord in _harmonised(chords, struck(bars, dance, name, "chords")):
        notes = voicing(chord.tones, instrument)
        if sign in CHORD_ACCENTS:
            late = min(ROLL, duration / 6) if sign == "A" else 0.0
            events += [(onset + i * late, duration - i * late, p, CHORD_ACCENTS[sign]) for i, p in enumerate(notes)]
        elif sign in "Bb":
            tone = chord.tones[0 if sign == "B" else 2]
            events.append((onset, duration, _under(tone, notes[0], instrument), 0.95))
        else:
            pitch = [*notes, min(notes[0] + 12, instrument.high)]["1358".index(sign)]
            events.append((onset, duration, pitch, 0.85))
    return events


def _under(tone: int, pitch: int, instrument: Instrument) -> int:
    """A pitch class in the octave below a chord, or in the instrument's lowest octave."""
    floor = max(pitch - 12, instrument.low)
    return floor + (tone - floor) % 12


def drone(tonic: int, bars: tuple[Bar, ...], instrument: Instrument) -> list[Event]:
    """Tonic and fifth, held bar by bar like a piper's drones."""
    floor = max(instrument.low, min(45, instrument.high - 12))
    root = floor + (tonic - floor) % 12
    fifth = root + 7 if root + 7 <= instrument.high else root - 5
    return [(bar.onset, bar.length, pitch, 0.8) for bar in bars for pitch in (root, fifth)]


def bass(chords: list[Chord], bars: tuple[Bar, ...], instrument: Instrument, dance: str, name: str) -> list[Event]:
    """The bass of a pattern, in the instrument's lowest octave."""
    events: list[Event] = []
    for onset, duration, sign, chord in _harmonised(chords, struck(bars, dance, name, "bass")):
        floor = max(instrument.low, 33)
        pitch = floor + (chord.tones[BASS_TONES[sign]] - floor) % 12
        pitch += 12 if sign == "8" and pitch + 12 <= instrument.high else 0
        events.append((onset, 0.92 * duration, pitch, 0.95 if sign == "R" else 0.82))
    return events


def drums(bars: tuple[Bar, ...], rng: np.random.Generator, dance: str, name: str) -> list[Event]:
    """The drums of a pattern, in colours that stay the same through the piece."""
    low, high = HAND_DRUMS[int(rng.integers(len(HAND_DRUMS)))]
    voices = {"kick": KICK, "snare": SNARE, "low": low, "high": high}
    voices |= {part: int(rng.choice(keys)) for part, keys in COLOURS.items()}
    events: list[Event] = []
    for part, key in voices.items():
        for onset, duration, sign in struck(bars, dance, name, part):
            strokes = 2 if sign == "z" else 1
            events += [(onset + i * duration / strokes, duration / strokes, key, STROKES[sign])
                       for i in range(strokes)]
    return events
