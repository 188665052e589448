"""A folder is indexed once; what is new, changed or gone is followed; nothing that is there is lost."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest
import soundfile
import sounds
from searched import RATE_HZ, clustered, write

from songsim_lib.audio import AudioError
from songsim_lib.catalog import CatalogError
from songsim_lib.composition.network import CompositionNet
from songsim_lib.search import embedding, engine
from songsim_lib.search.index import SearchIndexError
from songsim_lib.search.opening import open_index
from songsim_lib.search.query import search
from songsim_lib.search.update import update

HOLDER = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(1)
"""


@pytest.fixture
def root(tmp_path):
    for number in range(4):
        write(tmp_path / "music" / f"work {number}" / "a.wav", number)
    return tmp_path / "music"


@pytest.fixture
def indexed(root, net, tmp_path, monkeypatch):
    """Bring the folder's index up to date; `indexed.heard` names the files that were embedded by then."""
    original, heard = embedding.embed_file, []

    def listen(path, *args):
        heard.append(os.path.relpath(path, root))
        return original(path, *args)

    monkeypatch.setattr(embedding, "embed_file", listen)

    def run(**how):
        heard.clear()
        return update(root, net, tmp_path / "cache", **how)

    run.heard = heard
    return run


def contents(index):
    """Every recording's vectors, by name."""
    return {track: index.vectors[index.rows(row)].tobytes() for row, track in enumerate(index.recordings["track_id"])}


def test_an_index_holds_the_windows_of_every_recording(indexed, root, net, tmp_path):
    index = indexed()
    assert index.recordings["track_id"].tolist() == [f"work {number}/a.wav" for number in range(4)]
    points = embedding.embed_file(root / "work 2" / "a.wav", net, embedding.AudioSpec())
    mine = index.rows(2)
    assert np.array_equal(index.vectors[mine], points.vectors) and index.vectors.dtype == np.float32
    assert index.windows["start_s"][mine].tolist() == points.starts_s.tolist()
    assert index.windows["end_s"][mine].tolist() == points.ends_s.tolist()
    assert (index.windows["recording"][mine] == 2).all() and index.failed.empty
    assert contents(open_index(root, net, tmp_path / "cache")) == contents(index)
    assert not list(index.folder.glob("new/*")) and len(list(index.folder.iterdir())) == 4


def test_nothing_is_done_again_while_nothing_has_changed(indexed, monkeypatch):
    first = indexed()
    monkeypatch.setattr("songsim_lib.sources.folder.catalog", lambda *_: pytest.fail("the tags were read again"))
    assert contents(indexed()) == contents(first) and not indexed.heard


def test_what_is_new_changed_or_gone_is_followed(indexed, root):
    before = contents(indexed())
    write(root / "work 1" / "b.wav", 11)
    write(root / "work 2" / "a.wav", 12)
    (root / "work 0" / "a.wav").unlink()
    index = indexed()
    assert sorted(indexed.heard) == ["work 1/b.wav", "work 2/a.wav"]
    after = contents(index)
    assert set(after) == {"work 1/a.wav", "work 1/b.wav", "work 2/a.wav", "work 3/a.wav"}
    assert all(after[track] == before[track] for track in ("work 1/a.wav", "work 3/a.wav"))
    assert after["work 2/a.wav"] != before["work 2/a.wav"]
    assert index.about["last_update"] == {"embedded": 2, "kept": 2, "dropped": 2}
    assert index.ids.tolist() == [2, 3, 6, 7, 8, 9, 10, 11], "the ids of what has gone are not given again"
    assert sorted(path.name for path in index.folder.iterdir()) == [
        "index.json", "recordings-2.parquet", "vectors-2.npy", "windows-2.parquet"]


def test_titles_and_works_follow_the_index_of_the_folder_without_listening_again(indexed, root):
    indexed()
    rows = [f'work {number}/a.wav,"Song {number}",Ann,{number % 2}' for number in range(4)]
    for title in ("Song 1", "Gnos 1"):  # as long as the other
        (root / "index.csv").write_text("\n".join(["file,title,artist,work_id", *rows]).replace("Song 1", title))
        table = indexed().recordings
        assert not indexed.heard
        assert table["title"].tolist() == ["Song 0", title, "Song 2", "Song 3"] and set(table["artist"]) == {"Ann"}
        assert table["work_id"].tolist() == ["0", "1", "0", "1"]


@pytest.mark.fault("interrupted")
def test_an_interrupted_indexing_goes_on_where_it_stopped(indexed, monkeypatch):
    whole = contents(indexed())
    listen, calls = embedding.embed_file, []

    def interrupted(path, *args):
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return listen(path, *args)

    with monkeypatch.context() as patch:
        patch.setattr(embedding, "embed_file", interrupted)
        with pytest.raises(KeyboardInterrupt):
            indexed(fresh=True)
    assert contents(indexed()) == whole
    assert indexed.heard == ["work 2/a.wav", "work 3/a.wav"]


@pytest.mark.fault("interrupted")
def test_an_update_that_is_killed_while_it_writes_leaves_the_old_index(indexed, root, net, tmp_path, monkeypatch):
    before = contents(indexed())
    write(root / "work 9" / "a.wav", 9)
    with monkeypatch.context() as patch:
        patch.setattr("songsim_lib.search.writing.write_json", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            indexed()
    assert contents(open_index(root, net, tmp_path / "cache")) == before
    assert set(contents(indexed())) == {*before, "work 9/a.wav"} and not indexed.heard


def test_files_that_cannot_be_used_are_listed_and_the_rest_goes_on(indexed, root):
    (root / "text.mp3").write_text("this is not music")
    soundfile.write(root / "short.wav", sounds.tone(2, 8_000), 8_000)
    soundfile.write(root / "silent.wav", np.zeros(14 * 8_000), 8_000)
    soundfile.write(root / "noise.wav", 0.1 * np.random.default_rng(0).standard_normal(12 * RATE_HZ), RATE_HZ)
    index = indexed()
    reasons = index.failed.set_index("track_id")["reason"]
    assert sorted(reasons.index) == ["noise.wav", "short.wav", "silent.wav", "text.mp3"]
    for track, word in {"noise.wav": "holds no pitches", "short.wav": "too short", "silent.wav": "is silent",
                        "text.mp3": "not readable"}.items():
        assert word in reasons[track] and track in reasons[track]
    assert len(index.recordings) == 8 and set(index.windows["recording"]) == {
        row for row, reason in enumerate(index.recordings["reason"]) if not reason}
    write(root / "more.wav", 7)
    assert len(indexed().failed) == 4 and indexed.heard == ["more.wav"], "they are not tried again"


def test_windows_without_music_are_not_indexed(indexed, root):
    pause = np.zeros(30 * RATE_HZ)
    sound = soundfile.read(root / "work 0" / "a.wav")[0]
    soundfile.write(root / "work 0" / "a.wav", np.concatenate([sound, pause, sound]), RATE_HZ)
    index = indexed()
    mine = index.windows[index.windows["recording"] == 0]
    assert index.recordings["left_out"].tolist() == [index.recordings["left_out"][0], 0, 0, 0]
    assert index.recordings["left_out"][0] >= 3
    assert not mine["start_s"].between(12.5, 31).any() and mine["start_s"].max() > 40


def test_when_nothing_can_be_used_the_first_reason_is_given(net, tmp_path):
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "text.mp3").write_text("this is not music")
    with pytest.raises(AudioError, match=r"none of the 1 recordings.*text\.mp3"):
        update(tmp_path / "music", net, tmp_path / "cache")
    for nothing in ("", tmp_path / "none"):
        with pytest.raises(CatalogError, match="there is no folder"):
            update(nothing, net, tmp_path / "cache")


def test_a_folder_that_is_not_indexed_is_named(root, net, tmp_path):
    with pytest.raises(SearchIndexError, match="music is not indexed yet"):
        open_index(root, net, tmp_path / "cache")


def test_another_network_has_an_index_of_its_own(indexed, root, net, tmp_path):
    mine = indexed()
    other = CompositionNet((8, 8, 16, 16)).eval()
    with pytest.raises(SearchIndexError, match="not indexed yet"):
        open_index(root, other, tmp_path / "cache")
    write(tmp_path / "query.wav", 1)
    with pytest.raises(SearchIndexError, match="another network"):
        search(tmp_path / "query.wav", mine, net=other)


def _object(path):
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


DAMAGES = {
    "no vectors": ("vectors-1.npy", lambda path: path.unlink()),
    "half of the vectors": ("vectors-1.npy", lambda path: path.write_bytes(path.read_bytes()[:2_000])),
    "pickled vectors": ("vectors-1.npy", _object),
    "other vectors": ("vectors-1.npy", lambda path: np.save(path, np.zeros((3, 256), np.float32))),
    "no table": ("windows-1.parquet", lambda path: path.write_bytes(b"PAR1")),
    "another table": ("windows-1.parquet", lambda path: path.write_bytes(
        path.with_name("recordings-1.parquet").read_bytes())),
    "a pickle": ("recordings-1.parquet", lambda path: path.write_bytes(pickle.dumps([1]))),
    "half a manifest": ("index.json", lambda path: path.write_text(path.read_text()[:50])),
    "bytes": ("index.json", lambda path: path.write_bytes(b"\xff\xfe\x00")),
    "a list": ("index.json", lambda path: path.write_text("[]")),
    "no files": ("index.json", lambda path: path.write_text(json.dumps(
        {**json.loads(path.read_text()), "files": None}))),
    "another format": ("index.json", lambda path: path.write_text(path.read_text().replace('mat": 1', 'mat": 0'))),
}


@pytest.mark.fault("tampered file")
def test_a_damaged_or_foreign_index_is_refused_and_made_anew(root, net, tmp_path, capsys, monkeypatch, faults):
    faults(len(DAMAGES))
    points = embedding.heard(root / "work 0" / "a.wav", net, embedding.AudioSpec())
    monkeypatch.setattr(embedding, "heard", lambda *_: points)  # what is heard does not matter here
    whole = contents(update(root, net, tmp_path / "cache"))
    for what, (name, damage) in DAMAGES.items():
        folder = update(root, net, tmp_path / "cache", fresh=True).folder
        damage(folder / name)
        with pytest.raises(SearchIndexError, match=r"(damaged|of another format).*delete"):
            open_index(root, net, tmp_path / "cache")
        capsys.readouterr()
        assert contents(update(root, net, tmp_path / "cache")) == whole, what
        assert "it is made anew" in capsys.readouterr().out


@pytest.mark.fault("two at once")
def test_of_two_that_index_at_once_one_waits_and_finds_it_done(indexed, capsys):
    runs = [threading.Thread(target=indexed) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    index = indexed()
    assert len(index.recordings) == 4 and index.about["generation"] == 1, "it was made once"
    assert capsys.readouterr().out.count("waiting for it") <= 1, "the second may come when the first is done"


@pytest.mark.fault("two at once")
def test_a_process_that_indexes_keeps_another_out(indexed, capsys):
    folder = indexed().folder
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(folder.with_name(f".{folder.name}.lock"))],
                          stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        indexed()
        assert holder.wait() == 0, "it waited for the other"
    assert "another process is indexing" in capsys.readouterr().out


@pytest.mark.fault("text of strangers")
def test_names_of_every_kind_are_kept(net, tmp_path):
    names = ["Für Elise.wav", "夜曲.wav", "a'b\"c;d,e.wav", "--help.wav", "x\x1b[31mred.wav", "two\nlines.wav"]
    for number, name in enumerate(names):
        write(tmp_path / "music" / name, number, seconds=4)
    index = update(tmp_path / "music", net, tmp_path / "cache")
    assert sorted(index.recordings["track_id"]) == sorted(names)


def test_a_large_folder_has_an_engine_on_disk_that_follows_changes(indexed, root, monkeypatch):
    rng, made = np.random.default_rng(0), []

    def heard(path, *_):
        made.append(path)
        return {"vectors": clustered(rng, 300, 20), "starts_s": np.arange(300.0), "ends_s": np.arange(300.0) + 10,
                "left_out": np.array(0), "reason": np.array("")}

    monkeypatch.setattr(embedding, "heard", heard)
    monkeypatch.setattr(engine, "recipe", lambda n: "IVF8,SQ8")
    monkeypatch.setattr(engine, "PROBED", 8)
    first = indexed()
    assert first.about["engine"]["trained_on"] == 1_200 and (first.folder / "engine-1.faiss").is_file()
    (root / "work 1" / "a.wav").unlink()
    write(root / "work 8" / "a.wav", 8)
    monkeypatch.setattr(engine, "build", lambda *_: pytest.fail("it was trained again"))
    index = indexed()
    assert len(made) == 5 and index.engine.ntotal == 1_200
    for row in (0, 700, 1_100):
        found = engine.nearest(index.engine, index.vectors[row : row + 1], 1)[1]
        assert found[0, 0] == index.ids[row]
    assert sorted(path.suffix for path in index.folder.iterdir()) == [".faiss", ".json", ".npy", ".parquet", ".parquet"]
    monkeypatch.undo()
    (index.folder / index.about["engine"]["file"]).write_bytes(b"IxFI" + b"\xff" * 100)
    assert open_again(index).engine.ntotal == 1_200, "a damaged engine is filled anew"


def open_again(index):
    from songsim_lib.search.opening import read

    return read(index.root, index.folder, index.about["made_from"])
