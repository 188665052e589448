"""Connections to addresses that were checked, whose answers begin in time."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.response import HTTPResponse

from songsim_lib.fetch import addresses

HEADERS_S = 60.0  # for the status and all headers of an answer
ERROR_STATUS = 300  # from here on nobody reads the body


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """Connect to one of the host's addresses, after all were checked; behind a proxy, to the proxy."""
        if self.proxy is not None:
            return super()._new_conn()
        name = self._dns_host
        try:
            candidates = addresses.checked(name, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error
        try:
            return self._first(candidates)
        finally:
            self._dns_host = name  # which the certificate is checked against

    def _first(self, candidates: list[str]) -> socket.socket:
        """Connect to the first address that answers, such as IPv4 where IPv6 leads nowhere."""
        *others, last = candidates
        for self._dns_host in others:
            with suppress(NewConnectionError, ConnectTimeoutError):
                return super()._new_conn()
        self._dns_host = last
        return super()._new_conn()

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3 itself
        """Read status and headers; end what drips, and hang up on errors and redirects, whose body may be endless."""
        late = threading.Event()
        timer = threading.Timer(HEADERS_S, _hang_up, (self.sock, late))
        timer.daemon = True
        timer.start()
        try:
            response = super().getresponse()
        except Exception as error:
            if not late.is_set():
                raise
            raise TimeoutError("headers took too long") from error
        finally:
            timer.cancel()
        if late.is_set():  # hung up, which reads as the end of the headers
            raise TimeoutError("headers took too long")
        if response.status >= ERROR_STATUS:
            response.close()
            self.close()
        return response


def _hang_up(sock: socket.socket, late: threading.Event) -> None:
    """Wake the thread that waits for headers."""
    late.set()
    with suppress(OSError):  # it is closed already
        sock.shutdown(socket.SHUT_RDWR)


class _Https(_Http, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls: Any = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls: Any = _Https


POOLS = {"http": _HttpPool, "https": _HttpsPool}  # for urllib3.PoolManager.pool_classes_by_scheme
