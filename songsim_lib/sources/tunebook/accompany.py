"""What the band behind a tune plays: chords, bass and drums as patterns of the meter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .harmony import Chord
from .instruments import Instrument
from .music import Bar, meter_beats

# (onset, duration, pitch, accent): quarter notes, MIDI pitch, share of the usual velocity
Event = tuple[float, float, int, float]
KICK, SNARE, STICK, CLOSED_HAT, LOW_TOM, SHAKER, TAMBOURINE = 36, 38, 37, 42, 45, 70, 54


def beats_of(bars: tuple[Bar, ...]) -> Iterator[tuple[float, float, int, int]]:
    """Every beat as (onset, length, number in the bar, beats a bar); a pickup has the last beats only."""
    for bar in bars:
        count, beat = meter_beats(bar.meter)
        first = round(bar.missing / beat + 0.49)
        for number in range(first, count):
            onset = bar.onset - bar.missing + number * beat
            if onset < bar.onset + bar.length - 1e-3:
                yield onset, beat, number, count


def chord_at(chords: list[Chord], place: float) -> Chord:
    """The chord that sounds at a place."""
    return next((c for c in chords if c.onset - 1e-3 <= place < c.onset + c.duration - 1e-3), chords[-1])


def voicing(tones: tuple[int, int, int], instrument: Instrument) -> list[int]:
    """A close position of the triad around the instrument's lower middle."""
    floor = max(instrument.low, min(52, instrument.high - 12))
    return sorted(floor + (tone - floor) % 12 for tone in tones)


def chords(chords: list[Chord], bars: tuple[Bar, ...], instrument: Instrument, style: str) -> list[Event]:
    """The chord instrument's part in one of the styles of `perform.STYLES`."""
    if style == "held chords":
        return [(c.onset, c.duration, p, 0.8) for c in chords for p in voicing(c.tones, instrument)]
    events: list[Event] = []
    for onset, beat, number, count in beats_of(bars):
        notes = voicing(chord_at(chords, onset).tones, instrument)
        if style == "broken chords":
            events += _broken(onset, beat, notes)
        elif style == "off-beats":
            late = onset + (2 / 3 if beat == 1.5 else 0.5) * beat
            events += [(late, 0.3 * beat, p, 0.85) for p in notes]
            events.append((onset, 0.3 * beat, _below(notes[0], instrument), 0.9))
        elif style == "bass and chord" and (number % 2 == 0 if count != 3 else number == 0):
            events.append((onset, 0.8 * beat, _below(notes[0], instrument), 1.0))
            if beat == 1.5:
                events += [(onset + 1.0, 0.45, p, 0.75) for p in notes]
        else:
            events += [(onset, (0.9 if style == "strummed beats" else 0.5) * beat, p, 0.8) for p in notes]
    return events


def _below(pitch: int, instrument: Instrument) -> int:
    """The octave below, if the instrument has it."""
    return pitch - 12 if pitch - 12 >= instrument.low else pitch


def _broken(onset: float, beat: float, notes: list[int]) -> list[Event]:
    steps = 3 if beat == 1.5 else 2
    order = notes if steps == 3 else [notes[0], notes[2]]
    return [(onset + i * beat / steps, beat / steps, pitch, 0.9) for i, pitch in enumerate(order)]


def drone(tonic: int, bars: tuple[Bar, ...], instrument: Instrument) -> list[Event]:
    """Tonic and fifth, held bar by bar like a piper's drones."""
    floor = max(instrument.low, min(45, instrument.high - 12))
    root = floor + (tonic - floor) % 12
    fifth = root + 7 if root + 7 <= instrument.high else root - 5
    return [(bar.onset, bar.length, pitch, 0.8) for bar in bars for pitch in (root, fifth)]


def bass(chords: list[Chord], bars: tuple[Bar, ...], instrument: Instrument) -> list[Event]:
    """Root on the strong beats, fifth between them."""
    events: list[Event] = []
    for onset, beat, number, count in beats_of(bars):
        root, _, fifth = chord_at(chords, onset).tones
        tone = root if number % 2 == 0 or count == 3 else fifth
        if count == 3 and number:
            continue
        pitch = instrument.low + (tone - instrument.low) % 12
        events.append((onset, 0.9 * beat, pitch if pitch >= 33 else pitch + 12, 1.0 if number == 0 else 0.85))
    return events


def drums(bars: tuple[Bar, ...], rng: np.random.Generator) -> list[Event]:
    """A simple kit pattern, one of three colours, the same through the piece."""
    colour = [CLOSED_HAT, SHAKER, TAMBOURINE][int(rng.integers(3))]
    back = [SNARE, STICK, LOW_TOM][int(rng.integers(3))]
    events: list[Event] = []
    for onset, beat, number, count in beats_of(bars):
        ticks = 3 if beat == 1.5 else 2
        events += [(onset + i * beat / ticks, 0.2, colour, 0.75 if i == 0 else 0.5) for i in range(ticks)]
        strong = number == 0 or (count == 4 and number == 2)
        events.append((onset, 0.2, KICK if strong else back, 1.0 if number == 0 else 0.8))
    return events
