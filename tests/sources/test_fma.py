"""The Free Music Archive: what its tables say of each track, as many clips as are asked for, and no wrong archive."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from loopback import Answer, Loopback, mirror  # noqa: F401

from songsim_lib import archives, audio, fetch, splits
from songsim_lib.archives import ArchiveError
from songsim_lib.catalog import CatalogError
from songsim_lib.config import AudioSpec
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import fma

HOST = "os.unil.cloud.switch.ch"
SMALL = SourceChoice.of("fma")
NAMES = [("album", "date_released"), ("album", "title"), ("artist", "name"), ("set", "split"), ("set", "subset"),
         ("track", "duration"), ("track", "genre_top"), ("track", "license"), ("track", "tags"), ("track", "title")]
ROWS = {
    2: ("2009-01-05 00:00:00", "AWOL, A Way", "AWOL", "training", "small", 168, "Hip-Hop", "CC BY-NC-SA", "[]", "Food"),
    10: ("", "Constant\nHitmaker", "Kurt Vile", "test", "small", 161, "", "CC BY", "['lo-fi', \"rock 'n' roll\"]",
         "Freeway"),
    **{number: ("2010-03-01", "Album", f"Artist {number % 3}", "training" if number % 5 else "test", "small", 200.4,
                "Rock", "CC BY", "[]", f"Song {number}") for number in range(11, 26)},
    108925: ("", "", "Artist", "training", "small", 1, "Rock", "CC BY", "[]", "Silent"),
}


def tracks_csv(names=NAMES) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    kept = [NAMES.index(name) for name in names]
    writer.writerows([["", *(a for a, _ in names)], ["", *(b for _, b in names)], ["track_id", *[""] * len(names)]])
    writer.writerows([number, *(row[k] for k in kept)] for number, row in ROWS.items())
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def clips() -> dict[str, bytes]:
    """A small mp3 for each track, one that no table knows, and an empty one."""
    tone = {}
    for number in [*ROWS, 77]:
        buffer = io.BytesIO()
        soundfile.write(buffer, 0.1 * np.sin(np.arange(12_000) * (100 + number % 50) / 8_000), 16_000, format="MP3")
        tone[f"fma_small/{number // 1000:03d}/{number:06d}.mp3"] = buffer.getvalue()
    return tone | {"fma_small/000/000025.mp3": b"", "fma_small/README.txt": b"read me", "fma_small/checksums": b""}


def packed(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in content.items():
            archive.writestr(name, body)
    return buffer.getvalue()


@pytest.fixture
def serve(mirror: Loopback, monkeypatch, clips):  # noqa: F811
    """Serve an archive under its name, and take its sha1 for the published one."""
    def serve(name: str, body: bytes, *first: Answer) -> Loopback:
        monkeypatch.setitem(fma.SHA1, name, hashlib.sha1(body).hexdigest())
        mirror.add(HOST, f"/fma/{name}.zip", *first, Answer(body, type="application/zip", ranges=True))
        return mirror

    monkeypatch.setattr("songsim_lib.fetch.sessions.BACKOFF_S", 0.01)
    serve("fma_metadata", packed({"fma_metadata/tracks.csv": tracks_csv(), "fma_metadata/features.csv": b"not wanted"}))
    serve("fma_small", packed(clips))
    return serve


def test_what_the_tables_say_is_in_the_catalog(serve, tmp_path, clips):
    catalog = fma.source(SMALL, tmp_path, seed=0, max_recordings=100).set_index("track_id")
    assert list(catalog.index) == ["000002", "000010", *(f"{number:06d}" for number in range(11, 25))]
    food, freeway = catalog.loc["000002"], catalog.loc["000010"]
    assert (food["title"], food["artist"], food["genre"], food["licence"]) == ("Food", "AWOL", "Hip-Hop", "CC BY-NC-SA")
    assert (food["year"], food["duration_ms"], food["tags"], food["test"]) == (2009, 168_000, [], False)
    assert pd.isna(freeway["genre"]) and pd.isna(freeway["year"]) and freeway["test"]
    assert freeway["tags"] == ["lo-fi", "rock 'n' roll"]
    assert catalog.loc["000011", "duration_ms"] == 200_400
    assert (catalog["work_id"] == catalog.index).all() and (catalog["recording_id"] == catalog.index).all()
    assert Path(food["path"]).read_bytes() == clips["fma_small/000/000002.mp3"]
    assert len(audio.load(freeway["path"], AudioSpec(), least_s=0.5))


def test_the_published_test_split_is_held_out(serve, tmp_path):
    catalog = fma.source(SMALL, tmp_path, seed=0, max_recordings=100)
    split = splits.split_by_work(catalog, seed=0).set_axis(catalog["track_id"])
    assert set(split.index[split == "test"]) == {"000010", "000015", "000020"}
    assert set(split) == {"train", "validation", "test"}


def test_clips_without_sound_are_left_out_with_a_reason(serve, tmp_path, capsys):
    fma.source(SMALL, tmp_path, seed=0, max_recordings=2)
    failed = pd.read_csv(tmp_path / "downloads/fma/fma_small/failed.csv", dtype=str)
    assert failed.to_numpy().tolist() == [
        ["000025", "not audio", "the file is empty"],
        ["000077", "not found", "tracks.csv does not know it"],
        ["108925", "not audio", "the clip holds no sound, as is known"]]
    assert "1 clip(s) left out, the clip holds no sound, as is known: 108925" in capsys.readouterr().out


def test_only_as_many_clips_as_are_asked_for_are_unpacked(serve, tmp_path):
    drawn = fma.source(SMALL, tmp_path / "a", seed=1, max_recordings=4)["track_id"].tolist()
    assert len(drawn) == 4 and len(list((tmp_path / "a").rglob("*.mp3"))) == 4
    assert fma.source(SMALL, tmp_path / "b", seed=1, max_recordings=4)["track_id"].tolist() == drawn
    assert fma.source(SMALL, tmp_path / "b", seed=2, max_recordings=4)["track_id"].tolist() != drawn
    more = fma.source(SMALL, tmp_path / "a", seed=1, max_recordings=9)["track_id"]
    assert set(drawn) < set(more), "a larger draw holds the smaller one"
    assert not list(tmp_path.rglob("features.csv"))


def test_what_is_there_is_not_fetched_again(serve, tmp_path, mirror):  # noqa: F811
    fma.source(SMALL, tmp_path, seed=0, max_recordings=3)
    fma.source(SMALL, tmp_path, seed=0, max_recordings=3)
    assert [mirror.count(HOST, f"/fma/fma_{name}.zip") for name in ("metadata", "small")] == [1, 1]


def test_the_medium_subset_is_another_archive(serve, tmp_path, clips):
    serve("fma_medium", packed({name.replace("small", "medium"): body for name, body in clips.items()}))
    catalog = fma.source(SourceChoice.of("fma:subset=medium"), tmp_path, seed=0, max_recordings=100)
    assert len(catalog) == 16 and catalog["path"].str.contains("/fma_medium/").all()


def test_another_sha1_is_refused_and_the_file_deleted(serve, tmp_path, monkeypatch):
    monkeypatch.setitem(fma.SHA1, "fma_small", "0" * 40)
    with pytest.raises(fetch.FetchError, match=r"fma_small\.zip: what arrived has another sha1") as caught:
        fma.source(SMALL, tmp_path, seed=0, max_recordings=3)
    assert caught.value.cause == "damaged archive"
    assert not list(tmp_path.rglob("fma_small*")) and not list(tmp_path.rglob("*.mp3"))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_download_goes_on_where_it_stopped(serve, tmp_path, clips, ranges):
    body = packed(clips)
    server = serve("fma_small", body, Answer(body, sent=0.5, ranges=ranges), Answer(body, ranges=ranges))
    assert len(fma.source(SMALL, tmp_path, seed=0, max_recordings=100)) == 16
    asked = [request.headers.get("Range") for request in server.requests if request.path.endswith("small.zip")]
    assert asked == [None, f"bytes={int(len(body) * 0.5)}-"]


def test_a_killed_download_is_gone_on_with_by_the_next_run(serve, tmp_path, clips):
    body = packed(clips)
    server = serve("fma_small", body, *[Answer(body, sent=0.2, ranges=True)] * 3)
    with pytest.raises(fetch.FetchError):
        fma.source(SMALL, tmp_path, seed=0, max_recordings=3)
    (part,) = tmp_path.rglob("fma_small.zip.part")
    have = part.stat().st_size
    assert 0 < have < len(body)
    assert len(fma.source(SMALL, tmp_path, seed=0, max_recordings=3)) == 3
    assert server.requests[-1].headers["Range"] == f"bytes={have}-"


def test_an_interrupted_unpacking_goes_on_where_it_stopped(serve, tmp_path, monkeypatch):
    copy, seen = archives.shutil.copyfileobj, []

    def stop_at_the_fourth(content, file, *rest):
        if file.name.endswith(".mp3"):
            seen.append(file.name)
        if len(seen) == 4:
            raise KeyboardInterrupt
        copy(content, file, *rest)

    monkeypatch.setattr(archives.shutil, "copyfileobj", stop_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        fma.source(SMALL, tmp_path, seed=0, max_recordings=10)
    assert len(list(tmp_path.rglob("[0-9]*.mp3"))) == 3 and not list(tmp_path.rglob(".*.mp3"))
    assert len(fma.source(SMALL, tmp_path, seed=0, max_recordings=10)) == 10
    assert len(seen) == 4 + 7, "the three that were whole are not unpacked again"


def test_paths_out_of_the_folder_are_refused_even_with_the_right_sha1(serve, tmp_path, clips):
    serve("fma_small", packed(clips | {"../../../evil.mp3": b"evil"}))
    with pytest.raises(ArchiveError, match="lies outside the folder"):
        fma.source(SMALL, tmp_path / "cache", seed=0, max_recordings=3)
    assert not list(tmp_path.rglob("*.mp3"))


def test_a_clip_that_unpacks_to_more_than_a_clip_is_refused(serve, tmp_path, monkeypatch, clips):
    monkeypatch.setattr(fma, "CLIP_BYTES", 1_000)
    with pytest.raises(ArchiveError, match="files of more than 1,000 bytes"):
        fma.source(SMALL, tmp_path, seed=0, max_recordings=3)
    assert not list(tmp_path.rglob("*.mp3"))


def test_tables_without_a_column_are_named(serve, tmp_path):
    names = [name for name in NAMES if name not in (("track", "title"), ("set", "split"))]
    serve("fma_metadata", packed({"fma_metadata/tracks.csv": tracks_csv(names)}))
    with pytest.raises(CatalogError, match=r"tracks\.csv lacks the column\(s\) track title, set split"):
        fma.source(SMALL, tmp_path, seed=0, max_recordings=3)


def test_archives_without_what_is_wanted_are_named(serve, tmp_path):
    serve("fma_small", packed({"fma_small/README.txt": b""}))
    with pytest.raises(CatalogError, match="the archive holds 0 clips"):
        fma.source(SMALL, tmp_path, seed=0, max_recordings=3)
    serve("fma_metadata", packed({"fma_metadata/genres.csv": b""}))
    with pytest.raises(CatalogError, match=r"fma_metadata\.zip holds no fma_metadata/tracks\.csv"):
        fma.source(SMALL, tmp_path / "other", seed=0, max_recordings=3)
