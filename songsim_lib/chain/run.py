"""Run notebooks in order; skip what is finished; stop at the first failure."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import datetime

from filelock import Timeout

from songsim_lib import deadline
from songsim_lib.chain.execute import StepError, execute
from songsim_lib.chain.keys import step_keys, versions
from songsim_lib.chain.memory import PeakMemory
from songsim_lib.chain.steps import Chain, ChainError, Step, check_parameters
from songsim_lib.files import read_json, write_json
from songsim_lib.locks import lock_of


def run(chain: Chain, fresh: bool = False, first: Callable[[], object] = lambda: None) -> None:
    """Run a chain's wanted steps that are not finished yet; `fresh` first deletes all it made before.

    `first` is done before the steps, while no other run is at work in the folder.

    Raises
    ------
    ChainError : a step failed (what was finished before stays finished), a parameter is unknown, or another
        chain is at work in the same folder.
    deadline.OutOfTime : the time that was set is over; what was finished stays finished.
    """
    check_parameters(chain.steps)
    try:
        with lock_of(chain.folder).acquire(timeout=0):
            if fresh:
                for folder in (chain.folder, *chain.products):
                    shutil.rmtree(folder, ignore_errors=True)
            first()
            _run_steps(chain)
    except Timeout:
        raise ChainError(
            f"another run of this study is at work in {chain.folder}; wait for it, "
            "or use another --seed or --output"
        ) from None


def _run_steps(chain: Chain) -> None:
    keys = step_keys([step.notebook for step in chain.steps], [step.parameters for step in chain.steps], chain.corpus,
                     chain.reads)
    journal = read_json(chain.journal, {}).get("steps", {})
    for number, (step, key) in enumerate(zip(chain.steps, keys, strict=True), 1):
        label = f"[{number}/{len(chain.steps)}] {step.name}"
        if not step.wanted:
            continue
        if _finished(chain, journal.get(step.name), key):
            finished = journal[step.name]["finished"]
            print(f"{label}: skipped, finished {finished} and nothing it reads has changed", flush=True)
            continue
        if deadline.near():
            raise deadline.OutOfTime(f"before {step.name}")
        journal.pop(step.name, None)
        _write(chain, journal)
        print(f"{label}: running", flush=True)
        journal[step.name] = {"key": key, **_run_step(chain, step)}
        _write(chain, journal)
        print(f"{label}: {journal[step.name]['seconds']:.1f} s", flush=True)


def _write(chain: Chain, journal: dict[str, dict]) -> None:
    order = [step.name for step in chain.steps]
    steps = {name: journal[name] for name in order if name in journal}
    write_json(chain.journal, {"study": {**chain.study, "versions": versions()}, "steps": steps})


def _finished(chain: Chain, record: dict | None, key: str) -> bool:
    return (
        record is not None
        and record["key"] == key
        and all((chain.folder / file).exists() for file in record["files"])
    )


def _run_step(chain: Chain, step: Step) -> dict[str, object]:
    target, start = chain.folder / f"{step.name}.ipynb", time.perf_counter()
    try:
        with PeakMemory() as memory:
            execute(step.notebook, target, step.parameters)
    except StepError as error:
        if error.kind == deadline.OutOfTime.__name__:
            raise deadline.OutOfTime(f"{step.name}, {' '.join(str(error).split())}") from None
        kept = f"\nThe notebook as far as it came: {target}" if target.exists() else ""
        raise ChainError(
            f"{step.notebook.name} failed in {error}{kept}\nThe same command continues from this step."
        ) from error
    return {
        "seconds": round(time.perf_counter() - start, 1),
        "peak_memory_mb": memory.peak_mb,
        "finished": datetime.now().astimezone().isoformat(" ", "seconds"),
        "files": chain.files(),
    }
