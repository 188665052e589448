"""Notation says what the melody says, in one self-contained picture; answering bars are marked alike."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
import verovio

from songsim_lib import engrave
from songsim_lib.engrave import answers, family, mei, rhythm
from songsim_lib.sources import tunebook
from songsim_lib.sources.tunebook import melodies
from songsim_lib.sources.tunebook.music import Bar, Note, Part, Piece, meter_beats

MEI = "{http://www.music-encoding.org/ns/mei}"
REEL = "D5 .5 B4 .5 G4 .5 B4 .5 D5 1 E5 1"


def note(name: str, onset: float, length: str) -> Note:
    """ "F#4" at a place, `length` quarter notes long ("1/3" in a triplet)."""
    letter, sign, octave = re.fullmatch(r"([A-G])([#b]*)(\d)", name).groups()
    step = "CDEFGAB".index(letter)
    pitch = 12 * (int(octave) + 1) + mei.SEMITONES[step] + sign.count("#") - sign.count("b")
    return Note(onset, float(Fraction(length)), pitch, 7 * int(octave) + step + 1)


def piece(text: str, meter: str = "4/4", pickup: float = 0.0, sharps: int = 0, score_id: str = "ryan-test",
          title: str = "A tune", meters: dict[int, str] | None = None) -> Piece:
    """A tune from "name length name length ..." ("-" is a rest); bars follow from the meter."""
    notes, place = [], Fraction(0)
    words = text.split()
    for name, length in zip(words[::2], words[1::2], strict=True):
        notes += [] if name == "-" else [note(name, float(place), length)]
        place += Fraction(length)
    bars, onset = [], 0.0
    while onset < place - Fraction(1, 1000):
        meter = (meters or {}).get(len(bars), meter)
        count, beat = meter_beats(meter)
        length = pickup if pickup and not bars else min(count * beat, float(place) - onset)
        bars.append(Bar(onset, length, meter, count * beat - length if pickup and not bars else 0.0))
        onset += length
    facts = (("title", title), ("repertoire", score_id.split("-")[0]))
    return Piece(score_id, (Part("melody", tuple(notes)),), tuple(bars), sharps, 120.0, "assumed", facts=facts)


def written(tune: Piece) -> list[ET.Element]:
    """The notes and rests of the MEI, in order."""
    root = ET.fromstring(mei.document(tune, range(len(tune.bars))))
    return [e for e in root.iter() if e.tag in {MEI + "note", MEI + "rest", MEI + "mRest"}]


def heard(tune: Piece) -> list[tuple[float, int]]:
    """(onset in quarter notes, MIDI pitch) of every note as verovio itself reads the MEI; tied notes once."""
    toolkit = verovio.toolkit()
    toolkit.loadData(mei.document(tune, range(len(tune.bars))))
    root = ET.fromstring(toolkit.getMEI({"removeIds": False}))
    ends = {tie.get("endid", "")[1:] for tie in root.iter(MEI + "tie")}
    events = toolkit.renderToTimemap({})
    events = json.loads(events) if isinstance(events, str) else events
    return [(round(event["qstamp"], 3), toolkit.getMIDIValuesForElement(name)["pitch"])
            for event in events for name in event.get("on", []) if name not in ends]


@pytest.mark.parametrize("tune", [
    piece(f"A4 1 {REEL} F#5 .5 E5 .5 D5 1.5 B4 1.5", pickup=1.0, sharps=1),
    piece("C5 3 D5 2 E5 3", "4/4"),  # tied over the bar line
    piece("C5 1/3 D5 1/3 E5 1/3 F5 2/3 G5 1/3 A5 2 - 3 G5 1"),
    piece("D5 2/3 E5 2/3 F5 2/3 C5 4/3 B4 2/3"),  # crotchet triplets
    piece("D5 1/5 E5 1/5 F5 1/5 G5 1/5 A5 1/5 C5 1/7 D5 1/7 E5 1/7 F5 1/7 G5 1/7 A5 1/7 B5 1/7 C6 2"),
    piece("G4 1 A4 .5 B4 1.5 C5 2 D5 .75 E5 .25 D5 4.5", "6/8"),
    piece("G4 4.5 A4 2.5 B4 2", "9/8"),  # dotted minim tied to dotted crotchet
    piece("G4 .5 A4 .5 B4 .5 C5 .25 D5 .25 B4 1", "3/8"),
    piece("E5 1.25 D5 1.75 C5 1 B3 3 A3 3", "4/4", meters={1: "3/4"}),
    piece("Bb4 1.375 E#4 .125 Cb5 .5 F##4 2", sharps=-5),
], ids=["pickup", "tie", "triplets", "crotchet triplets", "five and seven", "6/8", "9/8", "3/8", "meter change",
        "spelling"])
def test_notation_read_again_gives_the_same_notes_at_the_same_places(tune):
    assert heard(tune) == [(round(note.onset, 3), note.pitch) for note in tune.melody]


@pytest.mark.parametrize("length", [Fraction(n, 16) for n in (1, 5, 9, 11, 13, 15, 17, 23, 27, 40, 64)])
@pytest.mark.parametrize("start", [Fraction(0), Fraction(1, 4), Fraction(3, 2)])
@pytest.mark.parametrize("meter", ["4/4", "6/8", "3/4", "2/2"])
def test_every_length_is_written_with_symbols_that_add_up_to_it(length, start, meter):
    count, beat = meter_beats(meter)
    full = rhythm.fraction(count * beat)
    sound = Note(float(start), float(length), 60, 29)
    bars = [Bar(float(full * n), float(full), meter) for n in range(8)]
    symbols = [s for bar in bars for run in rhythm.written(bar, rhythm.top_line([sound])) for s in run]
    values = {value: key for key, value in rhythm.VALUES.items()}
    assert all(values[s.value] / s.ratio == s.end - s.start for s in symbols)
    assert sum(s.end - s.start for s in symbols if s.note) == length
    assert [s.tied_to for s in symbols if s.note][-1] is False


def test_a_chord_is_shown_by_its_top_note_and_cut_where_the_next_begins():
    chord = (Note(0, 2, 60, 29), Note(0, 2, 64, 31), Note(1, 1, 62, 30), Note(2, 2, 67, 33))
    line = rhythm.top_line(chord)
    assert [(s.note.pitch, s.start, s.end) for s in line] == [(64, 0, 1), (62, 1, 2), (67, 2, 4)]
    assert rhythm.top_line([]) == []


def test_an_accidental_is_printed_once_a_bar_and_not_where_the_signature_says_it():
    tune = piece("F#4 1 F4 1 F4 1 F#4 1 F#4 1 F5 1 F4 1 C5 1", sharps=1)
    assert [note.get("accid") for note in written(tune)] == [None, "n", None, "s", None, "n", "n", None]


def test_a_tied_note_needs_no_second_accidental():
    first, second, third = written(piece("G4 3 G#4 2 G#4 3"))[1:]
    assert (first.get("tie"), first.get("accid")) == ("i", "s")
    assert (second.get("tie"), second.get("accid")) == ("t", None)
    assert third.get("accid") == "s"  # struck anew in its bar


@pytest.mark.parametrize("pitch, step, wanted", [
    (63, 30, ("d", 4, 1)), (63, 31, ("e", 4, -1)), (60, 28, ("b", 3, 1)), (59, 29, ("c", 4, -1)),
    (66, 40, ("f", 4, 1)),  # a step that cannot be: spelled from the pitch
])
def test_pitch_and_step_give_the_spelling(pitch, step, wanted):
    assert mei.spelling(Note(0, 1, pitch, step)) == wanted


@pytest.mark.parametrize("text, meter, sizes", [
    ("C5 .5 " * 8, "4/4", [4, 4]), ("C5 .5 " * 6, "6/8", [3, 3]), ("C5 .5 " * 6, "3/4", [2, 2, 2]),
    ("C5 .25 " * 8 + "C5 .5 " * 4, "4/4", [4, 4, 4]), ("C5 .5 C5 1 C5 .5 C5 2", "4/4", []),
    ("C5 .5 " * 3, "3/8", [3]),
])  # fmt: skip
def test_quavers_are_beamed_as_the_meter_wants(text, meter, sizes):
    root = ET.fromstring(mei.document(piece(text, meter), range(1)))
    assert [len(beam) for beam in root.iter(MEI + "beam")] == sizes


def test_a_low_melody_stands_in_the_bass_clef():
    clefs = [mei.document(piece(f"{name} 4"), range(1)).count('clef.shape="F"') for name in ("C3", "C5")]
    assert clefs == [1, 0]


@pytest.fixture
def picture() -> str:
    return engrave.svg(piece(REEL * 1 + f" {REEL}" * 9, sharps=1), range(2, 8), {3: "#E69F00", 9: "#000000"},
                       title="Miss A & Mr B <reel>", labels={3: "a"})


def texts(picture: str) -> list[str]:
    nodes = ET.fromstring(picture).iter(engrave.SVG + "text")
    return ["".join(node.itertext()).strip() for node in nodes]


def test_bars_are_numbered_by_their_place_in_the_piece(picture):
    assert [text for text in texts(picture) if text.isdigit()] == list("234567")
    assert "Miss A & Mr B <reel>" in texts(picture) and "a" in texts(picture)


def test_a_coloured_bar_gets_its_ground_and_no_other_bar_does(picture):
    root = ET.fromstring(picture)
    [ground] = [node for node in root.iter(engrave.SVG + "rect") if "#E69F00" in node.get("style", "")]
    assert "#000000" not in picture  # bar 9 is not shown
    measures = root.findall(f".//{engrave.SVG}g[@class='measure']")
    lines = [path.get("d").split()[0] for path in measures[1].iter(engrave.SVG + "path")][:1]
    assert f"M{float(ground.get('x')):g}" == lines[0]


def test_a_picture_needs_no_font_no_network_and_a_white_ground(picture):
    assert not re.search(r"@font-face|@import|<script|url\(", picture)
    assert {a for a in re.findall(r"https?://[^\"' <]+", picture)} == {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    root = ET.fromstring(picture)
    ground = root[0]
    assert ground.tag == engrave.SVG + "rect" and "fill:white" in ground.get("style")
    assert [ground.get(side) for side in ("width", "height")] == [root.get("width"), root.get("height")]
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"


def ids(picture: str) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', picture))


def test_pictures_are_the_same_each_time_and_share_no_id_on_one_page(picture):
    tune = piece(f"{REEL} {REEL}")
    again = [engrave.svg(tune, title="one"), engrave.svg(tune, title="one")]
    assert again[0] == again[1]
    others = [engrave.svg(tune, title="two"), engrave.svg(tune, colours={0: "red"}, title="one"), picture]
    for other in others:
        assert not ids(again[0]) & ids(other)
    stacked = engrave.stack([again[0], *others])
    assert set(re.findall(r'href="#([^"]+)"', stacked)) <= ids(stacked)
    assert ET.fromstring(stacked).get("height") == str(sum(int(ET.fromstring(p).get("height"))
                                                           for p in (again[0], *others)))


def test_bars_are_shared_out_evenly_over_the_lines():
    picture = engrave.svg(piece(" ".join(["A4 1", *[REEL] * 8]), pickup=1.0))
    systems = ET.fromstring(picture).findall(f".//{engrave.SVG}g[@class='system']")
    assert [len(s.findall(f"{engrave.SVG}g[@class='measure']")) for s in systems] == [5, 4]  # pickup and four


@pytest.mark.parametrize("bars", [range(0, 99), range(0), range(-1, 1), range(0, 2, 2)])
def test_bars_that_are_not_there_are_an_error_that_names_the_piece(bars):
    with pytest.raises(engrave.EngraveError, match=r"ryan-test: bars .* it has bars 0 to 0"):
        engrave.svg(piece(REEL), bars)


def test_bars_that_answer_each_other_share_colour_and_letter():
    first, second, third = answers.marked(range(4), [(0, 5), (1, 6), (3, 6)], [(0, 0), (0, 1), (3, 2)])
    assert first.labels == {0: "a", 1: "b", 3: "c"}
    assert second.labels == {5: "a", 6: "b"} and third.labels == {0: "a", 1: "a", 2: "c"}
    assert first.colours[0] == second.colours[5] == third.colours[1] != first.colours[1]


def test_two_bars_that_another_setting_writes_as_one_share_its_mark():
    first, second = answers.marked(range(3), [(0, 0), (1, 0), (2, 1)])
    assert first.labels == {0: "a", 1: "a", 2: "b"} and second.labels == {0: "a", 1: "b"}


SCORES = {"aird-1-0001": ("Old Name", 1778), "aird-2-0002": ("Other", None), "ryan-name": ("Name", 1883),
          "ryan-other": ("Other", 1883), "oneill-0001": ("The Name", 1903), "oneill-0002": ("Other", 1903)}


def link(a: str, b: str, similarity: float) -> dict:
    bars = list(range(1, 17))
    return {"score_a": a, "score_b": b, "work_id": a, "repertoire_a": a.split("-")[0],
            "repertoire_b": b.split("-")[0], "same_title": False, "similarity": similarity,
            "coverage_a": 1.0, "coverage_b": 0.9, "bars_a": bars, "bars_b": [bar + 8 for bar in bars]}


LINKS = [link("aird-1-0001", "ryan-name", 0.7), link("aird-1-0001", "oneill-0001", 0.8),
         link("ryan-name", "oneill-0001", 0.75),
         link("aird-2-0002", "ryan-other", 1.0), link("aird-2-0002", "oneill-0002", 1.0),
         link("ryan-other", "oneill-0002", 1.0)]


@pytest.fixture
def edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """A corpus of six settings of two tunes, one of which is the same to the note in all three books."""
    tunes = [piece(" ".join(["A4 1", *[REEL] * 32]), pickup=1.0, score_id=name, title=title)
             for name, (title, _) in SCORES.items()]
    melodies.save(tunes, dict.fromkeys(SCORES, "work"), tmp_path / "melodies.parquet")
    pd.DataFrame(LINKS).to_parquet(tmp_path / "variants.parquet")
    monkeypatch.setattr(tunebook, "FOLDER", tmp_path)
    return pd.DataFrame({
        "score_id": list(SCORES), "title": [title for title, _ in SCORES.values()],
        "year": pd.array([year for _, year in SCORES.values()], dtype="Int64"),
        "repertoire": [name.split("-")[0] for name in SCORES], "collection": "A book",
    })


def test_the_tune_shown_is_the_most_alike_one_that_is_not_the_same_to_the_note(edition):
    found = family.find(family.confirmed("tunebook"), edition)
    assert [member.piece.score_id for member in found] == ["aird-1-0001", "ryan-name", "oneill-0001"]
    assert [member.caption for member in found] == [
        "Old Name: A book, 1778 (often cited as 1782)", "Name: A book, 1883", "The Name: A book, 1903"]


def test_eight_bars_are_shown_and_what_answers_them_in_the_others(edition):
    first, *others = family.find(family.confirmed("tunebook"), edition)
    assert first.bars == range(0, 9)  # the pickup and eight bars
    assert {member.bars for member in others} == {range(9, 17)}
    assert first.marks.labels[1] == others[0].marks.labels[9] == "a" and 0 not in first.marks.labels
    assert family.picture([first, *others]).count("fill-opacity") == 24


def test_without_a_tune_in_three_books_two_are_shown_and_without_variants_none(edition):
    pairs = family.confirmed("tunebook")
    two = family.find(pairs, edition[edition["repertoire"] != "ryan"])
    assert [member.piece.score_id for member in two] == ["aird-1-0001", "oneill-0001"]
    assert family.find(pairs, edition.head(2)) == [] == family.find(pairs, edition.drop(columns="score_id"))
    assert family.confirmed("folder").empty and family.find(family.confirmed("folder")) == []


def test_a_setting_is_dated_as_far_as_its_source_is():
    assert family.printed({"year": pd.NA, "repertoire": "aird"}) == "1782-1803"
    assert family.printed({"year": None, "repertoire": "lieder"}) == "undated"
    assert family.printed({"year": 1903.0, "repertoire": "oneill"}) == "1903"
