"""What can go wrong with a download, in words that may be kept: no signed address, a short cause to count by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
import urllib3

CAUSES = ("not found", "no preview", "timed out", "too slow", "too large", "cut short", "not audio",
          "refused address", "damaged archive", "no connection", "odd answer")  # or "HTTP 404", whatever the status


class FetchError(ValueError):
    """Something that could not be fetched; `cause` is one of `CAUSES`, or "HTTP " and the status."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


def plain(url: str) -> str:
    """Give an address without its query (where signatures stand), user name and password; any text may be given."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    except ValueError:
        return url.partition("?")[0]


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what requests and urllib3 raise while an address is fetched into a `FetchError`."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
        cause, reason = _cause(error)
        raise FetchError(f"{plain(url)}: {reason}", cause) from None  # the original holds the whole address


def _cause(error: Exception) -> tuple[str, str]:
    """Name the cause of an error, and say it in words."""
    inner = urllib3.exceptions
    if isinstance(error, (requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema)):
        return "refused address", "it, or where it leads to, is neither http nor https"
    if isinstance(error, (requests.exceptions.InvalidURL, inner.LocationValueError, UnicodeError)):
        return "refused address", "it, or where it leads to, is not a valid address"
    if isinstance(error, requests.TooManyRedirects):
        return "refused address", "it leads elsewhere again and again"
    tried = getattr(next(iter(error.args), None), "reason", None)  # what the last of several tries met
    if isinstance(error, requests.ConnectTimeout) or isinstance(tried, inner.ConnectTimeoutError):
        return _offline(error)  # a firewall that drops what it does not let through
    if isinstance(error, (requests.Timeout, inner.TimeoutError)) or isinstance(tried, inner.TimeoutError):
        return "timed out", "no answer in time; try again later"
    if isinstance(error, (requests.exceptions.ChunkedEncodingError, inner.ProtocolError, inner.IncompleteRead)):
        return "cut short", "the connection ended before the file did"
    return _offline(error)


def _offline(error: Exception) -> tuple[str, str]:
    return "no connection", f"no connection ({type(error).__name__}); is this machine online?"
