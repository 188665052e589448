"""A server on 127.0.0.1 that stands for the whole internet, and misbehaves on request.

It serves what `SONGSIM_MIRROR` asks for, `/{host}{path}?{query}` (and can be an http proxy):

    def test_one_file(mirror, tmp_path):
        mirror.add("example.org", "/a.mp3", Answer(b"..."))
        fetch.download(fetch.session(), "https://example.org/a.mp3", tmp_path / "a.mp3")
        assert mirror.count("example.org", "/a.mp3") == 1
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

BLOCK_BYTES = 65_536


@dataclass(frozen=True)
class Request:
    """What was asked: `host` and `path` as behind a mirror, the query as a dictionary."""

    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at_s: float  # time.monotonic()


@dataclass(frozen=True)
class Answer:
    """What is sent back, and how badly."""

    body: bytes = b""
    status: int = 200
    type: str = "audio/mpeg"
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: float = 1.0  # part of the body that is sent, of all that Content-Length promises
    pause_s: float = 0.0  # between one byte of the body and the next
    header_pause_s: float = 0.0  # between one byte of the headers and the next
    endless: bool = False  # the body again and again, without Content-Length
    ranges: bool = False  # understands the header Range


Route = Answer | Callable[[Request], Answer]


def as_json(value: Any, **answer: Any) -> Answer:
    """Answer with JSON."""
    return Answer(json.dumps(value).encode(), type="application/json", **answer)


def redirect(url: str, status: int = 302) -> Answer:
    """Answer with a redirect."""
    return Answer(b"elsewhere", status=status, type="text/plain", headers={"Location": url})


class Loopback:
    """The server; a context manager. `requests` are those seen so far, `latency_s` the wait before each answer."""

    def __init__(self, latency_s: float = 0.0) -> None:
        self.latency_s = latency_s
        self.requests: list[Request] = []
        self._routes: dict[tuple[str, str], list[Route]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def add(self, host: str, path: str, *answers: Route) -> None:
        """Answer requests for a path, the first with the first answer, ..., the last ever after.

        A path that ends with "*" stands for all that begin so.
        """
        self._routes[host, path] = list(answers)

    def count(self, host: str | None = None, path: str | None = None) -> int:
        """Count the requests seen, of a host or a path if given."""
        with self._lock:
            return sum(host in (None, r.host) and path in (None, r.path) for r in self.requests)

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return self._server.server_address[1]

    @property
    def address(self) -> str:
        """The value for SONGSIM_MIRROR."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Loopback:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()  # ends the answers that never end
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            found = self._routes.get((request.host, request.path)) or next((
                routes for (host, path), routes in self._routes.items()
                if host == request.host and path.endswith("*") and request.path.startswith(path[:-1])), None)
            if found is None:
                return Answer(b"no such thing", status=404, type="text/plain")
            route = found.pop(0) if len(found) > 1 else found[0]
        return route(request) if callable(route) else route

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                # Asked for as a mirror: /HOST/PATH; as a proxy: http://HOST/PATH.
                host, path = (url.netloc, url.path) if url.netloc else re.findall("^/([^/]*)(.*)", url.path)[0]
                request = Request(host, path or "/", dict(parse_qsl(url.query)), dict(self.headers),
                                  time.monotonic())
                answer = loopback._answer(request)
                loopback._stopped.wait(loopback.latency_s)
                try:
                    _send(self, request, answer, loopback._stopped)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _send(handler: BaseHTTPRequestHandler, request: Request, answer: Answer, stopped: threading.Event) -> None:
    """Send headers and body in the way the answer wants it."""
    body, status, headers = answer.body, answer.status, {"Content-Type": answer.type, **answer.headers}
    begin = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", "")) if answer.ranges else None
    if begin and int(begin[1]) >= len(body):
        status, headers["Content-Range"], body = 416, f"bytes */{len(body)}", b""
    elif begin:
        first = int(begin[1])
        headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        status, body = 206, body[first:]
    headers |= {"Connection": "close"} if answer.endless else {"Content-Length": str(len(body))}
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    if answer.header_pause_s:
        return _drip(handler, b"X-Slow: " + b"a" * 10_000, answer.header_pause_s, stopped)
    handler.end_headers()
    while answer.endless and not stopped.is_set():
        handler.wfile.write(body)
    part = body[: int(len(body) * answer.sent)]
    if answer.pause_s:
        return _drip(handler, part, answer.pause_s, stopped)
    for start in range(0, len(part), BLOCK_BYTES):
        handler.wfile.write(part[start : start + BLOCK_BYTES])
    handler.close_connection |= len(part) < len(body) or answer.endless


def _drip(handler: BaseHTTPRequestHandler, content: bytes, pause_s: float, stopped: threading.Event) -> None:
    """Send one byte at a time, then hang up."""
    handler.close_connection = True
    handler.flush_headers()
    for byte in content:
        if stopped.wait(pause_s):
            return
        handler.wfile.write(bytes([byte]))


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Stand for the whole internet: every address is fetched from here."""
    with Loopback() as server:
        monkeypatch.setenv("SONGSIM_MIRROR", server.address)
        yield server
