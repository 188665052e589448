"""Nothing is sent to machines of a private network, whoever names them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from loopback import Answer, Loopback, Request, redirect
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError

from songsim_lib import fetch
from songsim_lib.fetch import addresses
from songsim_lib.fetch.errors import explained

HOST = "songs.example"
PRIVATE = ["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
           "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1",
           "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
           "2002:a00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"]


def refuse(url: str, path: Path) -> str:
    """Try to fetch what is refused: the message."""
    with pytest.raises(fetch.FetchError) as caught:
        fetch.download(fetch.session(), url, path)
    assert caught.value.cause == "refused address" and not path.exists()
    return str(caught.value)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note where sockets connect to."""
    seen: list[object] = []
    real: Callable = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, to: (seen.append(to), real(self, to))[1])
    return seen


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8",
                                     "64:ff9b::808:808"])
def test_public_addresses_are_known(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.fault("network")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433",
                                  "0x7f.1", "10.0.0.1", "169.254.169.254", "LOCALHOST"])
def test_a_private_address_is_refused_without_a_connection(tmp_path: Path, host: str, connected: list[object],
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SONGSIM_MIRROR", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Loopback() as other:
        refuse(f"http://{host}:{other.port}/a", tmp_path / "a")
        assert not other.requests and not connected


@pytest.mark.fault("network")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1",
                                  "169.254.169.254"])
def test_a_redirect_to_a_private_address_is_refused(mirror: Loopback, tmp_path: Path, host: str,
                                                    connected: list[object]) -> None:
    with Loopback() as other:
        mirror.add(HOST, "/a", redirect(f"http://{host}:{other.port}/a"))
        assert host.strip("[]") in refuse(f"https://{HOST}/a", tmp_path / "a")
        assert mirror.count() == 1 and not other.requests
        assert connected == [("127.0.0.1", mirror.port)]


@pytest.mark.fault("network")
def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch,
                                                             connected: list[object]) -> None:
    """Whatever the name means a moment later."""
    real, asked = socket.getaddrinfo, []

    def rebinding(host: str, *rest: object, **more: object) -> list:
        asked.append(host)
        there = {"rebinding.example": "127.0.0.1" if asked.count(host) == 1 else "127.0.0.2"}.get(host, host)
        return real(there, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.delenv("SONGSIM_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    with Loopback() as server:
        server.add("a", "/", Answer(b"yes"))
        assert fetch.content(fetch.session(), f"http://rebinding.example:{server.port}/a") == b"yes"
        assert connected == [("127.0.0.1", server.port)]


@pytest.mark.fault("network")
def test_one_private_address_among_public_ones_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    with pytest.raises(fetch.FetchError, match="private network"):
        addresses.checked("mixed.example", 80)


@pytest.mark.fault("network")
def test_behind_a_proxy_the_host_that_it_is_asked_for_is_checked(tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy itself may be private, as proxies are."""
    monkeypatch.delenv("SONGSIM_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    with Loopback() as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        refuse("http://10.0.0.1/a", tmp_path / "a")
        refuse("http://localhost/a", tmp_path / "a")
        assert not proxy.requests
        proxy.add("93.184.216.34", "/a", Answer(b"through the proxy"))
        assert fetch.content(fetch.session(), "http://93.184.216.34/a") == b"through the proxy"


@pytest.mark.parametrize(("url", "there"), [
    ("https://a.example/b/c.mp3?d=e&f", "http://127.0.0.1:8000/a.example/b/c.mp3?d=e&f"),
    ("http://user:word@a.example:81", "http://127.0.0.1:8000/a.example:81/"),
    ("http://127.0.0.1:8000/a.example/b", "http://127.0.0.1:8000/a.example/b"),
    ("http://127.0.0.1:8001/b", "http://127.0.0.1:8001/b"),
    ("http://10.0.0.1/b", "http://10.0.0.1/b"),
    ("https://8.8.8.8/b", "http://127.0.0.1:8000/8.8.8.8/b"),
])
def test_the_mirror_stands_for_every_public_address(url: str, there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGSIM_MIRROR", "http://127.0.0.1:8000/")
    assert addresses.mirrored(url) == there


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "mirror"])
def test_a_mirror_that_is_none_is_said_at_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGSIM_MIRROR", text)
    with pytest.raises(fetch.FetchError, match="SONGSIM_MIRROR"):
        fetch.session()


@pytest.mark.fault("network")
@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://songs.example/a", "data:,a", "songs.example/a", "",
                                 "https://", "javascript:a"])
def test_only_http_and_https_are_asked(url: str, tmp_path: Path) -> None:
    refuse(url, tmp_path / "a")


def test_no_cookie_is_kept(mirror: Loopback) -> None:
    mirror.add(HOST, "/a", Answer(b"yes", headers={"Set-Cookie": "who=you; Path=/"}))
    session = fetch.session()
    for _ in range(2):
        fetch.content(session, f"https://{HOST}/a")
    assert "Cookie" not in mirror.requests[1].headers


@pytest.mark.fault("network")
def test_no_password_of_the_users_is_sent(mirror: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    sent: list[bool] = []

    def answer(request: Request) -> Answer:
        sent.append("authorization" in {name.lower() for name in request.headers})
        return redirect(f"https://{HOST}/b.mp3") if request.path == "/a.mp3" else Answer(b"sound")

    mirror.add(HOST, "/*", answer)
    fetch.download(fetch.session(), f"https://{HOST}/a.mp3", tmp_path / "a.mp3")
    assert sent == [False, False]


@pytest.mark.fault("network")
def test_a_connection_that_is_never_answered_counts_as_none() -> None:
    error = requests.ConnectionError(MaxRetryError(None, "/", ConnectTimeoutError("no answer")))  # type: ignore[arg-type]
    with pytest.raises(fetch.FetchError) as caught, explained("https://songs.example/a.mp3"):
        raise error
    assert caught.value.cause == "no connection"
