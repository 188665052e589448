"""A worker process whose parent was killed ends as well.

joblib's workers do not: one that has a result to hand over waits for ever for a parent that cannot take it, with all
its memory.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

Result = TypeVar("Result")
EVERY_S = 2.0


def guarded(function: Callable[..., Result]) -> Callable[..., Result]:
    """Let a function's first call in a child of this process see to it that the child does not outlive this one."""
    return partial(_call, function, os.getpid())


def _call(function: Callable[..., Result], parent: int, *arguments: Any) -> Result:
    if os.getppid() == parent:  # not in this process itself, nor on another machine
        _watch(parent)
    return function(*arguments)


@cache
def _watch(parent: int) -> None:
    """Begin to look, now and then, whether the parent is still there; once in a process."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(EVERY_S)
        os._exit(1)  # the main thread may be waiting for a lock that nobody holds any more

    threading.Thread(target=look, daemon=True, name="orphans").start()
