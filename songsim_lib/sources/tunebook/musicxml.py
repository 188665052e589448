"""One MusicXML score to `Piece`s, movement by movement: music21 reads, this module keeps what sounds."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from typing import Any

from .music import Bar, Note, Part, Piece, meter_beats, playable_tempo
from .scores import Score, ScoreError

MAX_PARTS = 4
MIN_BARS = 8
MIN_NOTES = 24
MAX_CROOKED = 0.15
# Quarter notes (beats) a minute for tempo words that music21 does not know.
WORDS = {"langsam": 56, "ruhig": 66, "mäßig": 88, "mässig": 88, "bewegt": 108, "lebhaft": 126, "schnell": 144,
         "rasch": 138, "leise": 72, "innig": 66, "lent": 54, "modéré": 92, "vite": 144, "animé": 126}
ASSUMED_BPM = 88.0


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
    staves = _melody_first(list(parsed.parts), score.repertoire)
    if not staves:
        raise ScoreError("no parts")
    measures = list(staves[0].getElementsByClass(stream.Measure))
    bars = _bars(measures)
    flat = [staff.flatten() for staff in staves]
    parts = [Part(staff.partName or "part", _notes(f)) for staff, f in zip(staves, flat, strict=True)]
    tempos, signs = _tempos(parsed, bars), _signatures(flat[0])
    starts = [0, *[i for i in range(1, len(measures)) if measures[i].number < measures[i - 1].number]]
    pieces = []
    for number, (first, last) in enumerate(zip(starts, [*starts[1:], len(bars)], strict=True), 1):
        piece = _movement(score, number if len(starts) > 1 else 0, bars[first:last], parts, tempos, signs)
        if piece is not None:
            pieces.append(piece)
    if not pieces:
        raise ScoreError("no movement of eight bars or more that fill their meter")
    return pieces


def _melody_first(staves: list[Any], repertoire: str) -> list[Any]:
    """The voice (the staff with the most words) first, then the others as they stand."""
    if repertoire == "lieder" and len(staves) > 1:
        words = [sum(bool(n.lyrics) for n in staff.flatten().notes) for staff in staves]
        staves.insert(0, staves.pop(words.index(max(words))))
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


def _tempos(parsed: Any, bars: list[Bar]) -> list[tuple[float, float, str]]:
    """(place, quarter notes a minute, how we know) for every tempo the score names."""
    from music21 import expressions, tempo

    found = []
    words = {**tempo.defaultTempoValues, **WORDS}
    wanted = [tempo.TempoIndication, expressions.TextExpression]
    for element in parsed.parts[0].flatten().getElementsByClass(wanted):
        place = float(element.offset)
        bpm = element.getQuarterBPM() if isinstance(element, tempo.MetronomeMark) else None
        if bpm:
            found.append((place, float(bpm), "marked"))
            continue
        text = str(getattr(element, "content", None) or getattr(element, "text", None) or "").lower()
        beat = next((meter_beats(b.meter)[1] for b in reversed(bars) if b.onset <= place + 1e-3), 1.0)
        word = next((w for w in re.findall(r"[a-zà-ÿß]+", text) if w in words), None)
        if word:
            found.append((place, float(words[word]) * beat, "tempo word"))
    return found


def _signatures(flat: Any) -> list[tuple[float, int]]:
    from music21 import key

    return [(float(k.offset), k.sharps) for k in flat.getElementsByClass(key.KeySignature)]


def _movement(score: Score, number: int, bars: list[Bar], parts: list[Part], tempos: list,
              signs: list) -> Piece | None:
    """One movement as a piece that starts at zero; None when there is hardly anything in it."""
    begin, end = bars[0].onset - 1e-6, bars[-1].onset + bars[-1].length - 1e-6
    cut = [Part(part.name, tuple(replace(note, onset=note.onset - bars[0].onset) for note in part.notes
                                 if begin <= note.onset < end)) for part in parts]
    if len(bars) < MIN_BARS or len(cut[0].notes) < MIN_NOTES or _crooked(bars) > MAX_CROOKED:
        return None
    shifted = tuple(replace(bar, onset=bar.onset - bars[0].onset) for bar in bars)
    early = [(bpm, how) for place, bpm, how in tempos if begin <= place <= begin + 4 * bars[0].length + 1e-3]
    early.sort(key=lambda found: found[1] != "marked")  # a number says more than a word
    bpm, how = early[0] if early else (ASSUMED_BPM * meter_beats(bars[0].meter)[1], "assumed")
    bpm, how = playable_tempo(bpm, how, bars[0].meter)
    sharps = [count for place, count in signs if place <= bars[0].onset + 1e-6]
    return Piece(score.score_id + (f"-{number}" if number else ""), (cut[0], *[p for p in cut[1:] if p.notes]),
                 shifted, sharps[-1] if sharps else 0, bpm, how, facts=_facts(score, number))


def _crooked(bars: list[Bar]) -> float:
    """Share of the inner bars that do not fill their meter: a few at repeats, many in a faulty file."""
    full = [meter_beats(bar.meter)[0] * meter_beats(bar.meter)[1] for bar in bars[1:-1]]
    wrong = [abs(bar.length - whole) > 1e-3 for bar, whole in zip(bars[1:-1], full, strict=True)]
    return sum(wrong) / len(wrong)


def _facts(score: Score, number: int) -> tuple[tuple[str, object], ...]:
    """What the index and the composers' table say of the work."""
    return (
        ("title", score.title + (f", movement {number}" if number else "")), ("composer", score.composer),
        ("born", score.born), ("died", score.died), ("collection", score.collection), ("source", score.source),
        ("genre", {"lieder": "lied", "quartets": "string quartet"}[score.repertoire]),
        ("repertoire", score.repertoire),
    )
