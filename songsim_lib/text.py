"""Words for messages."""

from __future__ import annotations

from collections.abc import Iterable

MAX_NAMED = 5


def named(items: Iterable[object], between: str = ", ") -> str:
    """Name the first few of what a message is about, and say how many there are."""
    names = list(map(str, items))
    told = names[:MAX_NAMED] + ([f"... ({len(names)} in all)"] if len(names) > MAX_NAMED else [])
    return between.join(told)


def span(start_s: float, end_s: float) -> str:
    """Write an interval: 0:05-0:13."""
    return f"{clock(start_s)}-{clock(end_s)}"


def clock(seconds: float) -> str:
    """Write a time as a player shows it: 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
