"""An end set for the whole run, since machines are lent for 9 or 12 hours: what cannot end in time is not begun.

The chain tells its notebooks through an environment variable; without one there is no end.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "SONGSIM_DEADLINE"  # seconds since 1970
MARGIN = 1.2  # epochs differ in length
RESERVE_S = 60.0  # kept for saving and leaving


class OutOfTime(RuntimeError):
    """There is no time left for what comes next; all that was finished is saved, and the same command goes on."""


def left() -> float:
    """Seconds that are left; infinite without a deadline."""
    return float(os.environ.get(VARIABLE, "inf")) - time.time()


def near(seconds: float = 0.0) -> bool:
    """Tell whether something that takes so long would not end in time."""
    return MARGIN * seconds >= left()


@contextmanager
def after(hours: float | None) -> Iterator[None]:
    """Set an end for this block and the processes it starts; None sets none.

    A minute before it (a tenth of a shorter time), what is under way is interrupted as Ctrl-C would; what looks ahead
    (`near`) stops by itself before that.

    Raises
    ------
    OutOfTime : in place of the KeyboardInterrupt.
    """
    if hours is None:
        yield
        return
    seconds, over = 3600 * hours, []
    working = seconds - min(RESERVE_S, seconds / 10)

    def stop(*_: object) -> None:
        over.append(True)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    os.environ[VARIABLE] = str(time.time() + working)
    signal.setitimer(signal.ITIMER_REAL, working)
    try:
        yield
    except KeyboardInterrupt:
        if over:
            raise OutOfTime(f"{hours:g} hours") from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        del os.environ[VARIABLE]
