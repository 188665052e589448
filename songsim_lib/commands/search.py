"""./run_all.sh search QUERY --catalog FOLDER: which songs of a folder are nearest to one?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from songsim_lib.commands import COMMANDS, Refused, say

if TYPE_CHECKING:
    from songsim_lib.calibration import Calibration
    from songsim_lib.models import Embedder
    from songsim_lib.search.index import Index


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    result = argparse.ArgumentParser(
        prog="run_all.sh search", description=f"{COMMANDS['search'].capitalize()} The folder is listened to once; "
        "later only what is new or changed.", allow_abbrev=False,
        epilog="p says of one pair how often two recordings of unrelated works are as alike. How many songs as near as "
        "a hit chance alone would bring counts all that were searched: far below 1, it is hardly chance.")
    result.add_argument("query", metavar="QUERY", type=Path, help="a sound file")
    result.add_argument("--catalog", type=Path, metavar="FOLDER", required=True,
                        help="the folder to search: one for each work, or with an index.csv (file,work_id)")
    result.add_argument("--top", type=_count, default=10, metavar="N", help="show so many (default: 10)")
    result.add_argument("--json", action="store_true", help="print what was found as JSON instead")
    result.add_argument("--fresh", action="store_true", help="listen to all of the folder again")
    return result


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000000")
    return int(text)


def check(options: argparse.Namespace) -> None:
    """See that the query and the folder are there; raises `Refused`."""
    if not options.query.is_file():
        raise Refused(f"{options.query}: no such file")
    if not options.catalog.is_dir():
        raise Refused(f"{options.catalog}: no such folder")


def answer(options: argparse.Namespace) -> str:
    """Bring the index of the folder up to date and search it; raises `Refused`."""
    from songsim_lib import audio
    from songsim_lib.catalog import CatalogError
    from songsim_lib.checkpoint import CheckpointError
    from songsim_lib.config import AudioSpec
    from songsim_lib.models import load_pretrained
    from songsim_lib.search.index import SearchIndexError
    from songsim_lib.search.query import search
    from songsim_lib.search.update import update

    try:
        next(audio.stream(options.query, AudioSpec()))  # what is no sound is told before hours of listening, not after
        net = load_pretrained()
        calibrated = _calibrated(net)
        index = update(options.catalog, net, fresh=options.fresh)
        _tell_failed(index)
        hits = search(options.query, index, options.top, net, calibrated=calibrated)
    except (audio.AudioError, CatalogError, CheckpointError, SearchIndexError, OSError) as error:
        raise Refused(str(error)) from error
    return hits.json() if options.json else hits.text()


def _calibrated(net: Embedder) -> Calibration | None:
    """Read how rare likenesses are to this network; None for another than the project's; raises `Refused`."""
    from songsim_lib import calibration

    try:
        return calibration.of(net)
    except (ValueError, OSError) as error:
        raise Refused(str(error)) from error


def _tell_failed(index: Index) -> None:
    """Say which recordings cannot be found since they could not be used."""
    from songsim_lib.text import named

    if len(index.failed):
        reasons = named(index.failed["reason"], "; ")
        say(f"search: {len(index.failed)} of {len(index.recordings)} recordings could not be used: {reasons}",
            sys.stderr)
