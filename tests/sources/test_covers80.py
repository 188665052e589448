"""covers80 comes in whole, says which files it has, and what is not covers80 is not taken for it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from loopback import Answer, Loopback, mirror  # noqa: F401

from songsim_lib import fetch
from songsim_lib.archives import ArchiveError
from songsim_lib.source_choice import SourceChoice
from songsim_lib.sources import covers80, folder

HOST, PATH = "labrosa.ee.columbia.edu", "/projects/coversongs/covers80/covers80.tgz"
PLACE = "coversongs/covers32k"
VERSIONS = [4, 3, 3, *[2] * 77]  # of each work


@pytest.fixture(scope="module")
def recordings() -> dict[str, bytes]:
    """164 small recordings of 80 works, named as in covers80."""
    buffer = io.BytesIO()
    soundfile.write(buffer, 0.1 * np.sin(np.arange(8_000) / 10), 16_000, format="MP3")
    return {f"{PLACE}/Song_{work:02d}/some_artist_{version}+An_Album+0{version + 1}-Song_{work:02d}.mp3":
            buffer.getvalue() + f"TAG{work}-{version}".encode()
            for work, versions in enumerate(VERSIONS) for version in range(versions)}


@pytest.fixture(scope="module")
def lists(recordings) -> dict[str, bytes]:
    """The two lists: a first and a second version of each work."""
    entries = [name.removeprefix(f"{PLACE}/").removesuffix(".mp3") for name in recordings]
    return {f"{PLACE}/list{version + 1}.list": "".join(f"{name}\n" for name in entries if f"artist_{version}" in name)
            .encode() for version in range(2)}


def packed(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, body in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


@pytest.fixture
def server(mirror: Loopback, recordings, lists) -> Loopback:  # noqa: F811
    others = {"coversongs/README": b"covers", f"{PLACE}/Song_00/._hidden.mp3": b"of a Mac"}
    mirror.add(HOST, PATH, Answer(packed(recordings | lists | others), ranges=True))
    return mirror


def test_all_recordings_are_for_testing_only(server, tmp_path, recordings, capsys):
    catalog = covers80.source(SourceChoice.of("covers80"), tmp_path, seed=0, max_recordings=1_000)
    assert "all 164 files" in capsys.readouterr().out
    assert (len(catalog), catalog["work_id"].nunique(), catalog["recording_id"].nunique()) == (164, 80, 164)
    assert catalog["test"].all()
    assert catalog["work_id"].value_counts().value_counts().to_dict() == {2: 77, 3: 2, 4: 1}
    first = catalog.set_index("track_id").loc[f"{PLACE}/Song_07/some_artist_1+An_Album+02-Song_07.mp3"]
    assert (first["title"], first["artist"], first["work_id"]) == ("Song 07", "some artist 1", "Song_07")
    assert Path(first["path"]).read_bytes() == recordings[f"{PLACE}/Song_07/some_artist_1+An_Album+02-Song_07.mp3"]


def test_the_listed_pairs_alone(server, tmp_path, capsys):
    catalog = covers80.source(SourceChoice.of("covers80:files=160"), tmp_path, seed=0, max_recordings=1_000)
    assert "160 files of the 80 listed pairs" in capsys.readouterr().out
    assert len(catalog) == 160 and set(catalog["work_id"].value_counts()) == {2}
    assert not catalog["track_id"].str.contains("artist_[23]").any()


def test_fewer_recordings_are_whole_works(server, tmp_path):
    catalog = covers80.source(SourceChoice.of("covers80"), tmp_path, seed=3, max_recordings=20)
    assert 16 <= len(catalog) <= 20 and folder.require_versions(catalog) is not None
    assert (catalog["work_id"].value_counts() >= 2).all()


def test_a_folder_of_each_choice_can_be_read_beside_the_other(server, tmp_path):
    both = {files: covers80.folder(tmp_path, files) for files in ("164", "160")}
    assert {files: len(folder.catalog(place)) for files, place in both.items()} == {"164": 164, "160": 160}
    assert server.count() == 1, "the archive is fetched once"
    covers80.folder(tmp_path)
    assert server.count() == 1


def test_what_is_lost_is_unpacked_again(server, tmp_path):
    place = covers80.folder(tmp_path)
    lost = sorted(place.rglob("*.mp3"))[5]
    content = lost.read_bytes()
    lost.unlink()
    assert covers80.folder(tmp_path) == place and lost.read_bytes() == content


def test_an_interrupted_unpacking_leaves_no_index(server, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        def stop(*_):
            raise KeyboardInterrupt
        broken.setattr(covers80, "describe", stop)
        with pytest.raises(KeyboardInterrupt):
            covers80.folder(tmp_path)
    assert not list(tmp_path.rglob("index.csv"))
    assert len(folder.catalog(covers80.folder(tmp_path))) == 164
    assert server.count() == 1


def test_a_cut_download_goes_on_where_it_stopped(mirror, recordings, lists, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("songsim_lib.fetch.sessions.BACKOFF_S", 0.01)
    body = packed(recordings | lists)
    mirror.add(HOST, PATH, Answer(body, sent=0.4, ranges=True), Answer(body, ranges=True))
    assert len(folder.catalog(covers80.folder(tmp_path))) == 164
    asked = [request.headers.get("Range") for request in mirror.requests]
    assert asked == [None, f"bytes={int(len(body) * 0.4)}-"]


@pytest.mark.parametrize("wrong", ["html", "one file less", "damaged", "link", "outside"])
def test_what_is_not_covers80_is_deleted_and_fetched_anew(server, recordings, lists, tmp_path, wrong):
    content = recordings | lists
    right = packed(content)
    less = packed({name: body for name, body in content.items() if "artist_3" not in name})
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w:gz") as archive:
        for name, body in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            if "artist_3" in name:
                info.type, info.linkname, info.size = tarfile.SYMTYPE, "/etc/passwd", 0
            archive.addfile(info, io.BytesIO(body))
    bodies = {"html": b"<html>moved</html>", "one file less": less, "damaged": right[:-8] + b"crc?" + right[-4:],
              "link": link.getvalue(), "outside": packed(content | {"../../evil": b"evil"})}
    server.add(HOST, PATH, Answer(bodies[wrong]), Answer(right))
    with pytest.raises(ArchiveError, match=r"covers80\.tgz"):
        covers80.folder(tmp_path / "cache")
    assert not list(tmp_path.rglob("*.mp3")) and not list(tmp_path.rglob("evil")) and not list(tmp_path.rglob("*.tgz"))
    assert len(folder.catalog(covers80.folder(tmp_path / "cache"))) == 164


@pytest.mark.parametrize("change", ["unknown", "short", "long", "mixed"])
def test_lists_that_do_not_pair_the_works_are_refused(server, recordings, lists, tmp_path, change):
    name = f"{PLACE}/list2.list"
    lines = lists[name].decode().splitlines()
    lines = {"unknown": ["Song_00/nobody+Nothing+01-Song_00", *lines[1:]], "short": lines[1:],
             "long": lines + lines[:1], "mixed": lines[1:] + lines[:1]}[change]
    server.add(HOST, PATH, Answer(packed(recordings | lists | {name: "\n".join(lines).encode()})))
    with pytest.raises(ArchiveError, match="do not pair 80 works"):
        covers80.folder(tmp_path, "160")
    assert not list(tmp_path.rglob("index.csv"))


def test_a_server_that_does_not_know_the_file_is_told(mirror, tmp_path):  # noqa: F811
    with pytest.raises(fetch.FetchError, match=r"covers80\.tgz.*404"):
        covers80.folder(tmp_path)
    assert not list(tmp_path.rglob("files-*"))


@pytest.mark.parametrize(("file", "told"), [
    ("a/Abracadabra/sugar_ray+14_59+11-Abracadabra.mp3", ("Abracadabra", "sugar ray", "14 59", "Abracadabra")),
    ("a/A/steve_miller_band+Steve_Miller_Band_Live_+09-99_Red.mp3",
     ("A", "steve miller band", "Steve Miller Band Live", "99 Red")),
    ("a/W/artist+Songs+More+3-T.mp3", ("W", "artist", "Songs+More", "T")),
    ("a/W/plain.mp3", ("W", "", "", "plain")),
])
def test_names_of_files_tell_artist_album_and_title(file, told):
    said = pd.Series(covers80.describe(file))
    assert tuple(said[["work_id", "artist", "album", "title"]]) == told
