"""Whatever a server does, the right bytes arrive or a row in failed.csv: never a wrong file, never a hang."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import pytest
import requests
from loopback import Answer, Loopback, redirect

from songsim_lib import fetch
from songsim_lib.fetch import connections, streams

HOST = "songs.example"
HTML = b"<!DOCTYPE html><html><body>This song is not available.</body></html>" * 40
ADDRESS = f"https://{HOST}/a.mp3?signature=secret"


def one(session: requests.Session, url: str, path: Path) -> Path:
    return fetch.download(session, url, path.with_suffix(".mp3"), limit_bytes=200_000, check=fetch.sound)


def fetched(folder: Path, url: str = ADDRESS) -> fetch.Fetched:
    begin = time.monotonic()
    result = fetch.batch([url], key=lambda _: "a", one=one, folder=folder, workers=1)
    assert time.monotonic() - begin < 10
    return result


def failure(folder: Path, url: str = ADDRESS) -> str:
    """Fetch what cannot be fetched: the cause in failed.csv."""
    result = fetched(folder, url)
    table = pd.read_csv(folder / "failed.csv", dtype=str)
    pd.testing.assert_frame_equal(table, result.failed, check_dtype=False)
    assert [path.name for path in folder.iterdir()] == ["failed.csv"]  # no file, whole or half
    assert not result.paths and list(table["key"]) == ["a"]
    assert "secret" not in (folder / "failed.csv").read_text()
    return table["cause"][0]


@pytest.mark.fault("network")
@pytest.mark.parametrize("answers", [
    pytest.param([Answer(status=429)], id="429"),
    pytest.param([Answer(status=429, headers={"Retry-After": "1"})], id="429 with Retry-After"),
    pytest.param([Answer(status=429, headers={"Retry-After": "soon"})], id="429 with a Retry-After of no meaning"),
    pytest.param([Answer(b"oh", status=500)], id="500"),
    pytest.param([Answer(b"oh" * 9_000, status=503, endless=True)], id="503 that goes on for ever"),
    pytest.param([Answer(b"x" * 100_000, sent=0.5)], id="cut in half"),
    pytest.param([Answer(b"x" * 100_000, sent=0)], id="nothing after the headers"),
    pytest.param([redirect(f"https://{HOST}/a.mp3?again")], id="redirect"),
    pytest.param([Answer(b"x" * 9_000, status=302, endless=True, headers={"Location": "/songs.example/a.mp3"})],
                 id="redirect that goes on for ever"),
])
def test_what_goes_wrong_once_is_tried_again(mirror: Loopback, tmp_path: Path, song: bytes,
                                             answers: list[Answer]) -> None:
    mirror.add(HOST, "/a.mp3", *answers, Answer(song))
    result = fetched(tmp_path)
    assert result.paths["a"].read_bytes() == song and result.failed.empty
    assert mirror.count(HOST) == len(answers) + 1


def test_a_server_that_says_when_to_come_back_is_obeyed(mirror: Loopback, tmp_path: Path, song: bytes) -> None:
    mirror.add(HOST, "/a.mp3", Answer(status=429, headers={"Retry-After": "1"}), Answer(song))
    fetched(tmp_path)
    first, second = (request.at_s for request in mirror.requests)
    assert 1 <= second - first < 3


@pytest.mark.fault("network")
def test_a_server_that_says_to_come_back_next_year_is_not(mirror: Loopback, tmp_path: Path, song: bytes,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("songsim_lib.fetch.sessions.BACKOFF_MOST_S", 0.2)
    mirror.add(HOST, "/a.mp3", Answer(status=429, headers={"Retry-After": "31536000"}), Answer(song))
    assert fetched(tmp_path).paths


@pytest.mark.fault("network")
@pytest.mark.parametrize(("answer", "cause", "asked"), [
    pytest.param(Answer(status=429), "HTTP 429", 5, id="429 for ever"),
    pytest.param(Answer(status=500), "HTTP 500", 5, id="500 for ever"),
    pytest.param(Answer(b"Signature expired", status=403, type="text/plain"), "HTTP 403", 1, id="expired signature"),
    pytest.param(Answer(status=404), "HTTP 404", 1, id="rotten link"),
    pytest.param(Answer(b"x" * 100_000, sent=0.5), "cut short", 3, id="cut in half for ever"),
    pytest.param(Answer(HTML, type="text/html"), "not audio", 1, id="a page"),
    pytest.param(Answer(HTML, type="audio/mpeg"), "not audio", 1, id="a page that is called audio"),
    pytest.param(Answer(b""), "not audio", 1, id="nothing at all"),
    pytest.param(Answer(b"\0" * 100_000), "not audio", 1, id="zeros"),
    pytest.param(Answer(b"x" * 50_000, endless=True), "too large", 1, id="endless"),
    pytest.param(Answer(b"x" * 300_000), "too large", 1, id="too large"),
    pytest.param(Answer(b"x" * 10_000, pause_s=0.02), "too slow", 1, id="slow drip"),
    pytest.param(redirect(ADDRESS), "refused address", 6, id="round in circles"),
    pytest.param(redirect("file:///etc/hostname"), "refused address", 1, id="redirect to a file"),
    pytest.param(redirect("ftp://songs.example/a.mp3"), "refused address", 1, id="redirect to ftp"),
    pytest.param(redirect("http://[::1"), "refused address", 1, id="redirect to nonsense"),
])
def test_what_cannot_be_had_is_listed_with_its_cause(mirror: Loopback, tmp_path: Path, answer: Answer, cause: str,
                                                     asked: int) -> None:
    mirror.add(HOST, "/a.mp3", answer)
    assert failure(tmp_path) == cause
    assert mirror.count(HOST) == asked


def test_the_type_that_the_server_says_does_not_matter(mirror: Loopback, tmp_path: Path, song: bytes) -> None:
    mirror.add(HOST, "/a.mp3", Answer(song, type="text/html"))
    assert fetched(tmp_path).paths["a"].read_bytes() == song


@pytest.mark.fault("network")
def test_half_a_song_is_not_taken_for_one_though_the_server_says_it_is_whole(mirror: Loopback, tmp_path: Path) -> None:
    import soundfile
    path = tmp_path / "whole.wav"
    soundfile.write(path, [[0.1]] * 40_000, 8_000)
    whole = path.read_bytes()
    folder = tmp_path / "songs"
    mirror.add(HOST, "/a.mp3", Answer(whole[:44]))  # all of its header, and no music
    assert failure(folder) == "not audio"


@pytest.mark.fault("network")
def test_headers_that_drip_end(mirror: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.3)
    mirror.add(HOST, "/a.mp3", Answer(header_pause_s=0.02))
    assert failure(tmp_path) == "timed out"


@pytest.mark.fault("network")
def test_a_song_that_takes_too_long_ends_though_it_keeps_its_pace(mirror: Loopback, tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "DEADLINE_S", 0.3)
    monkeypatch.setattr(streams, "LEAST_BYTES_PER_S", 1)
    mirror.add(HOST, "/a.mp3", Answer(b"x" * 1_000, pause_s=0.02))
    assert failure(tmp_path) == "too slow"


@pytest.mark.fault("network")
def test_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as gone:
        monkeypatch.setenv("SONGSIM_MIRROR", gone.address)
    assert failure(tmp_path) == "no connection"


@pytest.mark.fault("network")
def test_a_download_keeps_the_old_file_where_the_new_one_is_wrong(mirror: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"old")
    mirror.add(HOST, "/a.mp3", Answer(HTML))
    with pytest.raises(fetch.FetchError, match=rf"https://{HOST}/a.mp3: not readable"):
        fetch.download(fetch.session(), ADDRESS, path, check=fetch.sound)
    assert path.read_bytes() == b"old"


def test_content_is_held_to_the_same_limits(mirror: Loopback) -> None:
    mirror.add(HOST, "/search", Answer(b'{"data": []}', type="application/json"))
    mirror.add(HOST, "/endless", Answer(b"[" * 1_000, endless=True))
    session = fetch.session()
    assert fetch.content(session, f"https://{HOST}/search", {"q": "a b"}) == b'{"data": []}'
    assert mirror.requests[0].query == {"q": "a b"}
    with pytest.raises(fetch.FetchError) as caught:
        fetch.content(session, f"https://{HOST}/endless", limit_bytes=10_000)
    assert caught.value.cause == "too large"


def test_a_signature_is_in_no_message(mirror: Loopback, tmp_path: Path, caplog: pytest.LogCaptureFixture,
                                      capfd: pytest.CaptureFixture) -> None:
    mirror.add(HOST, "/a.mp3", Answer(b"x" * 1_000, sent=0.5))
    failure(tmp_path)
    mirror.__exit__()  # and with nobody there
    failure(tmp_path)
    assert "secret" not in caplog.text + "".join(capfd.readouterr())


def test_it_says_who_asks(mirror: Loopback) -> None:
    mirror.add(HOST, "/", Answer(b"yes"))
    fetch.content(fetch.session(), f"https://{HOST}/")
    assert mirror.requests[0].headers["User-Agent"].startswith("songsim/")
    assert "+https://" in mirror.requests[0].headers["User-Agent"]
