"""One MusicXML score to `Piece`s, movement by movement: music21 reads, this module keeps what sounds."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

from . import tempi
from .music import Bar, Note, Part, Piece, meter_beats, playable_tempo
from .repertoires import REPERTOIRES
from .scores import Score, ScoreError

MAX_PARTS = 4
MIN_BARS = 8
MIN_NOTES = 24
MAX_CROOKED = 0.15


def read(score: Score) -> list[Piece]:
    """Read one score; a quartet gives one piece a movement, a song one piece.

    Raises
    ------
    ScoreError : nothing playable in it.
    """
    from music21 import converter, stream

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed: Any = converter.parse(score.path, forceSource=True)
    if any(part.getInstrument(returnDefault=True).transposition for part in parsed.parts):
        parsed = parsed.toSoundingPitch()
    staves = _melody_first(list(parsed.parts), REPERTOIRES[score.repertoire].kind)
    if not staves:
        raise ScoreError("no parts")
    measures = list(staves[0].getElementsByClass(stream.Measure))
    bars = _bars(measures)
    flat = [staff.flatten() for staff in staves]
    parts = [Part(staff.partName or "part", _notes(f)) for staff, f in zip(staves, flat, strict=True)]
    tempos, signs = tempi.marks(parsed, bars), _signatures(flat[0])
    starts = _beginnings(measures, REPERTOIRES[score.repertoire].kind)
    pieces, reasons = [], []
    for number, (first, last) in enumerate(zip(starts, [*starts[1:], len(bars)], strict=True), 1):
        try:
            pieces.append(_movement(score, number if len(starts) > 1 else 0, bars[first:last], parts, tempos, signs))
        except ScoreError as error:
            reasons.append(str(error))
    if not pieces:
        raise ScoreError("; ".join(dict.fromkeys(reasons)))
    return pieces


def _beginnings(measures: list, kind: str) -> list[int]:
    """Where movements begin: where bars are counted anew, which in a song means only another strophe."""
    again = [i for i in range(1, len(measures)) if measures[i].number < measures[i - 1].number]
    return [0, *(again if kind == "ensemble" else [])]


def _melody_first(staves: list[Any], kind: str) -> list[Any]:
    """The voice (the staff with the most words) first, then the others as they stand.

    Of an ensemble with a soprano, what stands above it (instruments that adorn a chorale) is left out.
    """
    if kind == "song" and len(staves) > 1:
        words = [sum(bool(n.lyrics) for n in staff.flatten().notes) for staff in staves]
        staves.insert(0, staves.pop(words.index(max(words))))
    names = [staff.partName for staff in staves]
    if kind == "ensemble" and "Soprano" in names:
        staves = staves[names.index("Soprano") :]
    return staves[:MAX_PARTS]


def _bars(measures: list) -> list[Bar]:
    """Bars with onset, length and meter; a short first bar is a pickup."""
    bars, meter = [], "4/4"
    for i, measure in enumerate(measures):
        meter = measure.timeSignature.ratioString if measure.timeSignature else meter
        onset = float(measure.offset)
        end = measures[i + 1].offset if i + 1 < len(measures) else onset + measure.duration.quarterLength
        length = float(end) - onset
        full = meter_beats(meter)[0] * meter_beats(meter)[1]
        missing = full - length if length < full and measure.number in (0, 1) else 0.0
        bars.append(Bar(onset, length, meter, missing))
    return bars


def _notes(flat: Any) -> tuple[Note, ...]:
    """All sounding notes of a staff, chords spelled out, ties joined, grace notes left out."""
    notes: list[Note] = []
    tied: dict[int, int] = {}
    for element in flat.notes:
        length = float(element.quarterLength)
        if length <= 0 or not hasattr(element, "pitches"):
            continue
        onset = float(element.offset)
        for single in getattr(element, "notes", [element]):
            if not hasattr(single, "pitch"):
                continue
            pitch, tie = single.pitch.midi, single.tie.type if single.tie else None
            held = tied.get(pitch) if tie in {"stop", "continue"} else None
            if held is not None and abs(notes[held].end - onset) < 1e-3:
                old = notes[held]
                notes[held] = Note(old.onset, onset + length - old.onset, old.pitch, old.step)
            else:
                tied[pitch] = len(notes)
                notes.append(Note(onset, length, pitch, single.pitch.diatonicNoteNum))
    return tuple(sorted(notes, key=lambda n: (n.onset, n.pitch)))


def _signatures(flat: Any) -> list[tuple[float, int]]:
    from music21 import key

    return [(float(k.offset), k.sharps) for k in flat.getElementsByClass(key.KeySignature)]


def _movement(score: Score, number: int, bars: list[Bar], parts: list[Part], tempos: list,
              signs: list) -> Piece:
    """One movement as a piece that starts at zero; a ScoreError when there is hardly anything in it."""
    begin, end = bars[0].onset - 1e-6, bars[-1].onset + bars[-1].length - 1e-6
    cut = [Part(part.name, tuple(replace(note, onset=note.onset - bars[0].onset) for note in part.notes
                                 if begin <= note.onset < end)) for part in parts]
    if len(bars) < MIN_BARS or len(cut[0].notes) < MIN_NOTES:
        raise ScoreError(f"it has only {len(bars)} bars and {len(cut[0].notes)} pitched notes")
    if _crooked(bars) > MAX_CROOKED:
        raise ScoreError(f"{_crooked(bars):.0%} of its bars do not fill their meter")
    shifted = tuple(replace(bar, onset=bar.onset - bars[0].onset) for bar in bars)
    bpm, how = tempi.at(begin, bars[0], tempos)
    bpm, how = playable_tempo(bpm, how, bars[0].meter)
    sharps = [count for place, count in signs if place <= bars[0].onset + 1e-6]
    return Piece(score.score_id + (f"-{number}" if number else ""), (cut[0], *[p for p in cut[1:] if p.notes]),
                 shifted, sharps[-1] if sharps else 0, bpm, how, facts=_facts(score, number))


def _crooked(bars: list[Bar]) -> float:
    """Share of the inner bars that do not fill their meter: a few at repeats, many in a faulty file.

    Two halves of a bar that a repeat or the end of a line divides fill it together.
    """
    short = [meter_beats(bar.meter)[0] * meter_beats(bar.meter)[1] - bar.length for bar in bars[1:-1]]
    wrong = [abs(lack) > 1e-3 for lack in short]
    for place, after in enumerate(bars[2:-1]):
        if wrong[place] and abs(short[place] - after.length) < 1e-3:
            wrong[place] = wrong[place + 1] = False
    return sum(wrong) / len(wrong)


def _facts(score: Score, number: int) -> tuple[tuple[str, object], ...]:
    """What the index and the composers' table say of the work."""
    return (
        ("title", score.title + (f", movement {number}" if number else "")), ("composer", score.composer),
        ("born", score.born), ("died", score.died), ("collection", score.collection), ("source", score.source),
        ("genre", {"lieder": "lied"}.get(score.repertoire, REPERTOIRES[score.repertoire].label)),
        ("repertoire", score.repertoire),
    )
