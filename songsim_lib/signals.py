"""A polite request to end (SIGTERM, as of a machine that is taken back) is an interruption like Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

SIGNALLED = 128  # exit statuses above it say by which signal a process was ended


class Terminated(KeyboardInterrupt):
    """Somebody asked this process to end."""


def status(interruption: KeyboardInterrupt) -> int:
    """Give the exit status that shells expect after it: 143 after SIGTERM, 130 after Ctrl-C."""
    return SIGNALLED + (signal.SIGTERM if isinstance(interruption, Terminated) else signal.SIGINT)


def heed() -> None:
    """Raise `Terminated` in the main thread when this process is asked to end; without it nothing would be tidied."""

    def end(*_: object) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, end)


@contextmanager
def held_back() -> Iterator[None]:
    """Hold Ctrl-C back for a moment. Processes that begin meanwhile never hear it: who began them does, and ends them.

    Without it each of them prints a traceback, some before the first line of ours could prevent it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # the first process would start it, which lets Ctrl-C through again (Python 3.11)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
