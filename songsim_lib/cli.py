"""The command line behind run_all.sh (imports nothing outside the standard library before it works)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from songsim_lib.config import EXPERIMENTS, PROFILES, ChoiceError, choose, choose_experiments
from songsim_lib.paths import ROOT
from songsim_lib.source_choice import SOURCE_KINDS, Option, SourceChoice

DESCRIPTION = """\
Runs the study: the notebooks in order, each on what the ones before it left, then one HTML report.
Steps that are finished and whose inputs did not change are skipped."""


def notebooks(folder: Path = ROOT / "notebooks") -> dict[str, Path]:
    """The steps of the study in their order: name ("00_data") -> notebook."""
    return {path.stem: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def _profile(text: str) -> str:
    return choose("profile", text, ["auto", *PROFILES])


def _source(text: str) -> str:
    return str(SourceChoice.of(text))


def _source_options() -> dict[str, Option]:
    """The options of all sources, each a flag of its own (two sources that have the same name share the flag)."""
    return {option.name: option for kind in SOURCE_KINDS.values() for option in kind.options}


def _add_source_options(parser: argparse.ArgumentParser) -> None:
    for name, option in _source_options().items():
        if option.values == ("no", "yes"):
            parser.add_argument(f"--{name}", action="store_const", const="yes", help=option.help)
        else:
            shown = "|".join(option.values) or ("N" if option.largest else "DIR")
            default = f" (default: {option.default})" if option.default else ""
            parser.add_argument(f"--{name}", metavar=shown, help=option.help + default)


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


def _output(text: str) -> str:
    folder = Path(text).expanduser().resolve()
    if not text or any(part.exists() and not part.is_dir() for part in (folder, *folder.parents)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a folder")
    return str(folder)


def _checked(read):
    """An argparse type from a function that raises ChoiceError, so that its list of valid names is shown."""

    def wrapped(text: str):
        try:
            return read(text)
        except ChoiceError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return wrapped


def _table(rows: dict[str, str]) -> str:
    return "\n".join(f"  {name:<25}{text}" for name, text in rows.items())


def parser() -> argparse.ArgumentParser:
    """The options of run_all.sh; an unknown name ends with exit code 2 and the valid ones."""
    lists = {
        "profiles": {
            "auto": "report with a CUDA GPU, quick without",
            **{p.name: p.purpose for p in PROFILES.values()},
        },
        "sources": {name: kind.description for name, kind in SOURCE_KINDS.items()},
        "experiments": {experiment.name: experiment.title for experiment in EXPERIMENTS.values()},
        "notebooks": dict.fromkeys(notebooks(), ""),
    }
    result = argparse.ArgumentParser(
        prog="run_all.sh",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="./run_all.sh [options]\n       ./run_all.sh test [options of pytest]",
        allow_abbrev=False,
        epilog="\n\n".join(f"{title}:\n{_table(rows)}" for title, rows in lists.items()),
    )
    add = result.add_argument
    add("--profile", type=_checked(_profile), default="auto", help="size of the run (default: auto)")
    add(
        "--source",
        type=_checked(_source),
        default="tunebook",
        help="where the music is from (default: tunebook)",
    )
    _add_source_options(result)
    add("--seed", type=_seed, default=0, metavar="N", help="seed of everything random (default: 0)")
    add(
        "--output",
        type=_output,
        default=None,
        metavar="DIR",
        help="folder for cache/ and runs/ (default: data/)",
    )
    add("--experiments", type=_checked(_experiments), default="all", metavar="A,B", help="train only these")
    add("--notebooks", type=_checked(_notebooks), default=None, metavar="00,04", help="run only these")
    add("--fresh", action="store_true", help="delete what this study has made before, then run everything")
    # For run_all.sh: refuse wrong names before the set-up, and print the extra requirements it must meet.
    add("--check", action="store_true", help=argparse.SUPPRESS)
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; returns the exit code."""
    reader = parser()
    options = reader.parse_args(arguments)
    given = {name: value for name in _source_options() if (value := getattr(options, name)) is not None}
    try:
        source = SourceChoice.of(options.source, given)
    except ChoiceError as error:
        reader.error(str(error))
    if options.check:
        print(source.extra)
        return 0
    from songsim_lib.chain import Request, run_study

    return run_study(
        Request(
            notebooks=notebooks(),
            wanted=options.notebooks or list(notebooks()),
            source=str(source),
            profile=options.profile,
            seed=options.seed,
            output=options.output or "",
            experiments=options.experiments,
            fresh=options.fresh,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
