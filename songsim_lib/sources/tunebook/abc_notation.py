"""One ABC tune to a `Piece`: music21 reads the notes, this module keeps what a fiddler would play."""

from __future__ import annotations

import contextlib
import re
import statistics
from dataclasses import replace
from itertools import pairwise
from typing import Any

from .music import Bar, Note, Part, Piece, meter_beats, playable_tempo
from .repertoires import REPERTOIRES
from .tunes import Tune

SHARPS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1}
MODES = {"ion": 0, "maj": 0, "lyd": 1, "mix": -1, "dor": -2, "min": -3, "aeo": -3, "m": -3, "phr": -4}
SCALES = {"lyd": "lydian", "mix": "mixolydian", "dor": "dorian", "min": "minor", "aeo": "minor", "m": "minor",
          "phr": "phrygian"}
MAJOR_KEYS = {sharps + 7 * bend: letter + sign for letter, sharps in SHARPS.items()
              for bend, sign in ((0, ""), (1, "#"), (-1, "b"))}
# Notes a second in a dance of each kind: what players of this music call a comfortable speed.
SPEEDS = {"reel": 7.2, "hornpipe": 6.0, "clog": 5.8, "jig": 6.2, "double jig": 6.2, "slip jig": 6.2,
          "strathspey": 5.0, "highland fling": 5.2, "fling": 5.2, "waltz": 4.6, "march": 5.0, "air": 3.8,
          "slide": 6.6, "minuet": 4.6}
OTHER_SPEED = 4.8


class TuneError(ValueError):
    """A tune that cannot be played as it stands; the message says why."""


def key_of(text: str) -> tuple[int, int, str]:
    """Sharps, tonic pitch class and scale name of an ABC key such as "Ador" or "E Minor"."""
    match = re.match(r"\s*([A-G])([#b]?)\s*([A-Za-z]*)", text)
    if match is None:
        raise TuneError(f"key {text!r} is not one we know")
    letter, sign, mode = match.groups()
    mode = "m" if mode in {"m", "M"} else mode.lower()[:3]
    mode = mode if mode in MODES else "maj"
    bend = {"#": 1, "b": -1, "": 0}[sign]
    tonic = ("C D EF G A B".index(letter) + bend) % 12
    return SHARPS[letter] + 7 * bend + MODES[mode], tonic, SCALES.get(mode, "major")


def plain(abc: str) -> str:
    """ABC reduced to what sounds: meter, unit, key, notes; without ornaments, slurs and annotations."""
    lines = []
    for line in abc.split("\n"):
        line = line.split("%")[0].rstrip("\\ ")
        field = re.match(r"([A-Za-z]):(.*)", line)
        if field and field[1] == "K":
            lines.append("K:" + MAJOR_KEYS[key_of(field[2])[0]])
        elif field and field[1] in "XMLT":
            lines.append(f"{field[1]}:{field[2].strip()}")
        elif not field and line.strip():
            lines.append(_plain_notes(line))
    return "\n".join(lines) + "\n"


def _plain_notes(line: str) -> str:
    line = re.sub(r'"[^"]*"|![^!]*!|\{[^}]*\}|`', "", line)
    line = re.sub(r"\[([A-Za-z]):[^\]]*\]", "", line)
    return re.sub(r"[H-Wh-w~.)]|\((?!\d)", "", line)


def read(tune: Tune) -> Piece:
    """Read one tune, repeats unfolded.

    Raises
    ------
    TuneError
        If it has several voices, no notes, or bars that do not fill their meter.
    """
    from music21 import converter

    if re.search(r"(?m)^V:|\[V:|&", tune.abc):
        raise TuneError("it has several voices")
    score: Any = converter.parse(plain(tune.abc), format="abc")
    part = score.parts[0]
    with contextlib.suppress(Exception):  # old books often leave repeat signs unbalanced: then play parts once
        part = part.expandRepeats()
    bars = _bars(part)
    notes = _notes(part.flatten().notes)
    _check(bars, notes)
    sharps, tonic, scale = key_of(tune.field("K")[0])
    bpm, how = playable_tempo(*_tempo(tune, bars, notes), bars[1].meter)
    return Piece(tune.score_id, (Part("melody", notes),), bars, sharps, bpm, how, tonic, scale, _facts(tune))


def _notes(written: Any) -> tuple[Note, ...]:
    """The notes that sound, the top one of a double stop, tied ones as one."""
    notes: list[Note] = []
    for n in written:
        note = Note(float(n.offset), float(n.quarterLength), n.pitches[-1].midi, n.pitches[-1].diatonicNoteNum)
        held = n.tie is not None and n.tie.type in {"stop", "continue"}
        if held and notes and notes[-1].pitch == note.pitch and abs(notes[-1].end - note.onset) < 1e-3:
            notes[-1] = replace(notes[-1], duration=note.end - notes[-1].onset)
        elif note.duration > 0:
            notes.append(note)
    return tuple(notes)


def _bars(part: Any) -> tuple[Bar, ...]:
    """Bars as played; the two halves of a bar that a repeat sign divides become one."""
    from music21 import meter, stream

    bars: list[Bar] = []
    current = "4/4"
    for measure in part.getElementsByClass(stream.Measure):
        signs = measure.getElementsByClass(meter.TimeSignature)
        current = signs[0].ratioString if signs else current
        length = float(measure.duration.quarterLength)
        full = meter_beats(current)[0] * meter_beats(current)[1]
        if length <= 0:
            continue
        onset = float(measure.offset)
        if bars and bars[-1].length < full - 1e-3 and abs(bars[-1].length + length - full) < 1e-3:
            bars[-1] = Bar(bars[-1].onset, full, current)
        else:
            bars.append(Bar(onset, length, current, full - length if not bars and length < full else 0.0))
    return tuple(bars)


def _check(bars: tuple[Bar, ...], notes: tuple[Note, ...]) -> None:
    if len(bars) < 6 or len(notes) < 24:
        raise TuneError(f"it has only {len(bars)} bars and {len(notes)} notes")
    gaps = sum(abs(a.onset + a.length - b.onset) > 1e-3 for a, b in pairwise(bars))
    full = [meter_beats(bar.meter)[0] * meter_beats(bar.meter)[1] for bar in bars]
    wrong = sum(abs(bar.length - whole) > 1e-3 for bar, whole in zip(bars[1:-1], full[1:-1], strict=True))
    if gaps or wrong > 0.1 * len(bars):
        raise TuneError(f"{wrong} of {len(bars)} bars do not fill their meter")


def _tempo(tune: Tune, bars: tuple[Bar, ...], notes: tuple[Note, ...]) -> tuple[float, str]:
    """Quarter notes a minute: from the Q: field, else from the customary speed of the dance."""
    for text in tune.field("Q"):
        match = re.match(r"(\d+)/(\d+)\s*=\s*(\d+)", text)
        if match and 30 <= 4 * int(match[1]) / int(match[2]) * int(match[3]) <= 400:
            return 4 * int(match[1]) / int(match[2]) * int(match[3]), "marked"
    common = statistics.mode(round(note.duration, 3) for note in notes)
    unit = min(max(common, 0.25), 0.5)
    return SPEEDS.get(tune.genre or "", OTHER_SPEED) * unit * 60, "customary"


def _facts(tune: Tune) -> tuple[tuple[str, object], ...]:
    return (
        ("title", tune.title), ("composer", tune.composer), ("genre", tune.genre), ("year", tune.year),
        ("collection", REPERTOIRES[tune.repertoire].collection), ("transcriber", tune.transcriber),
        ("source", tune.source), ("repertoire", tune.repertoire),
    )
