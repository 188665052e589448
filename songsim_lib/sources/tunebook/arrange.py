"""A piece and a performance to tracks: who plays which notes, when, how loud."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from . import accompany
from .harmony import harmonise
from .instruments import DRUM_KITS, INSTRUMENTS, Instrument, fit_octaves, fold
from .music import Note, Piece, meter_beats
from .perform import ARTICULATIONS, Performance
from .synth import Sounded, Track

# Levels of the roles in dB, the lead at 0: what lets a melody stand out without baring it.
LEVELS = {"lead": 0.0, "double": -5.0, "staff": -6.0, "voice": -3.0, "chords": -9.5, "drone": -14.0,
          "bass": -9.0, "drums": -13.0}
LEAD_IN_S = 0.03
FASTEST_BEATS_BPM = 240.0


def quarter_bpm(piece: Piece, performance: Performance) -> float:
    """Tempo as played, in quarter notes a minute."""
    return piece.quarter_bpm * performance.tempo_factor


def clock(piece: Piece, performance: Performance) -> Callable[[float], float]:
    """A function from places in the score (quarter notes) to seconds, swing included."""
    pair = 2 * swung_note(piece.melody)
    second = 60 / quarter_bpm(piece, performance)
    origin = piece.bars[0].missing

    def at(place: float) -> float:
        if performance.swing == 0.5:
            return LEAD_IN_S + place * second
        whole, share = divmod((place + origin) / pair, 1.0)
        long = performance.swing
        bent = share * 2 * long if share < 0.5 else long + (share - 0.5) * 2 * (1 - long)
        return LEAD_IN_S + ((whole + bent) * pair - origin) * second

    return at


def swung_note(melody: Sequence[Note]) -> float:
    """The note value that swings: the commonest short one, an eighth or a sixteenth."""
    short = [note.duration for note in melody if note.duration in (0.25, 0.5)]
    return statistics.mode(short) if short else 0.5


def tracks(piece: Piece, performance: Performance, rng: np.random.Generator) -> tuple[Track, ...]:
    """All tracks of a performance of an excerpt."""
    at = clock(piece, performance)
    lead = INSTRUMENTS[performance.lead]
    made = [_line(piece.melody, lead, "lead", performance, at, rng, performance.octave)]
    if performance.double:
        made.append(_line(piece.melody, INSTRUMENTS[performance.double], "double", performance, at, rng))
    if performance.accompaniment == "as written":
        role = "staff" if piece.fact("repertoire") == "lieder" else "voice"
        made += [_line(part.notes, INSTRUMENTS[name], role, performance, at, rng)
                 for part, name in zip(piece.parts[1:], performance.others, strict=True)]
    elif performance.accompaniment != "none":
        made += _band(piece, performance, at, rng)
    return tuple(track for track in made if track.notes)


def _line(notes: Sequence[Note], instrument: Instrument, role: str, performance: Performance,
          at: Callable[[float], float], rng: np.random.Generator, octave: int = 0) -> Track:
    """A written part on an instrument, in its range, with the performance's articulation."""
    share = ARTICULATIONS[performance.articulation]
    pitches = [note.pitch + performance.transposition for note in notes]
    shift = fit_octaves([p + octave for p in pitches], instrument) + octave if pitches else 0
    held = [n.duration * (share if n.duration <= 1 else (1 + share) / 2) for n in notes]
    events = [(n.onset, length, fold(p + shift, instrument), 1.0)
              for n, length, p in zip(notes, held, pitches, strict=True)]
    return _track(role, instrument.program, events, performance, at, rng)


def _track(role: str, program: int, events: list[accompany.Event], performance: Performance,
           at: Callable[[float], float], rng: np.random.Generator, drums: bool = False) -> Track:
    """Score events to sounding ones: seconds, and a player's small unevenness in time and force."""
    sounded: dict[tuple[int, int], Sounded] = {}
    offsets: dict[float, float] = {}
    for onset, duration, pitch, accent in sorted(events):
        if onset not in offsets:
            offsets[onset] = float(np.clip(rng.normal(0, performance.timing_sd_ms), -25, 25)) / 1000
        start = max(at(onset) + offsets[onset], 0.0)
        force = int(np.clip(performance.velocity * accent + rng.normal(0, 5), 30, 124))
        end = max(at(onset + duration) + offsets[onset], start + 0.06)
        sounded[round(onset * 96), pitch] = Sounded(start, end, pitch, force)
    return Track(role, program, tuple(_unoverlapped(list(sounded.values()))), LEVELS[role], drums)


def _unoverlapped(notes: list[Sounded]) -> list[Sounded]:
    """End a note when the same key is struck again, as a keyboard must."""
    last: dict[int, int] = {}
    for i, note in enumerate(notes):
        before = last.get(note.pitch)
        if before is not None and notes[before].end_s > note.start_s - 0.01:
            old = notes[before]
            notes[before] = replace(old, end_s=max(note.start_s - 0.01, old.start_s + 0.02))
        last[note.pitch] = i
    return notes


def _band(piece: Piece, performance: Performance, at: Callable[[float], float],
          rng: np.random.Generator) -> list[Track]:
    """The accompaniment of a tune: drone, chords, bass, drums, as the performance asks."""
    tonic = (piece.tonic or 0) + performance.transposition
    melody = tuple(replace(note, pitch=note.pitch + performance.transposition) for note in piece.melody)
    found = harmonise(melody, piece.bars, tonic % 12, piece.scale or "major")
    made = []
    if performance.others:
        instrument = INSTRUMENTS[performance.others[0]]
        role = "drone" if performance.accompaniment == "drone" else "chords"
        events = (accompany.drone(tonic % 12, piece.bars, instrument) if role == "drone"
                  else accompany.chords(found, piece.bars, instrument, performance.style or "held chords"))
        made.append(_track(role, instrument.program, events, performance, at, rng))
    if performance.bass:
        instrument = INSTRUMENTS[performance.bass]
        events = accompany.bass(found, piece.bars, instrument)
        made.append(_track("bass", instrument.program, events, performance, at, rng))
    if performance.drum_kit:
        kit, events = DRUM_KITS[performance.drum_kit], accompany.drums(piece.bars, rng)
        made.append(_track("drums", kit, events, performance, at, rng, drums=True))
    return made


def beat_bpm(piece: Piece, performance: Performance) -> float:
    """Tempo as heard, in beats a minute: a beat of 6/8 is a dotted quarter, of a fast scherzo the whole bar."""
    count, beat = meter_beats(piece.bars[min(1, len(piece.bars) - 1)].meter)
    tempo = quarter_bpm(piece, performance) / beat
    if tempo > FASTEST_BEATS_BPM:
        tempo /= 3 if count % 3 == 0 else 2
    return tempo
