"""The command line behind run_all.sh (imports nothing outside the standard library before it works)."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from songsim_lib import commands, options, signals
from songsim_lib.config import EXPERIMENTS, choose
from songsim_lib.paths import ROOT
from songsim_lib.profiles import AUTO, PROFILES
from songsim_lib.source_choice import as_test_set
from songsim_lib.source_kinds import SOURCE_KINDS, Option
from songsim_lib.text import is_text, line

DESCRIPTION = """\
Runs the study: the notebooks in order, each on what the ones before it left, then one HTML report.
Steps that are finished and whose inputs did not change are skipped."""

# A line for each thing that run_all.sh does.
USES = ("./run_all.sh [options]", "./run_all.sh compare A B [--out report.html] [--json]",
        "./run_all.sh search QUERY --catalog FOLDER [--top N] [--json] [--fresh]",
        "./run_all.sh train [--experiments A,B] [options]   (alone, or several with accelerate launch)",
        "./run_all.sh sweep [--trials N] [--seeds K] [--profile P] [--storage URL]",
        "./run_all.sh test [options of pytest]")


def notebooks(folder: Path = ROOT / "notebooks") -> dict[str, Path]:
    """The steps of the study in their order: name ("00_data") -> notebook."""
    return {path.stem: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}


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


def _earlier(text: str) -> str:
    return Option("earlier", "").check(text)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours, as 11.5")
    return hours


def _names() -> str:
    """List every name that can be asked for, for the end of --help."""
    lists = {
        "profiles": {AUTO: "report with a CUDA GPU, quick without", **{p.name: p.purpose for p in PROFILES.values()}},
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
    options.add_study(result)
    options.add_trainings(result)
    add = result.add_argument
    add("--covers-folder", type=options.checked(_covers_folder), default=None, metavar="DIR",
        help="also look for covers among these recordings: a folder for each work, or index.csv (file,work_id); "
        f"or by name a set to test on ({', '.join(name for name, kind in SOURCE_KINDS.items() if kind.test_only)})")
    add("--covers-split", default="", metavar="NAME",
        help="of these, only the rows of index.csv with that split ask for their versions; all can be found")
    add("--notebooks", type=options.checked(_notebooks), default=None, metavar="00,04", help="run only these")
    add("--earlier", type=options.checked(_earlier), default=None, metavar="DIR",
        help="go on from what an earlier run left there, which may be read-only (on Kaggle: found in /kaggle/input)")
    add("--time-budget", type=_hours, default=None, metavar="H",
        help="stop after so many hours at the latest, with everything saved; the same command then goes on")
    add("--fresh", action="store_true", help="delete what this study has made before, then run everything")
    # For run_all.sh: refuse wrong names before the set-up, and print the extra requirements it must meet.
    add("--check", action="store_true", help=argparse.SUPPRESS)
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; returns the exit code."""
    signals.heed()
    words = sys.argv[1:] if arguments is None else arguments
    command = words[1:] if words[:1] == ["--check"] else words
    if command and command[0] in commands.COMMANDS:
        return commands.run(command[0], command[1:], only_check=command != words)
    reader = parser()
    given = reader.parse_args(words)
    if not all(map(is_text, words)):  # notebooks get these as parameters, and a notebook is text
        reader.error(f"not UTF-8 text, rename the file or folder: {' '.join(line(word) for word in words)}")
    by_name = as_test_set(given.covers_folder or "") is not None
    if given.covers_split and (by_name or not given.covers_folder):
        reader.error("--covers-split needs --covers-folder with a folder that has an index.csv")
    try:
        source = options.source_of(given)
        if given.check:
            print(source.extra)
            return 0
        if given.covers_folder and not by_name:  # read before hours of training, not after
            from songsim_lib.sources import folder

            folder.require_versions(folder.catalog(given.covers_folder, given.covers_split), given.covers_folder)
    except ValueError as error:  # a ChoiceError or a CatalogError
        reader.error(str(error))
    from songsim_lib.chain import Request, run_study

    same = ("profile", "seed", "seeds", "output", "experiments", "covers_folder", "covers_split", "earlier",
            "time_budget", "fresh")
    return run_study(Request(notebooks=notebooks(), wanted=given.notebooks or list(notebooks()), source=str(source),
                             **{name: value for name in same if (value := getattr(given, name)) is not None}))


if __name__ == "__main__":
    sys.exit(main())
