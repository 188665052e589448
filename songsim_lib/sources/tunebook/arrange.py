"""A piece and a performance to tracks: who plays which notes, when, how loud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import accompany, expression
from .harmony import Chord, harmonise
from .instruments import DRUM_KITS, INSTRUMENTS, Instrument, fit_octaves, fold
from .music import Part, Piece, meter_beats
from .perform import ARTICULATIONS, Performance
from .synth import Sounded, Track

# Levels of the roles in dB, the lead at 0: what lets a melody stand out without baring it.
LEVELS = {"lead": 0.0, "double": -5.0, "staff": -6.0, "voice": -3.0, "chords": -9.5, "drone": -14.0,
          "bass": -9.0, "drums": -13.0}
FASTEST_BEATS_BPM = 240.0


@dataclass(frozen=True)
class Player:
    """What all players of a performance share: the score, the clock, the swell of the phrases, the chance."""

    piece: Piece
    performance: Performance
    at: Callable[[float], float]
    force: Callable[[float], float]
    rng: np.random.Generator

    def line(self, part: Part, instrument: Instrument, role: str, octave: int = 0) -> Track:
        """A written part on an instrument, in its range, with the performance's articulation and accents."""
        share = ARTICULATIONS[self.performance.articulation]
        pitches = [note.pitch + self.performance.transposition for note in part.notes]
        shift = fit_octaves([p + octave for p in pitches], instrument) + octave if pitches else 0
        held = [n.duration * (share if n.duration <= 1 else (1 + share) / 2) for n in part.notes]
        accents = expression.accents(part.notes, self.piece.bars, self.performance)
        events = [(n.onset, length, fold(p + shift, instrument), accent)
                  for n, length, p, accent in zip(part.notes, held, pitches, accents, strict=True)]
        return self.track(role, instrument.program, events)

    def track(self, role: str, program: int, events: list[accompany.Event]) -> Track:
        """Score events to sounding ones: seconds, and a player's small unevenness in time and force."""
        sounded: dict[tuple[int, int], Sounded] = {}
        offsets: dict[float, float] = {}
        spread = self.performance.timing_sd_ms
        for onset, duration, pitch, accent in sorted(events):
            if onset not in offsets:
                offsets[onset] = float(np.clip(self.rng.normal(0, spread), -25, 25)) / 1000
            start = max(self.at(onset) + offsets[onset], 0.0)
            force = self.performance.velocity * accent * self.force(onset) + self.rng.normal(0, 4)
            end = max(self.at(onset + duration) + offsets[onset], start + 0.06)
            sounded[round(onset * 96), pitch] = Sounded(start, end, pitch, int(np.clip(force, 30, 124)))
        level = LEVELS[role] + (self.performance.balance_db if role != "lead" else 0.0)
        return Track(role, program, tuple(_unoverlapped(list(sounded.values()))), level, role == "drums")


def quarter_bpm(piece: Piece, performance: Performance) -> float:
    """Tempo as played, in quarter notes a minute."""
    return piece.quarter_bpm * performance.tempo_factor


def tracks(piece: Piece, performance: Performance, rng: np.random.Generator) -> tuple[Track, ...]:
    """All tracks of a performance of an excerpt."""
    at = expression.clock(piece, performance, rng)
    player = Player(piece, performance, at, expression.force(piece, performance), rng)
    made = [player.line(piece.parts[0], INSTRUMENTS[performance.lead], "lead", performance.octave)]
    if performance.double:
        made.append(player.line(piece.parts[0], INSTRUMENTS[performance.double], "double"))
    if performance.accompaniment == "as written":
        role = "staff" if piece.repertoire.kind == "song" else "voice"
        made += [player.line(part, INSTRUMENTS[name], role)
                 for part, name in zip(piece.parts[1:], performance.others, strict=True)]
    elif performance.accompaniment != "none":
        made += _band(player)
    return tuple(track for track in made if track.notes)


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


def _band(player: Player) -> list[Track]:
    """The accompaniment of a tune: drone, chords, bass, drums, as the performance asks."""
    piece, performance = player.piece, player.performance
    tonic = ((piece.tonic or 0) + performance.transposition) % 12
    pattern = (performance.dance, performance.style or "")
    made = []
    if performance.accompaniment == "drone":
        instrument = INSTRUMENTS[performance.others[0]]
        return [player.track("drone", instrument.program, accompany.drone(tonic, piece.bars, instrument))]
    found = _harmony(piece, performance.transposition, tonic)
    if performance.others:
        instrument = INSTRUMENTS[performance.others[0]]
        events = accompany.chords(found, piece.bars, instrument, *pattern)
        made.append(player.track("chords", instrument.program, events))
    if performance.bass:
        instrument = INSTRUMENTS[performance.bass]
        made.append(player.track("bass", instrument.program, accompany.bass(found, piece.bars, instrument, *pattern)))
    if performance.drum_kit:
        events = accompany.drums(piece.bars, player.rng, *pattern)
        made.append(player.track("drums", DRUM_KITS[performance.drum_kit], events))
    return made


def _harmony(piece: Piece, transposition: int, tonic: int) -> list[Chord]:
    """The tune's chords as transposed."""
    melody = tuple(replace(note, pitch=note.pitch + transposition) for note in piece.melody)
    return harmonise(melody, piece.bars, tonic, piece.scale or "major")


def beat_bpm(piece: Piece, performance: Performance) -> float:
    """Tempo as heard, in beats a minute: a beat of 6/8 is a dotted quarter, of a fast scherzo the whole bar."""
    count, beat = meter_beats(piece.bars[min(1, len(piece.bars) - 1)].meter)
    tempo = quarter_bpm(piece, performance) / beat
    if tempo > FASTEST_BEATS_BPM:
        tempo /= 3 if count % 3 == 0 else 2
    return tempo
