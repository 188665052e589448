"""Find a song at Deezer, else at iTunes, and fetch its 30 s preview.

A song is found if a service has one of the same artist and title, in the same version, with the same duration within
3 s; that it comes first among the answers means nothing. Only ids are kept: Deezer's links are signed and end after
about 15 minutes (FACTS, section 8).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import requests

from songsim_lib import song_names
from songsim_lib.fetch.downloads import download
from songsim_lib.fetch.errors import FetchError
from songsim_lib.fetch.services import SERVICES, Match, Song, preview_url, search
from songsim_lib.files import write_text

__all__ = ["Lookups", "Match", "Song", "find", "preview_url", "save"]
NEAR_S = 3.0  # a service's duration may differ by so much from the catalog's
ENDINGS = {"deezer": ".mp3", "itunes": ".m4a"}
ENDED = ("HTTP 401", "HTTP 403", "HTTP 404", "HTTP 410", "not audio")  # what a link that ended may answer
GONE = ("not found", "no preview")


def find(session: requests.Session, song: Song) -> Match | None:
    """Look a song up at Deezer, then at iTunes; None where neither has it.

    Raises
    ------
    FetchError : it was not found, and a service could not be asked.
    """
    troubles = []
    for service in SERVICES:
        try:
            for answers in search(session, service, song):
                if match := closest(song, answers):
                    return match
        except FetchError as error:
            troubles.append(error)
    if troubles:
        raise troubles[0]
    return None


def closest(song: Song, answers: Iterable[Match]) -> Match | None:
    """Choose the answer that is the song, with the nearest duration; None if none is, or none can be heard."""
    def apart_s(match: Match) -> float:
        return 0.0 if song.duration_s is None else abs(song.duration_s - match.duration_s)

    same = [match for match in answers
            if match.link and song_names.same_title(song.title, match.title)
            and song_names.same_artist(song.artist, match.artist)
            and song_names.same_kind_of_album(match.album, song.title) and apart_s(match) <= NEAR_S]
    return min(same, key=apart_s, default=None)


def save(session: requests.Session, match: Match, path: Path, check: Callable[[Path], None] | None = None) -> Path:
    """Fetch the preview of a song; if the link has ended, ask for another, once.

    Parameters
    ----------
    path : where it shall lie, without an ending.
    check : see `fetch.download`.

    Returns
    -------
    `path` with an ending.
    """
    whole = Path(f"{path}{ENDINGS[match.service]}")
    try:
        return download(session, match.link or preview_url(session, match), whole, check=check)
    except FetchError as error:
        if error.cause not in ENDED:
            raise
    return download(session, preview_url(session, match), whole, check=check)


class Lookups:
    """What was found so far, in a file of one line each; what was not found is looked for again. Safe among threads."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._found: dict[Song, Match | None] = {}
        if path.exists():
            self._read(path.read_text(encoding="utf-8", errors="replace"))

    def known(self, song: Song) -> Match | None:
        """Give what was found before, without asking."""
        return self._found.get(song)

    def find(self, session: requests.Session, song: Song) -> Match | None:
        """Look a song up, unless it was found before (see `find`)."""
        match = self.known(song)
        if match is None and (match := find(session, song)):
            self._note(song, match)
        return match

    def save(self, session: requests.Session, song: Song, path: Path, check: Callable[[Path], None] | None = None,
             ) -> Path | None:
        """Look a song up and fetch its preview (see `save`); None where no service has it."""
        for known in (self.known(song), None):
            match = known or self.find(session, song)
            try:
                return save(session, match, path, check) if match else None
            except FetchError as error:
                if known is None or error.cause not in GONE:
                    raise
                self._note(song, None)  # the service no longer has what it had: look again
        return None

    def _read(self, text: str) -> None:
        """Take up what is on file, but for a line that was cut short, which is removed."""
        whole = []
        for line in text.splitlines(keepends=True):
            try:
                song, match = json.loads(line)
                self._found[Song(**song)] = match and Match(**match)
                whole.append(line if line.endswith("\n") else f"{line}\n")
            except (ValueError, TypeError):
                continue
        if "".join(whole) != text:
            write_text(self._path, "".join(whole))

    def _note(self, song: Song, match: Match | None) -> None:
        kept = match and {name: value for name, value in asdict(match).items() if name not in ("link", "album")}
        with self._lock:
            self._found[song] = match
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([asdict(song), kept]) + "\n")
