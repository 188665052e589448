"""Options of the command line that say which study is meant, the same for all that works on one (standard library)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from songsim_lib.config import EXPERIMENTS, MAX_SEEDS, ChoiceError, choose, choose_experiments
from songsim_lib.profiles import AUTO, PROFILES
from songsim_lib.source_choice import SourceChoice
from songsim_lib.source_kinds import SOURCE_KINDS, Option


def add_study(reader: argparse.ArgumentParser) -> None:
    """Add source (with the options of all sources), profile, seed and output."""
    add = reader.add_argument
    add("--profile", type=checked(_profile), default="auto", help="size of the run (default: auto)")
    add("--source", type=checked(lambda text: str(SourceChoice.of(text))), default="tunebook",
        help="where the music is from (default: tunebook)")
    for name, option in _source_options().items():
        if option.values == ("no", "yes"):
            add(f"--{name}", action="store_const", const="yes", help=option.help)
        else:
            shown = "|".join(option.values) or ("N" if option.largest else "FILE" if option.file else "DIR")
            default = f" (default: {option.default})" if option.default else ""
            add(f"--{name}", metavar=shown, help=option.help + default)
    add("--seed", type=_seed, default=0, metavar="N", help="seed of everything random (default: 0)")
    add("--output", type=_output, default=None, metavar="DIR", help="folder for cache/ and runs/ (default: data/)")


def add_trainings(reader: argparse.ArgumentParser) -> None:
    """Add what is trained, and how often."""
    add = reader.add_argument
    add("--seeds", type=checked(_seeds), default=1, metavar="K", help="train each experiment K times (default: 1)")
    add("--experiments", type=checked(_experiments), default="all", metavar="A,B", help="train only these")


def source_of(options: argparse.Namespace) -> SourceChoice:
    """Put a source together from its name and the options that were given.

    Raises
    ------
    ChoiceError : they do not belong together, or the source is to test on only.
    """
    given = {name: value for name in _source_options() if (value := getattr(options, name)) is not None}
    return SourceChoice.of(options.source, given).for_training()


def checked(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """An argparse type from a function that raises ChoiceError, so that its list of valid names is shown."""

    def wrapped(text: str) -> Any:
        try:
            return read(text)
        except ChoiceError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return wrapped


def _source_options() -> dict[str, Option]:
    """The options of all sources, each a flag of its own (two sources that have the same name share the flag)."""
    return {option.name: option for kind in SOURCE_KINDS.values() for option in kind.options}


def _profile(text: str) -> str:
    return choose("profile", text, [AUTO, *PROFILES])


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def _seeds(text: str) -> int:
    return int(Option("seeds", "", largest=MAX_SEEDS).check(text))


def _experiments(text: str) -> str:
    chosen = [experiment.name for experiment in choose_experiments(text)]
    return "all" if len(chosen) == len(EXPERIMENTS) else ",".join(chosen)


def _output(text: str) -> str:
    folder = Path(text).expanduser().resolve()
    if not text or any(part.exists() and not part.is_dir() for part in (folder, *folder.parents)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return str(folder)
