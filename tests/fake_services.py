"""Deezer, iTunes and the old preview links, in the real shapes of their answers, on the loopback server."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

import numpy as np
import soundfile
from loopback import Answer, Loopback, Request, as_json

DEEZER, DEEZER_SOUND = "api.deezer.com", "cdnt-preview.dzcdn.net"
ITUNES, ITUNES_SOUND = "itunes.apple.com", "audio-ssl.itunes.apple.com"
SPOTIFY_SOUND = "p.scdn.co"
QUOTA = {"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}}
NO_DATA = {"error": {"type": "DataException", "message": "no data", "code": 800}}


@dataclass(frozen=True)
class Sold:
    """A song that a service offers; without `sound` it has no preview."""

    id: int
    artist: str
    title: str
    duration_s: float
    sound: bytes | None = b""
    album: str = "An album"


@dataclass
class Services:
    """The two services on a loopback server. `expired` signatures are refused; `refusals` come before answers."""

    mirror: Loopback
    deezer: Sequence[Sold] = ()
    itunes: Sequence[Sold] = ()
    refusals: dict[str, list[Answer]] = field(default_factory=dict)  # host -> what is answered first
    expired: set[int] = field(default_factory=set)  # serial numbers of signatures
    signed: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        for host, path, answer in (
            (DEEZER, "/search", self._deezer_search), (DEEZER, "/track/*", self._deezer_track),
            (ITUNES, "/search", self._itunes_search), (ITUNES, "/lookup", self._itunes_lookup),
            (DEEZER_SOUND, "/*", self._deezer_sound), (ITUNES_SOUND, "/*", self._itunes_sound),
        ):
            self.mirror.add(host, path, answer)

    def _refused(self, host: str) -> Answer | None:
        waiting = self.refusals.get(host)
        return waiting.pop(0) if waiting else None

    def _deezer_search(self, request: Request) -> Answer:
        if refused := self._refused(DEEZER):
            return refused
        found = [self._deezer_song(song) for song in _like(request.query["q"], self.deezer)]
        return as_json({"data": found, "total": len(found)})

    def _deezer_track(self, request: Request) -> Answer:
        if refused := self._refused(DEEZER):
            return refused
        found = [song for song in self.deezer if str(song.id) == request.path.rsplit("/", 1)[1]]
        return as_json(self._deezer_song(found[0]) | {"track_token": "x"} if found else NO_DATA)

    def _deezer_song(self, song: Sold) -> dict[str, Any]:
        link = f"https://{DEEZER_SOUND}/api/1/1/{song.id}-0.mp3?hdnea=exp=1764000000~hmac={next(self.signed)}"
        return {
            "id": song.id, "readable": True, "title": song.title, "title_short": song.title.split(" (")[0],
            "title_version": "", "link": f"https://www.deezer.com/track/{song.id}", "duration": int(song.duration_s),
            "rank": 900_000, "explicit_lyrics": False, "preview": "" if song.sound is None else link,
            "artist": {"id": 27, "name": song.artist, "type": "artist"},
            "album": {"id": 302_127, "title": song.album, "type": "album"}, "type": "track",
        }

    def _deezer_sound(self, request: Request) -> Answer:
        if int(request.query["hdnea"].rsplit("=", 1)[1]) in self.expired:
            return Answer(b"<html>Access Denied</html>", status=403, type="text/html")
        return _sound(self.deezer, request)

    def _itunes_search(self, request: Request) -> Answer:
        found = [_itunes_song(song) for song in _like(request.query["term"], self.itunes)]
        return self._refused(ITUNES) or _itunes_answer(found)

    def _itunes_lookup(self, request: Request) -> Answer:
        found = [_itunes_song(song) for song in self.itunes if str(song.id) == request.query["id"]]
        return self._refused(ITUNES) or _itunes_answer(found)

    def _itunes_sound(self, request: Request) -> Answer:
        return _sound(self.itunes, request)


def _itunes_song(song: Sold) -> dict[str, Any]:
    link = {"previewUrl": f"https://{ITUNES_SOUND}/itunes-assets/AudioPreview/{song.id}-0.plus.aac.p.m4a"}
    return {
        "wrapperType": "track", "kind": "song", "artistId": 5468295, "collectionId": 617154241, "trackId": song.id,
        "artistName": song.artist, "collectionName": song.album, "trackName": song.title,
        "trackCensoredName": song.title, "trackTimeMillis": round(song.duration_s * 1_000), "trackPrice": 1.29,
        "country": "USA", "primaryGenreName": "Dance", "isStreamable": True, **({} if song.sound is None else link),
    }


def _itunes_answer(found: list[dict[str, Any]]) -> Answer:
    answer = as_json({"resultCount": len(found), "results": found})
    return Answer(b"\n\n\n" + answer.body, type="text/javascript; charset=utf-8")


def _like(query: str, songs: Iterable[Sold]) -> list[Sold]:
    """Songs with some word of the query, in the order of the shelf: like a real search, it finds more than is meant."""
    words = set(re.findall(r"\w+", query.casefold())) - {"artist", "track"}
    return [song for song in songs if words & set(re.findall(r"\w+", f"{song.artist} {song.title}".casefold()))]


def _sound(songs: Iterable[Sold], request: Request) -> Answer:
    wanted = request.path.rsplit("/", 1)[1].split("-")[0]
    found = [song.sound for song in songs if str(song.id) == wanted and song.sound is not None]
    return Answer(found[0]) if found else Answer(b"no such thing", status=404, type="text/plain")


def sound(seed: int) -> bytes:
    """A second of real MP3."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.random.default_rng(seed).normal(0, 0.1, 22_050), 22_050, format="MP3")
    return buffer.getvalue()


def spotify_link(name: str) -> str:
    """A preview link as Music Info.csv has it."""
    return f"https://{SPOTIFY_SOUND}/mp3-preview/{quote(name)}?cid=774b29d4f13844c495f206cafdad9c86"
