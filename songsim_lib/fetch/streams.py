"""Read an answer as it arrives: no more than a limit, and no slower than is worth waiting for."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from typing import IO

import requests
import urllib3

from songsim_lib.fetch.errors import FetchError, explained, plain

BLOCK_BYTES = 65_536
LEAST_BYTES_PER_S = 2_000
GRACE_S = 10.0  # in which nothing need arrive
DEADLINE_S = 300.0  # for a whole file
TEXT_BYTES = 5_000_000  # of an answer that is kept in memory


def open_stream(session: requests.Session, url: str, headers: Mapping[str, str] | None = None,
                params: Mapping[str, str] | None = None, also: tuple[int, ...] = ()) -> requests.Response:
    """Ask for an address and read the headers; the body is read with `copy`. To be closed by the caller.

    Raises
    ------
    FetchError : no answer, or a status that is neither 2xx nor in `also`.
    """
    with explained(url):
        response = session.get(url, headers=headers, params=params, stream=True)
    if response.ok or response.status_code in also:
        return response
    response.close()
    raise FetchError(f"{plain(url)}: answered {response.status_code} {response.reason}", f"HTTP {response.status_code}")


def copy(response: requests.Response, file: IO[bytes], url: str, limit_bytes: int,
         deadline_s: float | None = None, count: Callable[[int], object] = lambda _: None) -> int:
    """Write the body of an answer to a file as it arrives, as sent (no content coding undone).

    Parameters
    ----------
    limit_bytes : the most that is taken.
    deadline_s : seconds for all of it; None sets no end, other than to what arrives slower than `LEAST_BYTES_PER_S`.
    count : called with the size of each block.

    Returns
    -------
    Bytes written.

    Raises
    ------
    FetchError : too large, too slow or cut short.
    """
    promised = response.headers.get("Content-Length", "")
    if promised.isdigit() and int(promised) > limit_bytes:
        raise FetchError(f"{plain(url)}: {int(promised):,} bytes, more than {limit_bytes:,}", "too large")
    total, begin = 0, time.monotonic()
    with explained(url):
        while block := _arrived(response, url):
            total += len(block)
            if total > limit_bytes:
                raise FetchError(f"{plain(url)}: more than {limit_bytes:,} bytes", "too large")
            file.write(block)
            count(len(block))
            _keep_pace(url, total, time.monotonic() - begin, deadline_s)
    return total


def _arrived(response: requests.Response, url: str) -> bytes:
    """Wait for what comes next, however little; nothing at the end."""
    try:
        return response.raw.read1(BLOCK_BYTES, decode_content=False)  # read would wait for a whole block
    except urllib3.exceptions.ReadTimeoutError:
        raise FetchError(f"{plain(url)}: nothing more arrived", "cut short") from None


def _keep_pace(url: str, total: int, seconds: float, deadline_s: float | None) -> None:
    """Refuse to wait for what trickles in."""
    if total < LEAST_BYTES_PER_S * (seconds - GRACE_S) or (deadline_s is not None and seconds > deadline_s):
        raise FetchError(f"{plain(url)}: {total:,} bytes in {seconds:.0f} s; try again later", "too slow")


def content(session: requests.Session, url: str, params: Mapping[str, str] | None = None,
            limit_bytes: int = TEXT_BYTES) -> bytes:
    """Fetch a short answer into memory, such as a service's JSON.

    Raises
    ------
    FetchError : as of `download`.
    """
    buffer = io.BytesIO()
    with open_stream(session, url, params=params) as response:
        copy(response, buffer, url, limit_bytes, DEADLINE_S)
    return buffer.getvalue()
