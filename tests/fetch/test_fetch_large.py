"""A large file arrives whole, in as many goes as it takes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from loopback import Answer, Loopback, redirect

from songsim_lib import fetch

HOST = "archive.example"
URL = f"https://{HOST}/big.zip"
BIG = np.random.default_rng(0).bytes(600_000)
SHA1 = hashlib.sha1(BIG).hexdigest()


def get(folder: Path, sha1: str = SHA1, limit_bytes: int = 1_000_000) -> Path:
    return fetch.large(fetch.session(), URL, folder / "big.zip", sha1=sha1, limit_bytes=limit_bytes)


def test_it_arrives_and_is_not_fetched_twice(mirror: Loopback, tmp_path: Path) -> None:
    mirror.add(HOST, "/big.zip", redirect("https://elsewhere.example/1"))
    mirror.add("elsewhere.example", "/1", Answer(BIG, ranges=True))
    assert get(tmp_path).read_bytes() == BIG
    assert get(tmp_path).read_bytes() == BIG
    assert mirror.count() == 2
    assert [path.name for path in tmp_path.iterdir()] == ["big.zip"]


@pytest.mark.fault("network")
def test_what_is_cut_short_is_gone_on_with(mirror: Loopback, tmp_path: Path) -> None:
    mirror.add(HOST, "/big.zip", Answer(BIG, sent=0.5, ranges=True), Answer(BIG, ranges=True))
    assert get(tmp_path).read_bytes() == BIG
    assert [request.headers.get("Range") for request in mirror.requests] == [None, "bytes=300000-"]


def test_a_later_run_goes_on_where_an_earlier_one_stopped(mirror: Loopback, tmp_path: Path) -> None:
    mirror.add(HOST, "/big.zip", Answer(BIG, sent=0.1, ranges=True))
    with pytest.raises(fetch.FetchError) as caught:
        get(tmp_path)
    assert caught.value.cause == "cut short" and not (tmp_path / "big.zip").exists()
    have = (tmp_path / "big.zip.part").stat().st_size
    mirror.add(HOST, "/big.zip", Answer(BIG, ranges=True))
    assert get(tmp_path).read_bytes() == BIG
    assert mirror.requests[-1].headers["Range"] == f"bytes={have}-"


@pytest.mark.fault("network")
def test_a_server_that_knows_no_ranges_starts_over(mirror: Loopback, tmp_path: Path) -> None:
    (tmp_path / "big.zip.part").write_bytes(BIG[:1_000])
    mirror.add(HOST, "/big.zip", Answer(BIG))
    assert get(tmp_path).read_bytes() == BIG and mirror.count() == 1


def test_a_part_that_is_all_of_it_needs_no_more(mirror: Loopback, tmp_path: Path) -> None:
    (tmp_path / "big.zip.part").write_bytes(BIG)
    mirror.add(HOST, "/big.zip", Answer(BIG, ranges=True))
    assert get(tmp_path).read_bytes() == BIG


def test_a_part_that_is_longer_than_the_file_is_deleted(mirror: Loopback, tmp_path: Path) -> None:
    (tmp_path / "big.zip.part").write_bytes(BIG + b"more")
    mirror.add(HOST, "/big.zip", Answer(BIG, ranges=True))
    assert get(tmp_path).read_bytes() == BIG


@pytest.mark.fault("network")
@pytest.mark.parametrize("part", [b"", b"of another file"])
def test_a_wrong_sha1_deletes_and_says_so(mirror: Loopback, tmp_path: Path, part: bytes) -> None:
    (tmp_path / "big.zip.part").write_bytes(part)
    mirror.add(HOST, "/big.zip", Answer(BIG if part else BIG[::-1], ranges=True))
    with pytest.raises(fetch.FetchError, match=rf"{SHA1}.*deleted.*run again") as caught:
        get(tmp_path)
    assert caught.value.cause == "damaged archive" and not list(tmp_path.iterdir())


@pytest.mark.fault("network")
@pytest.mark.parametrize("have", [0, 50_000])
def test_more_than_the_limit_is_not_taken(mirror: Loopback, tmp_path: Path, have: int) -> None:
    (tmp_path / "big.zip.part").write_bytes(BIG[:have])
    for answer in (Answer(BIG, ranges=True), Answer(BIG[:1_000], endless=True)):
        mirror.add(HOST, "/big.zip", answer)
        with pytest.raises(fetch.FetchError) as caught:
            get(tmp_path, limit_bytes=100_000)
        assert caught.value.cause == "too large" and not (tmp_path / "big.zip").exists()


def test_a_missing_file_is_said_to_be(mirror: Loopback, tmp_path: Path) -> None:
    with pytest.raises(fetch.FetchError, match="404"):
        get(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_of_an_earlier_day_is_replaced(mirror: Loopback, tmp_path: Path) -> None:
    (tmp_path / "big.zip").write_bytes(BIG[:-1])
    mirror.add(HOST, "/big.zip", Answer(BIG))
    assert get(tmp_path).read_bytes() == BIG


def test_without_a_published_sha1_the_length_decides(mirror: Loopback, tmp_path: Path) -> None:
    mirror.add(HOST, "/big.zip", Answer(BIG, sent=0.5, ranges=True), Answer(BIG, ranges=True))
    assert get(tmp_path, sha1="").read_bytes() == BIG
    assert get(tmp_path, sha1="").read_bytes() == BIG and mirror.count() == 2


@pytest.mark.fault("network")
def test_a_body_that_stalls_is_gone_on_with(mirror: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("songsim_lib.fetch.sessions.TIMEOUT_S", (1.0, 0.3))
    mirror.add(HOST, "/big.zip", Answer(BIG, pause_s=1.0, ranges=True), Answer(BIG, ranges=True))
    assert get(tmp_path).read_bytes() == BIG and mirror.count() == 2


@pytest.mark.fault("network")
def test_an_interruption_while_the_hash_is_checked_loses_nothing(mirror: Loopback, tmp_path: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.add(HOST, "/big.zip", Answer(BIG, ranges=True))
    with monkeypatch.context() as patched:
        patched.setattr("pooch.file_hash", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            get(tmp_path)
    assert get(tmp_path).read_bytes() == BIG
    assert [request.headers.get("Range") for request in mirror.requests] == [None, f"bytes={len(BIG)}-"]
