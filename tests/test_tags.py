"""Tags are read from every kind of file, made fit to be shown, and never fail a file."""

from pathlib import Path

import numpy as np
import pytest
import sounds

from songsim_lib import tags
from songsim_lib.text import LONGEST, clean

SAID = {"title": "Für Elise", "artist": "Anna", "album": "Bagatellen", "genre": "Classical", "date": "1867-05-01"}
READ = {"title": "Für Elise", "artist": "Anna", "album": "Bagatellen", "genre": "Classical", "year": "1867-05-01"}
KINDS = {"a.mp3": ("libmp3lame", 44_100), "a.m4a": ("aac", 44_100), "a.flac": ("flac", 44_100),
         "a.opus": ("libopus", 48_000), "a.wav": ("pcm_s16le", 44_100)}


def tagged(path, name="a.mp3", **said):
    codec, rate_hz = KINDS[name]
    return str(sounds.encode(path / name, sounds.tone(1, rate_hz), codec, rate_hz, **said))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file_tells_what_it_is(tmp_path, name):
    assert tags.read(tagged(tmp_path, name, **SAID)) == READ


def test_the_content_decides_where_tags_are(tmp_path):
    path = tagged(tmp_path, "a.m4a", **SAID)
    (tmp_path / "a.m4a").rename(tmp_path / "b.mp3")
    assert tags.read(path.replace("a.m4a", "b.mp3")) == READ


def test_the_album_s_artist_stands_in_for_one_who_is_not_named(tmp_path):
    assert tags.read(tagged(tmp_path, title="x", album_artist="Various"))["artist"] == "Various"
    assert tags.read(tagged(tmp_path, title="x", artist="Ann", album_artist="Various"))["artist"] == "Ann"


@pytest.mark.parametrize(("text", "shown"), [
    ("  two\tlines\r\nand\0a bell\a ", "two lines and a bell"),
    ("right \u202eto left", "right to left"),
    ("lone \ud800 half", "lone half"),
    ("Fu\u0308r", "Für"),
    (None, ""),
    ("x" * 10_000, "x" * LONGEST),
])
def test_a_text_becomes_one_short_line_that_can_be_shown(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(("text", "found"), [
    ("1987", 1987), ("1987-05-01", 1987), ("19870501", 1987), ("01.05.1987", 1987), ("2004.0", 2004), ("", None),
    ("0000", None), ("87", None), ("123456", None), ("unknown", None), ("20011", None)])
def test_a_year_is_found_in_a_date(text, found):
    assert tags.year(text) == found


def test_many_files_are_read_in_their_order(tmp_path):
    path = tagged(tmp_path, **SAID)
    table = tags.read_all([path, str(tmp_path / "gone.mp3"), path])
    assert list(table) == list(tags.FIELDS)
    assert table["title"].isna().tolist() == [False, True, False] and table.loc[2, "year"] == "1867-05-01"


@pytest.mark.parametrize("name", KINDS)
def test_damaged_tags_are_no_tags(tmp_path, name):
    whole = Path(tagged(tmp_path, name, **SAID)).read_bytes()
    rng = np.random.default_rng(0)
    for trial in range(100):
        damaged = bytearray(whole[: rng.integers(len(whole))] if trial % 3 else whole)
        for place in rng.integers(min(len(damaged), 600) or 1, size=5):
            damaged[place : place + 1] = bytes([rng.choice([0, 255, rng.integers(256)])])
        (tmp_path / "damaged").write_bytes(damaged)
        told = tags.read(str(tmp_path / "damaged"))
        assert set(told) <= set(tags.FIELDS) and all(text.isprintable() for text in told.values())
