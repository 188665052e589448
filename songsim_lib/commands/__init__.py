"""What run_all.sh does beside the study: a module for each command (standard library only, until it works).

Each has `parser()`; `check(options)`, which sees what is wrong before anything is set up; and `answer(options)`, which
returns what is printed. The last two raise `Refused`.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import TextIO

COMMANDS = {"compare": "are these two songs alike, and where?", "search": "which songs of a folder are nearest to one?"}


class Refused(Exception):
    """What was asked for cannot be done; says why in one sentence."""


def run(name: str, arguments: list[str], only_check: bool = False) -> int:
    """Run a command; returns the exit status: 0 when it was done, 2 when it was refused.

    Only the answer goes to stdout, so that other programs can read it; what libraries remark goes to stderr.
    """
    command = import_module(f"{__name__}.{name}")
    options = command.parser().parse_args(arguments)
    try:
        command.check(options)
        if only_check:
            return 0
        with redirect_stdout(sys.stderr):
            answer = command.answer(options)
    except Refused as refused:
        say(f"{name}: {refused}", sys.stderr)
        return 2
    say(answer, sys.stdout)
    return 0


def say(text: str, stream: TextIO) -> None:
    """Print text that may hold the names of strangers' files: nothing in it steers a terminal or fails to print."""
    plain = "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)
    encoding = stream.encoding or "utf-8"
    print(plain.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
