"""Building the corpus: from scores to sound. Needs the extra `[render]`, FluidSynth and a sound font."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from soundfile import info as soundfile_info

from songsim_lib.sources import tunebook
from songsim_lib.sources.tunebook import (
    accept,
    arrange,
    build,
    encode,
    families,
    music,
    record,
    session,
    soundfont,
    tunes,
    variants,
    windows,
)
from songsim_lib.sources.tunebook import perform as performing
from songsim_lib.sources.tunebook.edition import Edition

pytest.importorskip("music21", reason="building the corpus needs the extra [render]: music21 is missing")
try:
    soundfont.versions()
except soundfont.RenderError as error:
    pytest.skip(f"building the corpus: {str(error).splitlines()[0]}", allow_module_level=True)

from songsim_lib.sources.tunebook import abc_notation, mixing, synth

JIG = """X:1
T:The Test, Jig
R:jig
M:6/8
L:1/8
Z:Nobody
K:Ador
eAA EAA|BAB G2A|Bee dBA|BGE E2D|eAA EAA|BAB G2A|Bee dBA|1 BAG A3:|2 BAG A2e|
|:aga efg|aga e2d|cBA Bcd|ecA A2e|aga efg|a2b c'ba|gfe dBG|BAG A3:|
"""


@pytest.fixture(scope="module")
def jig():
    return abc_notation.read(tunes.Tune("test-1", "ryan", JIG))


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """A folder of two scores: one song, one broken file."""
    from music21 import metadata, note, stream, tempo

    folder = tmp_path / "scores"
    (folder / "lieder").mkdir(parents=True)
    song = stream.Score(metadata.Metadata(title="Song"))
    rng = np.random.default_rng(0)
    for words in (True, False):
        part = stream.Part([tempo.MetronomeMark(number=100)] if words else [])
        for pitch in rng.integers(60, 76, 128):
            part.append(note.Note(int(pitch), quarterLength=0.5, lyric="la" if words else None))
        song.insert(0, part)
    song.write("musicxml", folder / "lieder" / "good.musicxml")
    (folder / "lieder" / "good.musicxml").rename(folder / "lieder" / "good.mxl.xml")
    (folder / "lieder" / "broken.mxl").write_bytes(b"this is no score")
    rows = [("lieder/good.mxl.xml", "Person, A.", "", "Song", "Owner/Repo", "c", "scores/P/_/Song/good"),
            ("lieder/broken.mxl", "Other, B.", "", "Broken", "Owner/Repo", "c", "scores/O/_/Broken/broken")]
    table = pd.DataFrame(rows, columns=["file", "composer", "set", "title", "repo", "commit", "path"])
    table.to_csv(folder / "index.csv", index=False)
    return folder


def sound(piece, number: int = 0, seed: int = 0) -> np.ndarray:
    start = windows.starts(piece, performing.generator(seed, piece.score_id, "windows"))[0]
    whole = windows.long_enough(piece, start)
    rng = performing.generator(seed, piece.score_id, 1, number, 0)
    performance = performing.draw(whole, rng)
    return session.perform_pcm(session.heard_part(whole, start, performance), performance, rng)


def test_a_jig_is_read_with_its_repeats(jig):
    assert len(jig.bars) == 32 and jig.bars[3].meter == "6/8"
    assert (jig.tonic, jig.scale, jig.sharps) == (9, "dorian", 1)
    assert (jig.fact("title"), jig.fact("genre"), jig.fact("year")) == ("The Test, Jig", "jig", 1883)
    assert jig.melody[0].pitch == 76


def test_a_tune_whose_bars_do_not_fill_their_meter_is_refused():
    crooked = JIG.replace("BAB G2A|", "BAB G|").replace("eAA EAA|", "eAA EA|")
    with pytest.raises(abc_notation.TuneError, match="do not fill their meter"):
        abc_notation.read(tunes.Tune("test-2", "ryan", crooked))


@pytest.mark.parametrize(("text", "key"), [("Ador", (1, 9, "dorian")), ("E Minor", (1, 4, "minor")),
                                           ("Bb", (-2, 10, "major")), ("D mix", (1, 2, "mixolydian")),
                                           ("F#m", (3, 6, "minor")), ("Glyd", (2, 7, "lydian"))])
def test_abc_keys(text, key):
    assert abc_notation.key_of(text) == key


def test_the_same_performance_is_the_same_sound_whatever_was_played_before(jig):
    first = sound(jig)
    sound(jig, number=1)
    assert np.array_equal(first, sound(jig))
    assert first.dtype == np.int16 and first.shape == (13 * 24_000,)


def test_two_performances_differ_in_sound_and_both_are_fit_to_be_heard(jig):
    one, two = sound(jig, 0), sound(jig, 1)
    assert not np.array_equal(one, two)
    for pcm in (one, two):
        assert accept.complaints(pcm / 32768, 24_000) == []


@pytest.mark.parametrize("name", ["grand piano", "violin", "flute", "marimba", "trombone"])
def test_instruments_sound_the_written_pitch(name):
    from librosa import hz_to_midi, yin

    program = arrange.INSTRUMENTS[name].program
    track = synth.Track("lead", program, (synth.Sounded(0.0, 0.9, 69 if name != "trombone" else 57, 90),), 0.0)
    heard = yin(synth.player().play(track, 1.0)[4_800:19_200].astype(np.float32), fmin=100, fmax=900, sr=24_000,
                frame_length=4096)
    assert abs(hz_to_midi(np.median(heard)) - track.notes[0].pitch) < 0.4


def test_the_melody_is_louder_than_what_accompanies_it(jig):
    whole, start = windows.long_enough(jig, 0), 0
    for number in range(20):
        rng = performing.generator(0, "levels", number)
        performance = performing.draw(whole, rng)
        made = arrange.tracks(session.heard_part(whole, start, performance), performance, rng)
        behind = sum(10 ** (track.level_db / 10) for track in made if track.role not in {"lead", "double"})
        assert made[0].role == "lead" and made[0].level_db == 0.0
        assert behind < 0.5


def song(meter: str = "4/4", n_bars: int = 40, parts: int = 2, **changes: object) -> music.Piece:
    """A made-up song of even eighths in a voice and a piano."""
    count, beat = music.meter_beats(meter)
    rng = np.random.default_rng(0)
    bars = tuple(music.Bar(i * count * beat, count * beat, meter) for i in range(n_bars))
    notes = int(n_bars * count * beat * 2)
    staves = tuple(music.Part("staff", tuple(music.Note(i / 2, 0.5, int(p), 35) for i, p in enumerate(line)))
                   for line in rng.integers(55, 80, (parts, notes)))
    facts = (("title", "Song"), ("composer", "A. Person"), ("repertoire", changes.pop("repertoire", "lieder")))
    return replace(music.Piece("song", staves, bars, 0, 100.0, "marked", facts=facts), **changes)


def test_windows_and_performances_of_a_score_are_recorded_and_described(tmp_path):
    rows, failed = record.record_score(song(), session.Plan(2, 2, "flac"), 0, tmp_path, {}, work_id="w")
    assert [row["track_id"] for row in rows] == ["song-p1", "song-p2", "song-w2-p1", "song-w2-p2"] and not failed
    table = pd.DataFrame(rows)
    assert set(table["work_id"]) == {"w"} and set(table["score_id"]) == {"song"} and table["redistributable"].all()
    assert table["window"].tolist() == [1, 1, 2, 2] and table["performance"].tolist() == [1, 2, 1, 2]
    starts = table.groupby("window")["start_bar"].agg(["min", "max"])
    assert (starts["min"] == starts["max"]).all() and abs(starts["min"].diff().iloc[1]) >= 3
    assert table["instruments"].str[0].is_unique and table["key"].is_unique
    assert table["shared_bars"].between(0.7, 1).all()
    for path in table["path"]:
        info = soundfile_info(tmp_path / path)
        assert (info.format, info.subtype, info.samplerate, info.channels) == ("FLAC", "PCM_16", 24_000, 1)


def test_a_short_piece_gets_fewer_windows_and_no_error(tmp_path, jig):
    rows, failed = record.record_score(jig, session.Plan(1, 6), 0, tmp_path, {})
    assert 1 < len(rows) < 6 and not failed
    assert all(row["shared_bars"] is None for row in rows)


def test_what_is_there_already_is_kept_and_what_lacks_is_made_anew(tmp_path, jig):
    plan = session.Plan(2)
    first, _ = record.record_score(jig, plan, 0, tmp_path, {})
    kept, lost = (tmp_path / row["path"] for row in first)
    lost.unlink()
    stamp = kept.stat().st_mtime_ns
    again, _ = record.record_score(jig, plan, 0, tmp_path, {row["track_id"]: row for row in first})
    assert again == first and lost.is_file() and kept.stat().st_mtime_ns == stamp


def test_an_unfit_recording_is_not_kept(tmp_path, jig, monkeypatch):
    monkeypatch.setattr(encode, "check_file", lambda path: ["sounds odd"])
    monkeypatch.setattr(session, "ATTEMPTS", 1)
    rows, failed = record.record_score(jig, session.Plan(), 0, tmp_path, {})
    assert not rows and "sounds odd" in failed[0].reason
    assert not list((tmp_path / "audio").iterdir())


@pytest.mark.parametrize("odd", [
    lambda: song(parts=0), lambda: song(n_bars=1), lambda: replace(song(), bars=()),
    lambda: replace(song(), parts=(music.Part("drums", ()), song().parts[1])),
    lambda: replace(song(), parts=(music.Part("voice", song().melody[:1]),)),
    lambda: song(quarter_bpm=0.0), lambda: song(repertoire="unheard of"),
])
def test_odd_scores_become_a_failure_with_a_reason(odd, tmp_path):
    rows, failed = record.record_score(odd(), session.Plan(2), 0, tmp_path, {})
    assert not rows and len(failed) == 1 and len(failed[0].reason) > 10 and failed[0].stage == "playing"


@pytest.mark.parametrize(("meter", "repertoire"), [("5/4", "ryan"), ("7/8", "ryan"), ("1/4", "oneill"),
                                                   ("3/2", "quartets"), ("6/16", "aird")])
def test_odd_meters_are_played(meter, repertoire, tmp_path):
    rows, failed = record.record_score(song(meter, 60, 1, repertoire=repertoire, tonic=0, scale="major"),
                                       session.Plan(2, 1, "flac"), 0, tmp_path, {})
    assert len(rows) == 2 and not failed


def test_a_missing_sound_font_is_no_fault_of_the_score(monkeypatch, tmp_path, jig):
    def missing():
        raise soundfont.RenderError("no sound font")

    monkeypatch.setattr(session, "versions", missing)
    with pytest.raises(soundfont.RenderError):
        record.record_score(jig, session.Plan(), 0, tmp_path, {})


def test_an_unknown_encoding_is_refused(tmp_path, jig):
    with pytest.raises(ValueError, match="mp3"):
        record.record_score(jig, session.Plan(encoding="mp3"), 0, tmp_path, {})


UNRELATED = pd.DataFrame(columns=variants.COLUMNS)


def test_a_broken_score_becomes_a_row_and_the_rest_is_recorded(scores, tmp_path):
    out = tmp_path / "out"
    edition = Edition(families=0, tunes=2, lieder=2, quartets=0, twice=2)
    table = build.build(scores, out, edition, workers=1, pairs=UNRELATED)
    failed = pd.read_csv(out / "failed.csv")
    assert failed.loc[failed["stage"] == "reading", "item"].tolist()[0] == "broken"
    assert table["work_id"].nunique() == 3 and "lieder" in set(table["repertoire"])
    assert len(table) == 5 and not (out / build.JOURNAL).exists()


def test_an_interrupted_build_goes_on_and_ends_with_the_same_sound(scores, tmp_path):
    out, edition = tmp_path / "out", Edition(families=0, tunes=2, lieder=1, quartets=0, twice=1)
    first = build.build(scores, out, edition, workers=1, pairs=UNRELATED)
    files = [out / path for path in first["path"]]
    kept = {path: path.stat().st_mtime_ns for path in files[1:]}
    files[0].unlink()
    second = build.build(scores, out, edition, workers=2, pairs=UNRELATED)
    assert second["pcm_sha256"].tolist() == first["pcm_sha256"].tolist()
    assert files[0].is_file() and kept == {path: path.stat().st_mtime_ns for path in kept}


def test_a_family_is_recorded_from_every_collection_as_one_work(scores, tmp_path):
    pairs = pd.read_parquet(tunebook.FOLDER / "variants.parquet")
    edition = Edition(families=2, tunes=0, lieder=0, quartets=0, twice=0)
    table = build.build(scores, tmp_path / "out", edition, workers=1, pairs=pairs)
    assert table["work_id"].nunique() == 2 and table["score_id"].nunique() == len(table) >= 4
    works = table.groupby("work_id")
    assert (works["repertoire"].nunique() == works.size()).all()
    for _, rows in works:
        starts = dict(zip(rows["score_id"], rows["start_bar"], strict=True))
        assert any(families.answers(pairs, one, other).get(starts[one]) == starts[other]
                   for one in starts for other in starts if one != other)


def test_scores_without_an_index_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"index\.csv"):
        build.build(tmp_path, tmp_path / "out", Edition(families=0, tunes=0, lieder=1, quartets=0), workers=1,
                    pairs=UNRELATED)


def test_without_a_sound_font_the_error_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(soundfont, "SOUND_FONTS", ())
    monkeypatch.delenv("SONGSIM_SOUNDFONT", raising=False)
    with pytest.raises(soundfont.RenderError) as error:
        soundfont.sound_font()
    assert all(system in str(error.value) for system in ("apt install", "Colab", "conda", "brew"))


def test_a_room_changes_the_sound_but_not_its_length():
    dry = np.random.default_rng(0).standard_normal(24_000)
    wet = mixing.room(dry, np.random.default_rng(1), seconds=0.5, wet_db=-12)
    assert wet.shape == dry.shape and 0.1 < np.abs(wet - dry).std() < 0.5


def test_committed_recordings_come_out_of_this_code(tmp_path):
    """The catalog's fingerprints: a few tunes of the committed corpus, played again here."""
    corpus = tunebook.catalog()
    fluidsynth, _, font_sha = soundfont.versions()
    if (fluidsynth, font_sha) != tuple(corpus.loc[0, ["fluidsynth", "sound_font_sha256"]]):
        pytest.skip("another FluidSynth or sound font than the corpus was rendered with")
    shelf = {tune.score_id: tune for tune in tunes.collect()}
    first = corpus["repertoire"].isin(tunes.FOLDERS) & (corpus["window"] == 1) & (corpus["performance"] == 1)
    for row in corpus[first].sample(3, random_state=0).itertuples():
        plan = session.Plan(starts=(row.start_bar,))
        made, _ = record.record_score(abc_notation.read(shelf[row.score_id]), plan, 0, tmp_path, {})
        assert made[0]["pcm_sha256"] == row.pcm_sha256, row.track_id
