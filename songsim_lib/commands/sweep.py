"""./run_all.sh sweep: do other hyper-parameters give other results?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from songsim_lib import options, signals
from songsim_lib.commands import COMMANDS, Refused, say
from songsim_lib.config import MAX_SEEDS, ChoiceError

if TYPE_CHECKING:
    from songsim_lib.study import Study
    from songsim_lib.sweep.reading import Sweep

MAX_TRIALS = 10_000
KEPT = "; what is finished is kept, and the same command goes on"


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    result = argparse.ArgumentParser(
        prog="run_all.sh sweep", description=f"{COMMANDS['sweep'].capitalize()} Batch size, dropout, weight decay, "
        "learning rate, margin and how much is frozen are turned all at once; each setting is trained several times.",
        epilog="Start it twice, or on several machines with one --storage, and they share the work. Notebook 06 draws "
        "what was found.", allow_abbrev=False)
    options.add_study(result)
    add = result.add_argument
    add("--trials", type=_whole(MAX_TRIALS), default=32, metavar="N",
        help="settings in all, those that are finished included (default: 32)")
    add("--seeds", type=_whole(MAX_SEEDS), default=2, metavar="K", help="train each setting K times (default: 2)")
    add("--storage", default="", metavar="URL", help="a database that several machines reach, such as "
        "postgresql://HOST/NAME (default: a file beside the results)")
    add("--architecture", choices=["resnet18", "cnn"], default="resnet18", help="what is trained (default: resnet18)")
    return result


def _whole(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {most}")
        return int(text)

    return read


def check(given: argparse.Namespace) -> str:
    """See that source and database are such; gives the optional requirements to set up; raises `Refused`."""
    if given.storage and "://" not in given.storage:
        raise Refused(f"--storage {given.storage} is no address of a database, such as sqlite:///FILE")
    try:
        return ",".join(filter(None, ("sweep", options.source_of(given).extra)))
    except ChoiceError as error:
        raise Refused(str(error)) from error


def answer(given: argparse.Namespace) -> str:
    """Run the sweep, or go on with it, and say in words what it shows; raises `Refused`."""
    from songsim_lib.study import Study

    study = Study(str(options.source_of(given)), given.profile, given.seed, given.output or "")
    _reach(given.storage)
    _prepare(study, given.profile)
    sweep = _run(study, given)
    from songsim_lib.sweep import reading, verdict

    folder = reading.folder_of(study, given.architecture)
    return "\n".join([*(line.replace("*", "") for line in verdict.words(sweep)), "", str(folder / reading.TABLE)])


def _reach(storage: str) -> None:
    """See that the database can be reached, before anything takes time."""
    try:
        import optuna  # noqa: F401
        from sqlalchemy import create_engine
        from sqlalchemy.exc import SQLAlchemyError
    except ModuleNotFoundError as error:
        raise Refused(f"{error.name} is not installed: use ./run_all.sh sweep, or pip install -e '.[sweep]'") from error
    try:
        if storage:
            create_engine(storage).connect().close()
    except (SQLAlchemyError, ModuleNotFoundError) as error:  # the latter: a driver that the address needs
        raise Refused(f"--storage cannot be used: {str(error).splitlines()[0]}") from error


def _prepare(study: Study, profile: str) -> None:
    """Make the feature store with notebook 00_data where there is none yet."""
    from songsim_lib.store import StoreError

    try:
        study.store()
    except StoreError:
        from songsim_lib import chain, cli

        status = chain.run_study(chain.Request(notebooks=cli.notebooks(), wanted=["00_data"], source=study.source,
                                               profile=profile, seed=study.seed, output=study.output))
        if status > signals.SIGNALLED:
            raise KeyboardInterrupt from None
        if status:
            raise Refused("there are no recordings to train on; see above") from None


def _run(study: Study, given: argparse.Namespace) -> Sweep:
    """Work on the sweep until all its settings are finished."""
    from optuna.exceptions import StorageInternalError

    from songsim_lib.sweep.run import run
    from songsim_lib.sweep.search import Search
    from songsim_lib.training_data import TrainingData

    search = Search(TrainingData.of(study), given.architecture, given.trials, given.seeds, given.storage)
    try:
        return run(search, search.open(), lambda line: say(f"sweep: {line}", sys.stderr))
    except StorageInternalError as error:
        cause = str(error.__cause__ or error).splitlines()[0]
        raise Refused(f"the database does not answer ({cause}){KEPT}") from error
