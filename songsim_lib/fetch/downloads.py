"""One file from an address to the disk: whole and checked, or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from random import uniform

import requests

from songsim_lib.decode import AudioError
from songsim_lib.fetch import sessions, streams
from songsim_lib.fetch.errors import FetchError, plain
from songsim_lib.files import atomic

LIMIT_BYTES = 50_000_000  # a preview of 30 s is a hundredth of this
BODY_TRIES = 3  # for a body that ends too soon; everything before it is tried again by the session


def download(session: requests.Session, url: str, path: str | os.PathLike[str], *, limit_bytes: int = LIMIT_BYTES,
             check: Callable[[Path], None] | None = None) -> Path:
    """Fetch a file.

    Parameters
    ----------
    session : of `fetch.session`.
    path : where it shall lie; replaced only by a whole file that passed the check.
    limit_bytes : the most that is taken.
    check : called with the path of the file before it gets its name; raises where the content is wrong. The
        type that the server says is not looked at.

    Returns
    -------
    `path`.

    Raises
    ------
    FetchError : refused address, no answer, an error status, too large, too slow, cut short, or not audio, where
        `check` raises an `AudioError`. What else it raises is passed on.
    """
    path = Path(path)
    with atomic(path) as temporary:
        again(lambda: _once(session, url, temporary, limit_bytes))
        try:
            if check is not None:
                check(temporary)
        except AudioError as error:
            reason = str(error).removeprefix(f"{temporary}: ")
            raise FetchError(f"{plain(url)}: {reason}", "not audio") from None
    return path


def again(attempt: Callable[[], None]) -> None:
    """Try a few times, with pauses, where a body is cut short.

    Raises
    ------
    FetchError : of the last try, or another one.
    """
    for tries in range(BODY_TRIES):
        try:
            return attempt()
        except FetchError as error:
            if error.cause != "cut short" or tries == BODY_TRIES - 1:
                raise
        time.sleep(sessions.BACKOFF_S * 2**tries * uniform(1, 1.5))


def _once(session: requests.Session, url: str, path: Path, limit_bytes: int) -> None:
    with streams.open_stream(session, url) as response, open(path, "wb") as file:
        streams.copy(response, file, url, limit_bytes, streams.DEADLINE_S)
