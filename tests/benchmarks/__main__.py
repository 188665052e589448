"""Benchmarks, run by hand: each measurement in a process of its own, results and table beside this file.

    python tests/benchmarks data_path training operations preparing searching memory   # or some of them
    python tests/benchmarks chain --study data/runs/study-tunebook-quick-s0
    python tests/benchmarks all --small                       # does it run? small sizes, shown and not kept
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from songsim_lib import hardware  # noqa: E402
from songsim_lib.chain.memory import PeakMemory  # noqa: E402
from songsim_lib.files import read_json, write_json, write_text  # noqa: E402

RESULTS, TABLE = HERE / "results.json", HERE / "README.md"
PARTS = ("data_path", "training", "operations", "preparing", "searching", "memory")  # modules, each with `measure`


def alone(name: str, repeats: int, small: bool) -> dict[str, Any]:
    """Measure one part in a process of its own, with its peak memory and the machine it ran on."""
    command = [sys.executable, str(HERE), "--part", name, "--repeats", str(repeats), *(["--small"] if small else [])]
    with PeakMemory() as memory:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {"found": json.loads(done.stdout.splitlines()[-1]), "peak_mb": memory.peak_mb,
            "machine": hardware.gpu_name() or hardware.cpu_name(), "cores": os.cpu_count(), "repeats": repeats,
            "versions": {name: version(name) for name in ("torch", "librosa", "faiss-cpu", "numpy")}}


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line, and refuse what cannot be measured."""
    reader = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("parts", nargs="*", help="what to measure (default: nothing, the tables are written anew)")
    reader.add_argument("--repeats", type=int, default=5)
    reader.add_argument("--small", action="store_true", help="small sizes, to try it: the table is only shown")
    reader.add_argument("--study", type=Path, help="folder of a finished study, whose times and memory are taken")
    reader.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = reader.parse_args(arguments)
    if options.parts == ["all"]:
        options.parts = list(PARTS)
    if unknown := set(options.parts) - {*PARTS, "chain"}:
        reader.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join([*PARTS, 'chain', 'all'])}")
    if "chain" in options.parts and options.study is None:
        reader.error("chain needs --study, the folder of a finished study")
    return options


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure a part, or take a chain's own measurements."""
    if name == "chain":
        return read_json(options.study / "steps.json")
    return alone(name, options.repeats, options.small)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure, and write results and tables."""
    options = options_of(arguments)
    if options.part:
        print(json.dumps(importlib.import_module(options.part).measure(options.repeats, options.small)))
        return
    import costs
    import table

    results = {} if options.small else read_json(RESULTS, {})
    for name in options.parts:
        results[name] = measured(name, options)
        if not options.small:
            write_json(RESULTS, results)
    if options.small:
        print(table.text(results))
        return
    write_text(TABLE, table.text(results))
    costs.publish(results)


if __name__ == "__main__":
    main()
