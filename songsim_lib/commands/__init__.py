"""What run_all.sh does beside the study: a module for each command (standard library only, until it works).

Each has `parser()`; `check(options)`, which sees what is wrong before anything is set up, and may return the optional
requirements to set up; and `answer(options)`, which returns what is printed. The last two raise `Refused`. `KEPT` says
what an interruption leaves, where it is worth saying.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import TextIO

from songsim_lib import signals

COMMANDS = {
    "compare": "are these two songs alike, and where?",
    "search": "which songs of a folder are nearest to one?",
    "sweep": "do other hyper-parameters give other results?",
    "train": "train a study's experiments without its notebooks, on one device or several",
}


class Refused(Exception):
    """What was asked for cannot be done; says why in one sentence."""


def run(name: str, arguments: list[str], only_check: bool = False) -> int:
    """Run a command; returns the exit status: 0 when it was done, 2 when it was refused, 130 or 143 when interrupted.

    Only the answer goes to stdout, so that other programs can read it; what libraries remark goes to stderr.
    """
    command = import_module(f"{__name__}.{name}")
    options = command.parser().parse_args(arguments)
    try:
        extra = command.check(options)
        if only_check:
            print(extra or "")
            return 0
        with redirect_stdout(sys.stderr):
            answer = command.answer(options)
    except Refused as refused:
        say(f"{name}: {refused}", sys.stderr)
        return 2
    except KeyboardInterrupt as interruption:
        say(f"{name}: interrupted{getattr(command, 'KEPT', '')}", sys.stderr)
        return signals.status(interruption)
    if answer:
        say(answer, sys.stdout)
    return 0


def say(text: str, stream: TextIO) -> None:
    """Print text that may hold the names of strangers' files: nothing in it steers a terminal or fails to print."""
    plain = "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)
    encoding = stream.encoding or "utf-8"
    print(plain.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
