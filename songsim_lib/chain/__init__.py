"""The chain: the study's notebooks run in order, and what they made becomes the report."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from songsim_lib import deadline, hardware, signals
from songsim_lib.catalog import CatalogError
from songsim_lib.chain.earlier import take_up
from songsim_lib.chain.execute import declared_parameters
from songsim_lib.chain.keys import READS
from songsim_lib.chain.products import Products
from songsim_lib.chain.run import run
from songsim_lib.chain.steps import Chain, ChainError, Step
from songsim_lib.config import EXPERIMENTS, choose_experiments
from songsim_lib.files import read_json, remove_left_behind
from songsim_lib.paths import ROOT, SWEEP
from songsim_lib.profiles import choose_profile
from songsim_lib.source_choice import SourceChoice
from songsim_lib.study import Study
from songsim_lib.sweep import reading

__all__ = ["Chain", "ChainError", "Request", "Step", "run", "run_study"]

CONTINUES = "The same command continues; training goes on after its last finished epoch."
OUT_OF_TIME = 75  # sysexits.h: a temporary failure, try again


@dataclass(frozen=True)
class Request:
    """What the command line asks for, already checked; `wanted` are the names of the notebooks to run."""

    notebooks: dict[str, Path]
    wanted: Sequence[str]
    source: str
    profile: str
    seed: int
    output: str = ""
    seeds: int = 1
    experiments: str = "all"
    covers_folder: str = ""
    covers_split: str = ""
    earlier: str = ""
    time_budget: float | None = None  # hours
    fresh: bool = False


def trained_in(notebook: str) -> list[str]:
    """Experiments that a notebook trains: those whose architecture is in its name ("05_cnn_...")."""
    families = {name: re.match("[a-z]+", one.architecture) for name, one in EXPERIMENTS.items()}
    return [name for name, family in families.items() if family and family[0] in notebook.split("_")]


def step_of(notebook: Path, request: Request, profile: str) -> Step:
    """A notebook with its parameters; one that trains, but no experiment that was asked for, is left out."""
    declared = declared_parameters(notebook)
    parameters: dict[str, object] = {
        "source": request.source,
        "profile": profile,
        "seed": request.seed,
        "output": request.output,
        **{name: getattr(request, name) for name in ("seeds", "covers_folder", "covers_split") if name in declared},
    }
    wanted, own = notebook.stem in request.wanted, trained_in(notebook.stem)
    if "experiments" in declared:
        asked = [experiment.name for experiment in choose_experiments(request.experiments)]
        chosen = [name for name in asked if name in own] if own else asked
        if wanted and not chosen:
            print(f"{notebook.stem}: left out, it trains none of {', '.join(asked)}", flush=True)
        wanted = wanted and bool(chosen)
        parameters["experiments"] = "all" if len(chosen) in (0, len(own or EXPERIMENTS)) else ",".join(chosen)
    return Step(notebook, parameters, wanted)


def corpus_of(choice: SourceChoice) -> Path:
    """The folder or file that the recordings follow from: the user's that was named, or the committed data."""
    if choice.name == "music_info":  # its csv may be where it is looked for without being named
        from songsim_lib.sources import music_info

        with suppress(CatalogError):  # 00_data says it
            return music_info.find_csv(choice)
    return next(iter(choice.paths), ROOT / "data" / choice.name)


def run_study(request: Request) -> int:
    """Run the study and build its report; prints the times and, last, the report's path.

    Returns
    -------
    Exit code: 0, 1 when a step failed, 75 when the time budget was used up, 130 or 143 when interrupted (Ctrl-C,
    SIGTERM); the next run continues.
    """
    study = Study(request.source, choose_profile(request.profile), request.seed, request.output)
    chain = chain_of(request, study)
    print(f"The study {study.name}, in {chain.folder}", flush=True)
    if request.covers_folder and not any(step.wanted and "covers_folder" in step.parameters for step in chain.steps):
        print("No notebook of this run reads --covers-folder.", flush=True)
    try:
        with deadline.after(request.time_budget):
            run(chain, request.fresh, first=partial(_prepare, request, study))
        report = _report(chain.folder)
    except ChainError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except deadline.OutOfTime as stopped:
        print(f"\nThe time budget is used up ({stopped}). {CONTINUES}", file=sys.stderr)
        return OUT_OF_TIME
    except KeyboardInterrupt as interruption:
        logging.getLogger("asyncio").disabled = True  # it would tell of the cell that was given up
        print(f"\nInterrupted. {CONTINUES}", file=sys.stderr)
        return signals.status(interruption)
    _print_times(chain)
    print(report)
    return 0


def chain_of(request: Request, study: Study) -> Chain:
    """Put together what is to run, with what the report says of it."""
    profile = study.profile
    return Chain(
        steps=[step_of(notebook, request, profile.name) for notebook in request.notebooks.values()],
        folder=study.folder,
        corpus=corpus_of(study.choice),
        reads=READS | {"sweep": (SWEEP, *reading.tables(study))},
        products=Products(study.store_folder, study.paths.runs, study.name),
        study={"source": study.source, "profile": profile.name, "purpose": profile.purpose,
               "triplets": profile.triplets, "seed": request.seed, "seeds": request.seeds,
               "device": hardware.gpu_name() or hardware.cpu_name()},
    )


def _prepare(request: Request, study: Study) -> None:
    for folder in (study.paths.cache, study.paths.runs):
        remove_left_behind(folder)
    take_up(request.earlier, study, request.fresh)


def _report(folder: Path) -> Path:
    from songsim_lib.report import build

    return build(folder)


def _print_times(chain: Chain) -> None:
    steps = read_json(chain.journal)["steps"]
    print(f"\n{'step':<28}{'time':>10}{'peak memory':>14}")
    for name, step in steps.items():
        print(f"{name:<28}{step['seconds']:>8.1f} s{step['peak_memory_mb']:>11,} MB")
    total, peak = (
        how(step[key] for step in steps.values()) for how, key in ((sum, "seconds"), (max, "peak_memory_mb"))
    )
    print(f"{'all steps':<28}{total:>8.1f} s{peak:>11,} MB\n\nThe report:")
