"""Which pieces are the same work? Compared by melody, whatever the key; titles only add suspicion."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from itertools import pairwise

from .music import Note, Piece

GRAM = 10
MAX_SHARED = 0.15  # half of the 30 % at which two tunes count as the same
EMPTY_WORDS = frozenset(("the", "a", "an", "le", "la", "les", "der", "die", "das", "no", "op",
                         "reel", "jig", "hornpipe", "strathspey", "clog", "march", "air"))


def grams(melody: tuple[Note, ...]) -> frozenset[tuple[int, ...]]:
    """All runs of ten diatonic intervals in a melody; the highest note of a chord counts."""
    line: dict[float, int] = {}
    for note in melody:
        line[round(note.onset, 4)] = max(note.step, line.get(round(note.onset, 4), -99))
    steps = [line[onset] for onset in sorted(line)]
    moves = [b - a for a, b in pairwise(steps)]
    return frozenset(tuple(moves[i : i + GRAM]) for i in range(len(moves) - GRAM + 1))


def plain_title(title: str) -> str:
    """A title without case, accents, articles, numbers and the name of the dance."""
    text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z ]+", " ", text.replace("'", ""))
    return " ".join(word for word in text.split() if word not in EMPTY_WORDS) or text.strip()


class Shelf:
    """The works chosen so far; refuses a piece that may be one of them."""

    def __init__(self) -> None:
        self._grams: dict[str, frozenset] = {}
        self._holders: dict[tuple[int, ...], set[str]] = defaultdict(set)
        self._titles: dict[tuple[str, str], str] = {}

    def same_as(self, piece: Piece) -> str | None:
        """The work on the shelf that this piece may be, or None."""
        mine = grams(piece.melody)
        counts: dict[str, int] = defaultdict(int)
        for gram in mine:
            for holder in self._holders.get(gram, ()):
                counts[holder] += 1
        for holder, count in sorted(counts.items()):
            if count / max(min(len(mine), len(self._grams[holder])), 1) > MAX_SHARED:
                return holder
        return self._titles.get(self._title_key(piece))

    def add(self, piece: Piece) -> None:
        """Put a piece on the shelf."""
        mine = grams(piece.melody)
        self._grams[piece.work_id] = mine
        for gram in mine:
            self._holders[gram].add(piece.work_id)
        self._titles[self._title_key(piece)] = piece.work_id

    @staticmethod
    def _title_key(piece: Piece) -> tuple[str, str]:
        title = str(piece.fact("title"))
        if piece.fact("repertoire") == "quartets":  # movements in separate files share a title: trust the notes
            return "", piece.work_id
        return "" if piece.fact("repertoire") == "tunes" else str(piece.fact("composer")), plain_title(title)
