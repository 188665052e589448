"""The command line behind run_all.sh (imports nothing outside the standard library before it works)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from songsim_lib import commands
from songsim_lib.config import EXPERIMENTS, MAX_SEEDS, PROFILES, ChoiceError, choose, choose_experiments
from songsim_lib.paths import ROOT
from songsim_lib.source_choice import SourceChoice, as_test_set
from songsim_lib.source_kinds import SOURCE_KINDS, Option

DESCRIPTION = """\
Runs the study: the notebooks in order, each on what the ones before it left, then one HTML report.
Steps that are finished and whose inputs did not change are skipped."""

# A line for each thing that run_all.sh does.
USES = ("./run_all.sh [options]", "./run_all.sh compare A B [--out report.html] [--json]",
        "./run_all.sh search QUERY --catalog FOLDER [--top N] [--json] [--fresh]",
        "./run_all.sh test [options of pytest]")


def notebooks(folder: Path = ROOT / "notebooks") -> dict[str, Path]:
    """The steps of the study in their order: name ("00_data") -> notebook."""
    return {path.stem: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def _seeds(text: str) -> int:
    return int(Option("seeds", "", largest=MAX_SEEDS).check(text))


def _profile(text: str) -> str:
    return choose("profile", text, ["auto", *PROFILES])


def _source_options() -> dict[str, Option]:
    """The options of all sources, each a flag of its own (two sources that have the same name share the flag)."""
    return {option.name: option for kind in SOURCE_KINDS.values() for option in kind.options}


def _add_source_options(add: Callable[..., object]) -> None:
    for name, option in _source_options().items():
        if option.values == ("no", "yes"):
            add(f"--{name}", action="store_const", const="yes", help=option.help)
        else:
            shown = "|".join(option.values) or ("N" if option.largest else "FILE" if option.file else "DIR")
            default = f" (default: {option.default})" if option.default else ""
            add(f"--{name}", metavar=shown, help=option.help + default)


def _experiments(text: str) -> str:
    chosen = [experiment.name for experiment in choose_experiments(text)]
    return "all" if len(chosen) == len(EXPERIMENTS) else ",".join(chosen)


def _notebooks(text: str) -> list[str]:
    """ "00,04" or full names, in the study's order."""
    short = {name[:2]: name for name in notebooks()}
    wanted = {short.get(name.strip(), name.strip()) for name in text.split(",")}
    for name in sorted(wanted):
        choose("notebook", name, notebooks())
    return [name for name in notebooks() if name in wanted]


def _covers_folder(text: str) -> str:
    named = as_test_set(text)
    return str(named) if named else Option("covers-folder", "").check(text)


def _output(text: str) -> str:
    folder = Path(text).expanduser().resolve()
    if not text or any(part.exists() and not part.is_dir() for part in (folder, *folder.parents)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return str(folder)


def _checked(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """An argparse type from a function that raises ChoiceError, so that its list of valid names is shown."""

    def wrapped(text: str) -> Any:
        try:
            return read(text)
        except ChoiceError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return wrapped


def _names() -> str:
    """List every name that can be asked for, for the end of --help."""
    lists = {
        "profiles": {"auto": "report with a CUDA GPU, quick without", **{p.name: p.purpose for p in PROFILES.values()}},
        "sources": {name: kind.description for name, kind in SOURCE_KINDS.items()},
        "experiments": {experiment.name: experiment.title for experiment in EXPERIMENTS.values()},
        "notebooks": dict.fromkeys(notebooks(), ""),
        "commands (./run_all.sh NAME --help)": commands.COMMANDS,
    }
    return "\n\n".join("\n".join([f"{title}:", *(f"  {name:<25}{text}" for name, text in rows.items())])
                       for title, rows in lists.items())


def parser() -> argparse.ArgumentParser:
    """The options of run_all.sh; an unknown name ends with exit code 2 and the valid ones."""
    result = argparse.ArgumentParser(
        prog="run_all.sh", usage="\n       ".join(USES),
        description=DESCRIPTION, epilog=_names(), formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False)
    add = result.add_argument
    add("--profile", type=_checked(_profile), default="auto", help="size of the run (default: auto)")
    add("--source", type=_checked(lambda text: str(SourceChoice.of(text))), default="tunebook",
        help="where the music is from (default: tunebook)")
    _add_source_options(add)
    add("--seed", type=_seed, default=0, metavar="N", help="seed of everything random (default: 0)")
    add("--seeds", type=_checked(_seeds), default=1, metavar="K", help="train each experiment K times (default: 1)")
    add("--output", type=_output, default=None, metavar="DIR", help="folder for cache/ and runs/ (default: data/)")
    add("--experiments", type=_checked(_experiments), default="all", metavar="A,B", help="train only these")
    add("--covers-folder", type=_checked(_covers_folder), default=None, metavar="DIR",
        help="also look for covers among these recordings: a folder for each work, or index.csv (file,work_id); "
        f"or by name a set to test on ({', '.join(name for name, kind in SOURCE_KINDS.items() if kind.test_only)})")
    add("--covers-split", default="", metavar="NAME",
        help="of these, only the rows of index.csv with that split ask for their versions; all can be found")
    add("--notebooks", type=_checked(_notebooks), default=None, metavar="00,04", help="run only these")
    add("--fresh", action="store_true", help="delete what this study has made before, then run everything")
    # For run_all.sh: refuse wrong names before the set-up, and print the extra requirements it must meet.
    add("--check", action="store_true", help=argparse.SUPPRESS)
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    command = words[1:] if words[:1] == ["--check"] else words
    if command and command[0] in commands.COMMANDS:
        return commands.run(command[0], command[1:], only_check=command != words)
    reader = parser()
    options = reader.parse_args(words)
    given = {name: value for name in _source_options() if (value := getattr(options, name)) is not None}
    by_name = as_test_set(options.covers_folder or "") is not None
    if options.covers_split and (by_name or not options.covers_folder):
        reader.error("--covers-split needs --covers-folder with a folder that has an index.csv")
    try:
        source = SourceChoice.of(options.source, given).for_training()
        if options.check:
            print(source.extra)
            return 0
        if options.covers_folder and not by_name:  # read before hours of training, not after
            from songsim_lib.sources import folder

            folder.require_versions(folder.catalog(options.covers_folder, options.covers_split), options.covers_folder)
    except ValueError as error:  # a ChoiceError or a CatalogError
        reader.error(str(error))
    from songsim_lib.chain import Request, run_study

    same = ("profile", "seed", "seeds", "output", "experiments", "covers_folder", "covers_split", "fresh")
    return run_study(Request(notebooks=notebooks(), wanted=options.notebooks or list(notebooks()), source=str(source),
                             **{name: value for name in same if (value := getattr(options, name)) is not None}))


if __name__ == "__main__":
    sys.exit(main())
