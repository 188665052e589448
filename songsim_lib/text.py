"""Words for messages, and texts of strangers made fit to stand in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_NAMED = 5
LONGEST = 200  # characters of a text; what is longer is no name
# What Markdown makes something of: its signs, addresses, and what begins a list.
_MARKUP = re.compile(r"[\\`*_{}\[\]()#!|~<>&$^@]|:(?=//)|(?<=www)\.|\A[-+]|(?<=\A[0-9])\.")
CODE = re.compile(r"`([^`]+)`")


def named(items: Iterable[object], between: str = ", ") -> str:
    """Name the first few of what a message is about, and say how many there are."""
    names = list(map(str, items))
    told = names[:MAX_NAMED] + ([f"... ({len(names)} in all)"] if len(names) > MAX_NAMED else [])
    return between.join(told)


def clean(text: object, longest: int = LONGEST) -> str:
    """Make one line of a text: composed letters, no control or invisible characters, at most `longest` of them."""
    composed = unicodedata.normalize("NFC", str(text or "")[: 4 * longest])
    words = "".join(sign if sign.isprintable() else " " for sign in composed).split()
    return " ".join(words)[:longest].rstrip()


def line(text: str, longest: int = LONGEST) -> str:
    """Make one line of a text that may be no text (the name of a file), to steer no terminal and turn no writing."""
    return clean(text.encode(errors="backslashreplace").decode(), longest)


def is_text(name: str) -> bool:
    """Whether the name of a file is text in the system's encoding; the bytes of another are kept as surrogates."""
    return name.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in name)


def markdown(text: str, longest: int = LONGEST) -> str:
    """Make one line that Markdown and HTML show as it is: no heading, link, formula or tag comes of it."""
    return _escaped(line(text, longest))


def coded(text: str, longest: int = LONGEST) -> str:
    """Make one line as `markdown` does, but what stands between backticks stays code, which Markdown leaves alone."""
    parts = CODE.split(line(text, longest))  # every other one is code
    return "".join(f"`{part}`" if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    return _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", text)


def span(start_s: float, end_s: float) -> str:
    """Write an interval: 0:05-0:13."""
    return f"{clock(start_s)}-{clock(end_s)}"


def clock(seconds: float) -> str:
    """Write a time as a player shows it: 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
