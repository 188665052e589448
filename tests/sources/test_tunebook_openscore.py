"""Fetching the OpenScore files: what is listed and whole comes in, and nothing else. A server of our own gives it."""

from __future__ import annotations

import io
import socket
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from loopback import Answer, Loopback, mirror  # noqa: F401

from songsim_lib.sources.tunebook import openscore, scores

pytest.importorskip("pooch", reason="fetching needs the extra [render]: pooch is missing")

LIEDER, QUARTETS = openscore.COMMITS
FILES = {
    "lieder/lc1.mxl": ("OpenScore/Lieder/scores/Abbott,_Jane/_/One", b"one"),
    "lieder/lc2.mxl": ("OpenScore/Lieder/scores/Müller,_Á/Set/2_Two’s", b"two"),
    "quartets/sq3.mxl": ("OpenScore/StringQuartets/scores/Bartók,_Béla/Three", b"three"),
}


@pytest.fixture
def archives() -> dict[str, dict[str, bytes]]:
    """What each repository's archive holds, as the repositories have it."""
    packed: dict[str, dict[str, bytes]] = {LIEDER: {}, QUARTETS: {}}
    for file, (place, content) in FILES.items():
        repository = "/".join(place.split("/")[:2])
        root = f"{repository.split('/')[1]}-{openscore.COMMITS[repository]}"
        packed[repository][f"{root}/{place.split('/', 2)[2]}/{Path(file).name}"] = content
        packed[repository][f"{root}/README.md"] = b"# Scores"
    return packed


class Server:
    """Gives archives at /OWNER/REPOSITORY/archive/COMMIT.zip; breaks off after a part of those in `sent`."""

    def __init__(self, archives: dict[str, dict[str, bytes]], loopback: Loopback) -> None:
        self.archives, self.loopback, self.sent = archives, loopback, {}
        for repository, commit in openscore.COMMITS.items():
            loopback.add("github.com", f"/{repository}/archive/{commit}.zip",
                         lambda _, repository=repository: Answer(self.archive(repository), type="application/zip",
                                                                 sent=self.sent.get(repository, 1.0)))

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self.loopback.requests]

    def archive(self, repository: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:
            for name, content in self.archives[repository].items():
                packed.writestr(name, content)
        return buffer.getvalue()


@pytest.fixture
def server(archives, mirror, monkeypatch) -> Server:  # noqa: F811
    monkeypatch.setattr("songsim_lib.fetch.sessions.BACKOFF_S", 0.01)
    return Server(archives, mirror)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    rows = [(file, "A. Person", "1850", "", "", "Title", place, scores.short_hash(content))
            for file, (place, content) in FILES.items()]
    path = tmp_path / "scores.csv"
    pd.DataFrame(rows, columns=list(scores.COLUMNS)).to_csv(path, index=False)
    return path


def test_listed_files_come_in_once_and_can_be_collected(server, manifest, tmp_path):
    folder = openscore.fetch(tmp_path / "cache", manifest)
    found = scores.collect(folder)
    assert [score.score_id for score in found] == ["lc1", "lc2", "sq3"]
    assert [score.path.read_bytes() for score in found] == [content for _, content in FILES.values()]
    assert {score.repertoire for score in found} == {"lieder", "quartets"}
    assert found[0].source == "OpenScore/Lieder/scores/Abbott,_Jane/_/One/lc1.mxl"
    assert (found[0].born, found[0].died, found[0].collection) == (1850, None, None)
    assert sorted(path.name for path in folder.iterdir()) == ["lieder", "quartets", "scores.csv"], "archives are gone"
    assert len(server.asked) == 2 and all(commit in str(server.asked) for commit in openscore.COMMITS.values())
    openscore.fetch(folder, manifest)
    assert len(server.asked) == 2, "what is there is not fetched again"


def test_a_lost_or_damaged_file_is_fetched_again_and_the_others_stay(server, manifest, tmp_path):
    folder = openscore.fetch(tmp_path / "cache", manifest)
    (folder / "lieder" / "lc1.mxl").write_bytes(b"damaged")
    kept = (folder / "lieder" / "lc2.mxl").stat().st_mtime_ns
    openscore.fetch(folder, manifest)
    assert (folder / "lieder" / "lc1.mxl").read_bytes() == b"one"
    assert (folder / "lieder" / "lc2.mxl").stat().st_mtime_ns == kept
    assert [QUARTETS in path for path in server.asked] == [False, True, False]


def test_a_tampered_file_is_refused_by_name(server, archives, manifest, tmp_path):
    name = next(name for name in archives[QUARTETS] if name.endswith("sq3.mxl"))
    archives[QUARTETS][name] = b"another score"
    with pytest.raises(openscore.FetchError, match=r"sq3\.mxl is not what scores\.csv says.*\n?.*--scores PATH"):
        openscore.fetch(tmp_path / "cache", manifest)
    assert not (tmp_path / "cache" / "quartets" / "sq3.mxl").exists()
    assert not list((tmp_path / "cache").glob("*.zip"))


def test_a_file_that_the_archive_lacks_is_named(server, archives, manifest, tmp_path):
    archives[QUARTETS] = {"StringQuartets/README.md": b""}
    with pytest.raises(openscore.FetchError, match=r"sq3\.mxl is not in the archive"):
        openscore.fetch(tmp_path / "cache", manifest)


def test_no_path_of_an_archive_is_used(server, archives, manifest, tmp_path):
    """Entries that point out of the folder are ignored; one that bears a listed name lands in the list's place."""
    archives[LIEDER]["../../evil.txt"] = b"evil"
    archives[LIEDER]["/tmp/../evil.mxl"] = b"evil"
    content = archives[LIEDER].pop(next(name for name in archives[LIEDER] if name.endswith("lc1.mxl")))
    archives[LIEDER]["../../../lc1.mxl"] = content
    folder = openscore.fetch(tmp_path / "below" / "cache", manifest)
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {"scores.csv", *(f"below/cache/{file}" for file in [*FILES, "scores.csv"])}
    assert (folder / "lieder" / "lc1.mxl").read_bytes() == b"one"


def test_an_interrupted_fetch_goes_on_with_the_archive_it_lacks(server, manifest, tmp_path):
    server.sent[QUARTETS] = 0.2
    with pytest.raises(openscore.FetchError, match="could not be fetched"):
        openscore.fetch(tmp_path / "cache", manifest)
    assert (tmp_path / "cache" / "lieder" / "lc1.mxl").exists()
    server.sent.clear()
    openscore.fetch(tmp_path / "cache", manifest)
    assert len(scores.collect(tmp_path / "cache")) == 3
    assert sum(LIEDER in path for path in server.asked) == 1


def test_an_archive_that_is_no_archive_is_fetched_anew_next_time(server, manifest, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(server, "archive", lambda repository: b"<html>busy</html>")
        with pytest.raises(openscore.FetchError, match="damaged"):
            openscore.fetch(tmp_path / "cache", manifest)
    assert len(scores.collect(openscore.fetch(tmp_path / "cache", manifest))) == 3


def test_without_a_connection_the_error_names_the_way_round(manifest, tmp_path, monkeypatch):
    monkeypatch.setattr("songsim_lib.fetch.sessions.BACKOFF_S", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("SONGSIM_MIRROR", f"http://127.0.0.1:{port}")
    with pytest.raises(openscore.FetchError, match=r"could not be fetched(.|\n)*--scores PATH"):
        openscore.fetch(tmp_path / "cache", manifest)


def test_the_committed_list_is_small_and_complete():
    listed = pd.read_csv(openscore.MANIFEST, dtype=str)
    assert openscore.MANIFEST.stat().st_size < 300_000
    assert list(listed.columns) == list(scores.COLUMNS)
    assert listed["file"].is_unique and len(listed) > 1_500
    assert listed["sha256"].str.fullmatch("[0-9a-f]{16}").all()
    assert listed["file"].str.fullmatch(r"(lieder/lc|quartets/sq)[0-9]+\.mxl").all()
    assert set(listed["source"].str.split("/").str[:2].str.join("/")) == set(openscore.COMMITS)


def test_a_folder_with_an_index_and_one_that_was_fetched_give_the_same_scores(tmp_path):
    folder = tmp_path / "index"
    (folder / "lieder").mkdir(parents=True)
    (folder / "lieder" / "lc7.mxl").write_bytes(b"seven")
    row = ["lieder/lc7.mxl", "Zemlinsky, Alexander von", "_", "3 Title", "OpenScore/Lieder", "c",
           "scores/Z/_/3_Title/lc7.mxl"]
    columns = ["file", "composer", "set", "title", "repo", "commit", "path"]
    pd.DataFrame([row], columns=columns).to_csv(folder / "index.csv", index=False)
    (folder / "lieder_composers.tsv").write_text("path\tname\tborn\tdied\nZ\tAlexander Zemlinsky\t1871\t\n")
    indexed = scores.collect(folder)
    scores.save_list(indexed, folder / scores.LIST)
    assert scores.collect(folder) == indexed
    assert (indexed[0].title, indexed[0].composer, indexed[0].born) == ("Title", "Alexander Zemlinsky", 1871)
    with pytest.raises(scores.ScoreError, match=r"openscore\.COMMITS"):
        openscore.write_manifest(folder, tmp_path / "list.csv")


def test_a_folder_without_a_list_is_refused(tmp_path):
    with pytest.raises(scores.ScoreError, match=r"index\.csv"):
        scores.collect(tmp_path)
