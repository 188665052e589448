"""A melody as MEI (Music Encoding Initiative, version 5), the format that verovio engraves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from xml.etree import ElementTree as ET

from songsim_lib.sources.tunebook.music import Bar, Note, Piece, meter_beats

from .beams import beams
from .rhythm import Symbol, top_line, written

LETTERS = "cdefgab"
SEMITONES = (0, 2, 4, 5, 7, 9, 11)  # of the white keys above C
SHARP_ORDER = "fcgdaeb"
ACCIDENTALS = {-2: "ff", -1: "f", 0: "n", 1: "s", 2: "x"}
BASS_BELOW = 55  # MIDI pitch; a melody that mostly lies below G3 is read in the bass clef


def spelling(note: Note) -> tuple[str, int, int]:
    """Letter, octave and alteration in semitones; one that no accidental shows is spelled anew.

    >>> spelling(Note(0, 1, 66, 32))
    ('f', 4, 1)
    """
    octave, letter = divmod(note.step - 1, 7)
    altered = note.pitch - 12 * (octave + 1) - SEMITONES[letter]
    if altered in ACCIDENTALS:
        return LETTERS[letter], octave, altered
    letter = max(index for index, semitone in enumerate(SEMITONES) if semitone <= note.pitch % 12)
    return LETTERS[letter], note.pitch // 12 - 1, note.pitch % 12 - SEMITONES[letter]


def signature(sharps: int) -> dict[str, int]:
    """What the key signature alters: letter -> semitones."""
    order = SHARP_ORDER if sharps > 0 else SHARP_ORDER[::-1]
    return {letter: 1 if sharps > 0 else -1 for letter in order[: abs(sharps)]}


def document(piece: Piece, bars: range, labels: Mapping[int, str] | None = None, bars_a_line: int = 0,
             name: str = "") -> str:
    """Write the melody of some bars of a piece as MEI.

    Parameters
    ----------
    labels : bar -> a word above it. The number of a bar is its index in `piece.bars`.
    bars_a_line : where a new line may begin (0: anywhere); a pickup comes on top.
    name : tells this document from others of the same music; verovio derives its ids from all of it.
    """
    line = top_line(piece.melody)
    root = ET.Element("mei", {"xmlns": "http://www.music-encoding.org/ns/mei", "meiversion": "5.0"})
    titles = ET.SubElement(ET.SubElement(ET.SubElement(root, "meiHead"), "fileDesc"), "titleStmt")
    ET.SubElement(titles, "title").text = f"{piece.score_id} {bars} {name}"
    score = root
    for level in ("music", "body", "mdiv", "score"):
        score = ET.SubElement(score, level)
    _score_definition(score, piece, bars)
    section = ET.SubElement(score, "section")
    meter = piece.bars[bars[0]].meter
    for number in bars:
        bar, place = piece.bars[number], number - bars[0] - (piece.bars[bars[0]].missing > 0)
        if bars_a_line and place > 0 and place % bars_a_line == 0:
            ET.SubElement(section, "sb")
        if bar.meter != meter:
            meter = bar.meter
            ET.SubElement(section, "scoreDef", _meter(meter))
        measure = ET.SubElement(section, "measure", {"n": str(number), "metcon": "true" if _full(bar) else "false"})
        if number == len(piece.bars) - 1:
            measure.set("right", "end")
        layer = ET.SubElement(ET.SubElement(measure, "staff", n="1"), "layer", n="1")
        _write_bar(layer, bar, line, signature(piece.sharps))
        if labels and number in labels:
            _write_label(measure, labels[number], meter)
    return ET.tostring(root, encoding="unicode")


def _meter(meter: str) -> dict[str, str]:
    count, unit = meter.split("/")
    return {"meter.count": count, "meter.unit": unit}


def _score_definition(place: ET.Element, piece: Piece, bars: range) -> None:
    sharps = piece.sharps
    key = f"{abs(sharps)}{'s' if sharps > 0 else 'f'}" if sharps else "0"
    definition = ET.SubElement(place, "scoreDef", {"keysig": key, **_meter(piece.bars[bars[0]].meter)})
    low = bool(piece.melody) and median(note.pitch for note in piece.melody) < BASS_BELOW
    clef = {"clef.shape": "F", "clef.line": "4"} if low else {"clef.shape": "G", "clef.line": "2"}
    ET.SubElement(ET.SubElement(definition, "staffGrp"), "staffDef", {"n": "1", "lines": "5", **clef})


def _write_label(measure: ET.Element, label: str, meter: str) -> None:
    beat = 1 + int(meter.split("/")[1]) / 32  # a little after the bar line, clear of the bar's number
    ET.SubElement(measure, "harm", {"tstamp": str(beat), "staff": "1"}).text = label


def _full(bar: Bar) -> bool:
    count, beat = meter_beats(bar.meter)
    return abs(bar.length - count * beat) < 1e-3


def _write_bar(layer: ET.Element, bar: Bar, line: Sequence[Symbol], key: dict[str, int]) -> None:
    sounding: dict[tuple[str, int], int] = {}  # accidentals hold to the end of the bar, in their octave
    runs = written(bar, line)
    if _full(bar) and all(symbol.note is None for run in runs for symbol in run):
        ET.SubElement(layer, "mRest")
        return
    for run in runs:
        ratio = run[0].ratio
        place = layer if ratio == 1 else ET.SubElement(
            layer, "tuplet", {"num": str(ratio.numerator), "numbase": str(ratio.denominator),
                              "num.format": "count"})
        for group in beams(run, bar.meter):
            parent = ET.SubElement(place, "beam") if len(group) > 1 else place
            for symbol in group:
                _write_symbol(parent, symbol, sounding, key)


def _write_symbol(parent: ET.Element, symbol: Symbol, sounding: dict[tuple[str, int], int],
                  key: dict[str, int]) -> None:
    name, dots = symbol.value
    facts = {"dur": name, **({"dots": str(dots)} if dots else {})}
    if symbol.note is None:
        ET.SubElement(parent, "rest", facts)
        return
    letter, octave, altered = spelling(symbol.note)
    facts |= {"pname": letter, "oct": str(octave)}
    shown = not symbol.tied_from and altered != sounding.get((letter, octave), key.get(letter, 0))
    if shown:
        sounding[letter, octave] = altered
    facts["accid" if shown else "accid.ges"] = ACCIDENTALS[altered]
    if symbol.tied_from or symbol.tied_to:
        facts["tie"] = {(False, True): "i", (True, True): "m", (True, False): "t"}[symbol.tied_from, symbol.tied_to]
    ET.SubElement(parent, "note", facts)
