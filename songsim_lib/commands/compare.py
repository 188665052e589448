"""./run_all.sh compare A B: are two songs alike, and where?"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from songsim_lib.commands import COMMANDS, Refused

ENDINGS = (".html", ".htm")


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    result = argparse.ArgumentParser(
        prog="run_all.sh compare", description=f"{COMMANDS['compare'].capitalize()} Prints the verdict in one line.",
        epilog="Exit status: 0 when they were compared, whatever was found; 2 when they could not be.",
        allow_abbrev=False)
    result.add_argument("a", metavar="A", type=Path, help="a sound file of 5 seconds to 10 minutes")
    result.add_argument("b", metavar="B", type=Path, help="another")
    result.add_argument("--out", type=Path, metavar="REPORT.html",
                        help="also write a page with the passages to see and hear; it needs no network")
    result.add_argument("--json", action="store_true", help="print everything that was found as JSON instead")
    return result


def check(options: argparse.Namespace) -> None:
    """See that the files are there and that the page can be written; raises `Refused`."""
    for path in (options.a, options.b):
        if not path.is_file():
            raise Refused(f"{path}: no such file")
    if options.out is not None:
        _check_page(options.out)


def _check_page(path: Path) -> None:
    """See that a page can be written there; raises `Refused`."""
    if path.suffix.lower() not in ENDINGS:  # so that a slip overwrites nobody's music
        raise Refused(f"{path}: the page is HTML, give it a name that ends in {' or '.join(ENDINGS)}")
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if path.is_dir() or not there.is_dir() or not os.access(there, os.W_OK):
        raise Refused(f"{path}: no page can be written there")


def answer(options: argparse.Namespace) -> str:
    """Compare, write the page where one is wanted, and return the verdict; raises `Refused`."""
    from songsim_lib.audio import AudioError
    from songsim_lib.checkpoint import CheckpointError
    from songsim_lib.compare.comparison import between
    from songsim_lib.compare.sound import hear
    from songsim_lib.config import AudioSpec
    from songsim_lib.models import load_pretrained

    try:
        a, b = (hear(path, AudioSpec()) for path in (options.a, options.b))
        found = between(a, b, load_pretrained())
        if options.out is not None:
            import matplotlib

            matplotlib.use("agg")  # also where there is a screen, nothing is shown on it
            from songsim_lib.compare import page

            page.write(options.out, found, a, b)
    except (AudioError, CheckpointError, OSError, ValueError) as error:  # the last: a damaged calibration
        raise Refused(str(error)) from error
    return found.to_json() if options.json else found.one_line()
