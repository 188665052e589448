"""Building the corpus: from scores to sound. Needs the extra `[render]`, FluidSynth and a sound font."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from songsim_lib.sources.tunebook import accept, arrange, build, record, soundfont, tunes, windows
from songsim_lib.sources.tunebook import perform as performing
from songsim_lib.sources.tunebook.select import Edition

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
    whole, start = windows.choose(piece, performing.generator(seed, piece.work_id, "window", 0))
    rng = performing.generator(seed, piece.work_id, number, 0)
    performance = performing.draw(whole, rng)
    return record.perform_pcm(record.heard_part(whole, start, performance), performance, rng)


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
    whole, start = windows.choose(jig, np.random.default_rng(0))
    for number in range(20):
        rng = performing.generator(0, "levels", number)
        performance = performing.draw(whole, rng)
        made = arrange.tracks(record.heard_part(whole, start, performance), performance, rng)
        behind = sum(10 ** (track.level_db / 10) for track in made if track.role not in {"lead", "double"})
        assert made[0].role == "lead" and made[0].level_db == 0.0
        assert behind < 0.5


def test_a_broken_score_becomes_a_row_and_the_rest_is_recorded(scores, tmp_path):
    out = tmp_path / "out"
    table = build.build(scores, out, Edition(lieder=2, quartets=0, tunes=2, recordings=5), workers=1)
    failed = pd.read_csv(out / "failed.csv")
    assert failed.loc[failed["stage"] == "reading", "item"].tolist()[0] == "broken"
    assert table["work_id"].nunique() == 3 and set(table["repertoire"]) == {"lieder", "tunes"}
    assert not (out / build.JOURNAL).exists()


def test_an_interrupted_build_goes_on_and_ends_with_the_same_sound(scores, tmp_path):
    out, edition = tmp_path / "out", Edition(lieder=1, quartets=0, tunes=2, recordings=4)
    first = build.build(scores, out, edition, workers=1)
    files = [out / path for path in first["path"]]
    kept = {path: path.stat().st_mtime_ns for path in files[1:]}
    files[0].unlink()
    second = build.build(scores, out, edition, workers=2)
    assert second["pcm_sha256"].tolist() == first["pcm_sha256"].tolist()
    assert files[0].is_file() and kept == {path: path.stat().st_mtime_ns for path in kept}


def test_scores_without_an_index_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"index\.csv"):
        build.build(tmp_path, tmp_path / "out", Edition(lieder=1, quartets=0, tunes=0, recordings=1), workers=1)


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


def test_committed_recordings_come_out_of_this_code(jig):
    """The catalog's fingerprints: a few tunes of the committed corpus, played again here."""
    from songsim_lib.sources import tunebook

    corpus = tunebook.catalog()
    fluidsynth, _, font_sha = soundfont.versions()
    if (fluidsynth, font_sha) != tuple(corpus.loc[0, ["fluidsynth", "sound_font_sha256"]]):
        pytest.skip("another FluidSynth or sound font than the corpus was rendered with")
    shelf = {tune.tune_id: tune for tune in tunes.collect()}
    sample = corpus[(corpus["repertoire"] == "tunes") & (corpus["attempt"] == 0)
                    & corpus["track_id"].str.endswith("-p1")].sample(3, random_state=0)
    for row in sample.itertuples():
        assert record.pcm_sha256(sound(abc_notation.read(shelf[row.work_id]))) == row.pcm_sha256, row.track_id
