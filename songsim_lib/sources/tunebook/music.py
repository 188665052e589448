"""Written music as plain data: notes, bars, parts and pieces, free of any notation library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from .repertoires import REPERTOIRES, Repertoire

SLOWEST_BEATS_BPM = 46.0


@dataclass(frozen=True)
class Note:
    """One note: onset and duration in quarter notes, pitch as MIDI number, step as diatonic number."""

    onset: float
    duration: float
    pitch: int
    step: int

    @property
    def end(self) -> float:
        """Where the note stops, in quarter notes."""
        return self.onset + self.duration


@dataclass(frozen=True)
class Bar:
    """One bar: onset and length in quarter notes, its meter, and what a pickup lacks before its start."""

    onset: float
    length: float
    meter: str
    missing: float = 0.0


@dataclass(frozen=True)
class Part:
    """One voice or staff of a piece; notes are in order of onset."""

    name: str
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Piece:
    """A composition as one source writes it; the first part carries the melody.

    `score_id` names the written source; the work it belongs to is found by melody (module `variants`).

    `sharps` counts the sharps (negative: flats) of the key signature, `tonic` is a pitch class and `scale`
    a mode name ("major", "dorian", ...), both None where the source does not name them.
    `quarter_bpm` is the tempo in quarter notes a minute and `tempo_source` says how we know it.
    """

    score_id: str
    parts: tuple[Part, ...]
    bars: tuple[Bar, ...]
    sharps: int
    quarter_bpm: float
    tempo_source: str
    tonic: int | None = None
    scale: str | None = None
    facts: tuple[tuple[str, object], ...] = ()

    @property
    def melody(self) -> tuple[Note, ...]:
        """The notes of the part that carries the tune."""
        return self.parts[0].notes

    @cached_property
    def length(self) -> float:
        """Length in quarter notes."""
        return self.bars[-1].onset + self.bars[-1].length

    @property
    def repertoire(self) -> Repertoire:
        """What kind of music this is."""
        return REPERTOIRES[str(self.fact("repertoire"))]

    def fact(self, name: str) -> object:
        """What the source says about this piece under `name`, or None."""
        return dict(self.facts).get(name)


def meter_beats(meter: str) -> tuple[int, float]:
    """How many beats a bar has and how long a beat is in quarter notes: "6/8" has 2 of 1.5."""
    count, unit = (int(number) for number in meter.split("/"))
    if unit >= 8 and count % 3 == 0 and count > 3:
        return count // 3, 12 / unit
    return count, 4 / unit


def playable_tempo(quarter_bpm: float, source: str, meter: str) -> tuple[float, str]:
    """The tempo, or the slowest at which thirteen seconds still hold a phrase (then it is our assumption)."""
    slowest = SLOWEST_BEATS_BPM * meter_beats(meter)[1]
    return (quarter_bpm, source) if quarter_bpm >= slowest else (slowest, "assumed")


def around_again(piece: Piece, times: int) -> Piece:
    """Play a piece several times in a row, as a fiddler does with a short tune."""
    shifts = [turn * piece.length for turn in range(times)]
    parts = tuple(
        Part(part.name, tuple(replace(n, onset=n.onset + s) for s in shifts for n in part.notes))
        for part in piece.parts
    )
    bars = tuple(replace(bar, onset=bar.onset + s) for s in shifts for bar in piece.bars)
    return replace(piece, parts=parts, bars=bars)


def excerpt(piece: Piece, start_bar: int, quarters: float) -> Piece:
    """Cut `quarters` quarter notes from the beginning of a bar on, and count time from there."""
    begin = piece.bars[start_bar].onset
    parts = tuple(Part(part.name, _cut(part.notes, begin, begin + quarters)) for part in piece.parts)
    bars = tuple(
        replace(bar, onset=bar.onset - begin)
        for bar in piece.bars[start_bar:]
        if bar.onset < begin + quarters - 1e-6
    )
    return replace(piece, parts=parts, bars=bars)


def _cut(notes: tuple[Note, ...], begin: float, end: float) -> tuple[Note, ...]:
    """Notes between two points; one that began earlier starts at the cut if half a beat remains."""
    kept = []
    for note in notes:
        onset = max(note.onset, begin)
        if note.onset < end - 1e-6 and note.end - onset > (0.5 if note.onset < begin else 1e-6):
            kept.append(replace(note, onset=onset - begin, duration=note.end - onset))
    return tuple(sorted(kept, key=lambda note: (note.onset, note.pitch)))
