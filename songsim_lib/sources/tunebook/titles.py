"""Titles reduced to the words that tell tunes apart: a hint and nothing more."""

from __future__ import annotations

import re
import unicodedata

EMPTY_WORDS = frozenset(("the", "a", "an", "le", "la", "les", "der", "die", "das", "no", "op",
                         "reel", "jig", "hornpipe", "strathspey", "clog", "march", "air"))


def plain_title(title: str) -> str:
    """A title without case, accents, articles, numbers and the name of the dance."""
    text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z ]+", " ", text.replace("'", ""))
    return " ".join(word for word in text.split() if word not in EMPTY_WORDS) or text.strip()


def same_title(one: str, other: str) -> bool:
    """Whether two titles are alike but for spelling of case, articles and the name of the dance."""
    return plain_title(one) == plain_title(other)
