"""Titles and artists as catalogs and services spell them, made comparable: is this the song that is meant?

"Karma Police - Remastered", "Karma Police (2009 Remaster)" and "KARMA POLICE" are one recording in three spellings;
"Karma Police (Live)" is another recording, and one by "Karaoke Universe" another performance.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# A bracket or a part after " - " with one of these words speaks of another version than the song as first published.
VERSIONS = frozenset((
    "live", "unplugged", "concert", "rehearsal", "session", "sessions", "demo", "outtake", "alternate", "acoustic",
    "instrumental", "orchestral", "symphonic", "acapella", "cappella", "remix", "rmx", "mix", "dub", "mashup", "inch",
    "bootleg", "extended", "rework", "reworked", "remake", "rerecorded", "reprise", "medley", "cover", "tribute",
    "karaoke", "playback", "backing", "style", "famous", "originally", "rendition", "parody", "lullaby", "slowed",
    "sped", "nightcore", "version"))
# One with nothing but these words says how the same recording was published; those of `_PLAIN` say nothing.
PUBLISHED = frozenset((
    "remaster", "remastered", "remasters", "digital", "digitally", "album", "single", "original", "lp", "ep", "mono",
    "stereo", "explicit", "clean", "bonus", "track", "deluxe", "expanded", "anniversary", "edition", "radio", "edit"))
_PLAIN = frozenset(("version", "mix"))
_FILLING = frozenset(("a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "recorded", "the"))
_SPELLINGS = {"n": "and", "pt": "part", "vol": "volume", "versus": "vs"}
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
                          "&": " and ", "+": " and ", "_": " ", **dict.fromkeys("'’‘`´")})
# Sign to look for, pattern, what stands for it: re-mastered, Ke$ha, P!nk.
_SPELT = (("re-", r"\bre-(?=master|record|mix|work)", "re"), ("$", r"(?<=\w)\$|\$(?=[a-z])", "s"),
          ("!", r"(?<=\w)!(?=\w)", "i"))
_WORD = re.compile(r"\w+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ACCENTS = re.compile("[\u0300-\u036f]")
_GUESTS = re.compile(r"(?:^|\s)[(\[]?(?:feat|ft|featuring)\b.*", re.IGNORECASE)
_CREDIT = re.compile(r"(?:feat|ft|featuring|with)\b|(?:music )?from\b.*\b(?:soundtrack|motion picture|film|movie)\b",
                     re.IGNORECASE)
_EDGES = re.compile(r"([(\[{]|[)\]}]|\s[-–—/]\s)")
_SEVERAL = re.compile(r"[,;/&+]|\b(?:and|x|vs|with)\b")
_ALBUMS = re.compile(r"karaoke|tribute to|in the style of|made famous|unplugged|\blive (?:at|in|from)\b", re.IGNORECASE)


class Title(NamedTuple):
    """A title taken apart: the words of the `song`, and those that tell its version from the one first published."""

    song: str
    version: frozenset[str] = frozenset()


@lru_cache(maxsize=100_000)
def plain(text: str) -> str:
    """Words without case, accents, punctuation and a leading "The": "The Beyoncé & Co." is "beyonce and co".

    Text that is nothing but signs (the band "!!!") is kept as it is.
    """
    lower = text.casefold()
    if not lower.isascii():  # accents go, but not the marks that make another letter in other scripts
        lower = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", lower)))
    lower = lower.translate(_LETTERS)
    for sign, pattern, letters in _SPELT:
        lower = re.sub(pattern, letters, lower) if sign in lower else lower
    words = [_SPELLINGS.get(word, word) for word in _WORD.findall(lower)]
    if len(words) > 1 and "the" in (words[0], words[-1]):  # "The Beatles", "Beatles, The"
        words = words[1:] if words[0] == "the" else words[:-1]
    return " ".join(words) or "".join(text.split())


@lru_cache(maxsize=100_000)
def parse(title: str) -> Title:
    """Take a title apart: "Creep (Acoustic) - Remastered" is the song "creep" in the version {"acoustic"}.

    Brackets and what follows " - " are credits and notes of publication (left out), a version, or part of the name.
    """
    if not (_EDGES.search(title) or _GUESTS.search(title)):  # most titles
        return Title(plain(title))
    song, version = [], set[str]()
    for text, aside in _parts(title):
        words = {word for word in plain(text).split() if not _YEAR.fullmatch(word)}
        published = not words or (bool(words & PUBLISHED) and words <= PUBLISHED | _PLAIN | _FILLING)
        if aside and (published or _CREDIT.match(text)):
            continue
        if aside and words & VERSIONS:
            version |= words - PUBLISHED - _FILLING
        else:
            song.append(text)
    if version & VERSIONS - _PLAIN:
        version.discard("version")
    name = " ".join(song)
    return Title(plain(name), frozenset(version)) if name else Title(plain(title))


def main_part(title: str) -> str:
    """The title as it is spelt, without brackets, what follows " - ", and guests: what a service is asked for."""
    return " ".join(text for text, aside in _parts(title) if not aside) or title


def _parts(title: str) -> list[tuple[str, bool]]:
    """Split a title at brackets and dashes: each part, with whether it stands aside from the main one."""
    parts: list[tuple[str, bool]] = []
    depth, after = 0, False
    for piece in _EDGES.split(title):
        mark = piece.strip()
        if mark in ("(", "[", "{"):
            depth += 1
        elif mark in (")", "]", "}"):
            depth = max(depth - 1, 0)
        elif piece != mark and mark in ("-", "–", "—", "/"):
            after = after or bool(parts)
        elif text := mark if depth or after else _GUESTS.sub("", mark):
            parts.append((text, bool(depth) or after))
    return parts


def same_title(one: str, other: str) -> bool:
    """Whether two titles name one song in one version; "(Live)" may be "(Live at Wembley)", but no title without."""
    a, b = parse(one), parse(other)
    return (_joined(a.song) == _joined(b.song) and a.version & VERSIONS == b.version & VERSIONS
            and (a.version <= b.version or b.version <= a.version))


def same_artist(one: str, other: str) -> bool:
    """Whether two names mean one artist: without guests, several in any order, "A, B" also as "A" ("A & B" is not)."""
    a, b = lead(one), lead(other)
    names = _joined(plain(a)), _joined(plain(b))
    first = [_joined(plain(re.split("[,;]", text)[0])) for text in (a, b)]
    several = [{_joined(plain(name)) for name in _SEVERAL.split(text.casefold()) if name.strip()} for text in (a, b)]
    return names[0] == names[1] or first[0] == names[1] or first[1] == names[0] or several[0] == several[1]


def lead(artist: str) -> str:
    """The name of an artist without guests: "Jay-Z feat. Alicia Keys" is "Jay-Z"."""
    return _GUESTS.sub("", artist).strip() or artist.strip()


def same_kind_of_album(album: str, title: str) -> bool:
    """Whether a song of this title may be meant by a recording on this album: a plain title by none that is live."""
    marked = parse(album).version & VERSIONS - _PLAIN or _ALBUMS.search(album)
    return not marked or bool(parse(title).version)


def work_name(artist: str, title: str) -> str:
    """Name the work by artist and song, "" where either is unknown: live takes, remixes and remasters are one work."""
    song, name = parse(title).song, plain(lead(artist))
    return f"{name}: {song}" if name and song else ""


def _joined(words: str) -> str:
    """Words without the spaces between them, in which spellings differ most (AC/DC, ACDC)."""
    return words.replace(" ", "")
