"""The full size: works drawn before they are recorded, recordings kept, research marked. A handful of scores each."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile as sf

from songsim_lib import catalog as catalogs
from songsim_lib import sources
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import tunebook
from songsim_lib.sources.tunebook import build, full, readers, research, shelf, soundfont, tunes
from songsim_lib.sources.tunebook.session import Plan

FULL = SourceChoice.of("tunebook:size=full")
try:
    soundfont.require_tools()
    lacking = ""
except soundfont.RenderError as error:
    lacking = str(error).splitlines()[0]
needs_tools = pytest.mark.skipif(bool(lacking), reason=f"the full size: {lacking}")


def test_without_a_sound_font_it_says_so_before_any_work(monkeypatch, tmp_path):
    monkeypatch.setattr(soundfont, "SOUND_FONTS", ())
    monkeypatch.delenv("SONGSIM_SOUNDFONT", raising=False)
    soundfont.versions.cache_clear()
    monkeypatch.setattr(full, "collect", lambda *_: pytest.fail("work began"))
    with pytest.raises(soundfont.RenderError) as error:
        full.catalog(FULL, tmp_path)
    assert all(system in str(error.value) for system in ("apt install", "Colab", "conda", "brew", "SONGSIM_SOUNDFONT"))
    assert list(tmp_path.iterdir()) == []


def test_the_edition_needs_no_cache_and_is_what_it_was(tmp_path):
    found = sources.source(choice := SourceChoice.of("tunebook"))(choice, tmp_path / "none", 0, 10)
    assert found["track_id"].tolist() == tunebook.catalog()["track_id"].tolist()
    assert not (tmp_path / "none").exists()



@pytest.fixture(scope="module")
def some_tunes() -> list[tunes.Tune]:
    """Twelve tunes; two of them are settings of one melody, as two collections print it."""
    everything = {tune.score_id: tune for tune in tunes.collect()}
    first = next(tune for tune in everything.values() if tune.score_id.startswith("ryan-"))
    twin = tunes.Tune("oneill-9999", "oneill", first.abc.replace("T:", "T:Another Name of "), "a copy")
    return [twin, *[tune for tune in everything.values() if tune.repertoire == "ryan"][:9],
            *[tune for tune in everything.values() if tune.repertoire == "aird"][:2]]


@pytest.fixture
def few(some_tunes, monkeypatch):
    monkeypatch.setattr(full, "collect", lambda *_: list(some_tunes))


def files(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*/audio/*")}


@needs_tools
@pytest.mark.usefixtures("few")
def test_whole_works_are_drawn_and_only_these_are_recorded(tmp_path):
    small = full.catalog(FULL, tmp_path, seed=1, max_recordings=4, workers=1)
    assert 2 <= len(small) <= 4
    assert {Path(path).name for path in small["path"]} == set(files(tmp_path))
    assert all(sf.info(path).format == "FLAC" and Path(path).is_absolute() for path in small["path"])
    assert catalogs.sample_works(small, 4, seed=1).equals(small), "the notebook's own draw keeps all of it"
    before = files(tmp_path)

    everything = full.catalog(FULL, tmp_path, seed=1, workers=1)
    assert len(everything) > len(small) and set(small["track_id"]) < set(everything["track_id"])
    after = files(tmp_path)
    assert {name: after[name] for name in before} == before, "what was there is not made again"
    works = everything.groupby("work_id")
    assert works["score_id"].nunique().max() == 2, "a tune under two names is one work"
    assert works["start_bar"].nunique().max() == 1, "its settings are heard from bars that answer each other"

    again = full.catalog(FULL, tmp_path, seed=1, max_recordings=4, workers=1)
    assert again["pcm_sha256"].tolist() == small["pcm_sha256"].tolist()
    assert files(tmp_path) == after, "a small run keeps what a large one has made"


@needs_tools
@pytest.mark.usefixtures("few")
def test_a_finished_one_is_not_played_again_and_an_interrupted_one_goes_on(tmp_path, monkeypatch):
    first = full.catalog(FULL, tmp_path, max_recordings=3, workers=1)
    with monkeypatch.context() as idle:
        idle.setattr(build, "record_all", lambda *_, **__: pytest.fail("recorded again"))
        idle.setattr(readers, "read_each", lambda *_, **__: pytest.fail("read again"))
        assert full.catalog(FULL, tmp_path, max_recordings=3, workers=1).equals(first)

    out = tmp_path / "tunebook-full-s0"
    lost = Path(first["path"].iloc[0])
    lost.unlink()
    (out / full.MADE).unlink()  # as an interrupted call leaves it
    kept = files(tmp_path)
    second = full.catalog(FULL, tmp_path, max_recordings=3, workers=1)
    assert second["pcm_sha256"].tolist() == first["pcm_sha256"].tolist() and lost.is_file()
    assert {name: time for name, time in files(tmp_path).items() if name in kept} == kept


@needs_tools
@pytest.mark.usefixtures("few")
def test_a_lost_recording_is_made_again(tmp_path):
    first = full.catalog(FULL, tmp_path, max_recordings=3, workers=1)
    Path(first["path"].iloc[-1]).unlink()
    second = full.catalog(FULL, tmp_path, max_recordings=3, workers=1)
    assert all(Path(path).is_file() for path in second["path"])
    assert second["pcm_sha256"].tolist() == first["pcm_sha256"].tolist()


@needs_tools
@pytest.mark.usefixtures("few")
def test_performances_and_windows_are_recorded_and_counted_when_works_are_drawn(tmp_path):
    choice = SourceChoice.of("tunebook:size=full,performances=2,windows=2")
    found = full.catalog(choice, tmp_path, max_recordings=8, workers=1)
    assert len(found) <= 8 and found["performance"].max() == 2 and found["window"].max() == 2
    assert Path(found["path"].iloc[0]).parents[1] == tmp_path / "tunebook-full-k2-w2-s0"


@needs_tools
def test_a_score_that_cannot_be_read_is_listed_with_the_reason(some_tunes, tmp_path, monkeypatch):
    broken = tunes.Tune("ryan-broken", "ryan", "X:1\nT:Broken\nK:D\nV:1\nabc\nV:2\nabc\n")
    monkeypatch.setattr(full, "collect", lambda *_: [broken, *some_tunes[:4]])
    full.catalog(FULL, tmp_path, workers=1)
    failed = (tmp_path / "tunebook-full-s0" / "failed.csv").read_text()
    assert "ryan-broken,Broken,reading,TuneError: it has several voices" in failed


@needs_tools
def test_works_are_found_again_when_a_score_changes(some_tunes, tmp_path):
    first = shelf.Shelf.open(some_tunes[1:4], tmp_path, workers=1)
    assert len(first.table) == 3 and first.table["work_id"].nunique() == 3
    assert len(shelf.Shelf.open(some_tunes[:4], tmp_path, workers=1).table) == 4
    assert first.piece(first.table["score_id"][0]).melody, "a piece is read again when it is needed"


def chorale(score_id: str):
    return next(score for score in research.chorales(tunes.corpus_folder() / "bach") if score.score_id == score_id)


@needs_tools
def test_research_material_is_marked_and_never_said_to_be_free(tmp_path, monkeypatch):
    folder = tunes.corpus_folder()
    items = [research.essen(folder / "essenFolksong")[40], chorale("bach-bwv436"),
             research.palestrina(folder / "palestrina")[5]]
    monkeypatch.setattr(full, "collect", lambda *_: items)
    found = full.catalog(SourceChoice.of("tunebook:size=full,research=yes"), tmp_path, workers=1)
    assert set(found["repertoire"]) == {"essen", "bach", "palestrina"}
    assert not found["redistributable"].any()
    assert not found["licence"].str.contains("CC0|public-domain").any()
    notice = tmp_path / "tunebook-full-research-s0" / research.NOTICE
    assert "Never redistribute" in notice.read_text()


@needs_tools
def test_without_research_nothing_restricted_is_collected(tmp_path, monkeypatch):
    (tmp_path / "index.csv").write_text("file,composer,set,title,repo,commit,path\n")
    plain = full.collect(SourceChoice.of(f"tunebook:size=full,scores={tmp_path}"), tmp_path)
    assert {item.repertoire for item in plain} == {"ryan", "oneill", "aird"} and len(plain) > 4_000
    more = full.collect(SourceChoice.of(f"tunebook:size=full,research=yes,scores={tmp_path}"), tmp_path)
    assert {item.repertoire for item in more[len(plain):]} == {"essen", "bach", "palestrina"}
    assert len({item.score_id for item in more}) == len(more) > len(plain) + 10_000


ESSEN = """X:31
T: De klenge Meenchen, S.53
N: R0055, sent by Walsh
O: Luxemburg, Echternach
R: ??, Liebeslied?]
M: 3/4
L: 1/8
K: H
D2 | AAAAAA | F4D2 | A4B2 | A2z2
D2 | A2AAAA | F4D2 | A4B2 | A2z2
A2 | d2d2d2 | B2G2G2
B2BcdB | A2F2F2 | G2E2A2 | D2z2
"""


@needs_tools
def test_an_essen_song_is_read_phrase_by_phrase(tmp_path):
    (tmp_path / "Lux.abc").write_text(ESSEN)
    (tmp_path / "test0.abc").write_text(ESSEN)
    [song] = research.essen(tmp_path)
    assert (song.score_id, song.title, song.transcriber) == ("essen-lux-0031", "De klenge Meenchen, S.53", None)
    assert song.source == "music21 corpus/essenFolksong/Lux.abc, X:31; Luxemburg, Echternach"
    [piece] = readers.read(song)
    assert [bar.length for bar in piece.bars] == [1.0] + [3.0] * 13 + [2.0] and piece.bars[0].missing == 2.0
    assert piece.tonic == 11, "H is what B is elsewhere"


@needs_tools
def test_voices_come_with_the_highest_first():
    folder = tunes.corpus_folder()
    for score in (research.palestrina(folder / "palestrina")[3], chorale("bach-bwv436")):
        [piece] = readers.read(score)
        means = [sum(note.pitch for note in part.notes) / len(part.notes) for part in piece.parts]
        assert len(means) == 4 and means[0] == max(means)
        assert (piece.repertoire.kind, piece.fact("born")) in {("ensemble", 1525), ("ensemble", 1685)}


@needs_tools
def test_chorales_bear_their_first_line():
    assert chorale("bach-bwv269").title == "Aus meines Herzens Grunde (BWV 269)"


@needs_tools
def test_drawing_counts_all_recordings_of_a_work(some_tunes, tmp_path):
    found = shelf.Shelf.open(some_tunes[:6], tmp_path, workers=1)
    drawn = found.draw(Plan(2, 2, "flac"), seed=0, max_recordings=8)
    assert 1 <= len(drawn) <= 2 and drawn["score_id"].is_unique
