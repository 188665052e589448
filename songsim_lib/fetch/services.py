"""Deezer and iTunes, which find songs and play 30 s of them to anyone who asks: their questions and answers.

See https://developers.deezer.com/api/search and Apple's "iTunes Search API"; limits in FACTS, section 8.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from songsim_lib import song_names
from songsim_lib.fetch.errors import FetchError
from songsim_lib.fetch.streams import content

DEEZER, ITUNES = "https://api.deezer.com", "https://itunes.apple.com"
PAUSES_S = (5.0, 20.0, 40.0)  # after each "asked too often"; both forget within a minute
ASKED = 50  # answers to one search
TOO_OFTEN, NO_SUCH = 4, 800  # codes of Deezer's errors, which come with HTTP 200
ODD = "odd answer"
REFUSED = "HTTP 403"  # how iTunes says that it was asked too often


@dataclass(frozen=True)
class Song:
    """What is looked for; a duration of None is not known."""

    artist: str
    title: str
    duration_s: float | None = None


@dataclass(frozen=True)
class Match:
    """A song as a service has it. `link` is its preview's address as of now, which soon ends and is never kept."""

    service: str  # a name in SERVICES
    id: str
    title: str
    artist: str
    duration_s: float  # of the whole song, not of the preview
    link: str = field(default="", repr=False, compare=False)
    album: str = field(default="", repr=False, compare=False)


def search(session: requests.Session, service: str, song: Song) -> Iterator[list[Match]]:
    """Ask a service for a song, in one way after the other; what it answers need not be that song.

    Raises
    ------
    FetchError : the service cannot be asked, or answers what cannot be understood.
    """
    artist = song_names.lead(song.artist).replace('"', " ")
    title = song_names.main_part(song.title).replace('"', " ")
    words = " ".join([artist, title, *sorted(song_names.parse(song.title).version)])
    queries = {"deezer": [f'artist:"{artist}" track:"{title}"', words], "itunes": [words]}
    for query in queries[service]:
        try:
            yield list(_SEARCHES[service](session, query))
        except (KeyError, TypeError, AttributeError) as error:
            raise FetchError(f"{service} answered in a form that is not known: {error!r}", ODD) from error


def preview_url(session: requests.Session, match: Match) -> str:
    """Ask the service for a fresh link to a song's preview.

    Raises
    ------
    FetchError : the song is no longer there ("not found"), or has no preview ("no preview").
    """
    if match.service == "deezer":
        song = _ask(session, f"{DEEZER}/track/{match.id}")
    else:
        song = next(iter(_ask(session, f"{ITUNES}/lookup", id=match.id).get("results", [])), {})
    if not song:
        raise FetchError(f"{match.service} no longer has the song {match.id}", "not found")
    if link := song.get("preview") or song.get("previewUrl"):
        return str(link)
    raise FetchError(f"{match.service} has no preview of the song {match.id}", "no preview")


def _deezer(session: requests.Session, query: str) -> Iterator[Match]:
    answer = _ask(session, f"{DEEZER}/search", q=query, limit=ASKED)
    for song in answer.get("data", []):
        yield Match("deezer", str(song["id"]), song["title"], song["artist"]["name"], song["duration"],
                    song.get("preview") or "", song["album"]["title"])


def _itunes(session: requests.Session, query: str) -> Iterator[Match]:
    answer = _ask(session, f"{ITUNES}/search", term=query, media="music", entity="song", limit=ASKED)
    for song in answer.get("results", []):
        if song.get("kind") == "song" and "trackTimeMillis" in song:
            yield Match("itunes", str(song["trackId"]), song["trackName"], song["artistName"],
                        song["trackTimeMillis"] / 1_000, song.get("previewUrl") or "", song.get("collectionName", ""))


_SEARCHES: dict[str, Callable[[requests.Session, str], Iterator[Match]]] = {"deezer": _deezer, "itunes": _itunes}
SERVICES = tuple(_SEARCHES)  # in the order they are asked


def _ask(session: requests.Session, url: str, **query: Any) -> dict[str, Any]:
    """Get a service's answer, {} if it has no such thing; wait and ask again where it was asked too often."""
    host = urlsplit(url).hostname
    for pause_s in (*PAUSES_S, None):
        try:
            answer = json.loads(content(session, url, {name: str(value) for name, value in query.items()}))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise FetchError(f"{host} did not answer in JSON; is a log-in page in between?", ODD) from error
        except FetchError as error:
            if error.cause != REFUSED or pause_s is None:
                raise
        else:
            trouble = answer.get("error") if isinstance(answer, dict) else "no object"
            if not trouble:
                return answer  # type: ignore[no-any-return]
            trouble = trouble if isinstance(trouble, dict) else {"message": trouble}
            if trouble.get("code") == NO_SUCH:
                return {}
            if trouble.get("code") != TOO_OFTEN or pause_s is None:
                raise FetchError(f"{host} answered: {trouble.get('message', trouble)}", ODD)
        time.sleep(pause_s)
    raise AssertionError("the last try returns or raises")
