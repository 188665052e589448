"""Words for messages."""

from __future__ import annotations

from collections.abc import Iterable

MAX_NAMED = 5


def named(items: Iterable[object], between: str = ", ") -> str:
    """Name the first few of what a message is about, and say how many there are."""
    names = list(map(str, items))
    told = names[:MAX_NAMED] + ([f"... ({len(names)} in all)"] if len(names) > MAX_NAMED else [])
    return between.join(told)
