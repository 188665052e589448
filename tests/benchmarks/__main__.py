"""Benchmarks, run by hand: each measurement in a process of its own, results and table beside this file.

    python tests/benchmarks data_path training preparing searching   # or some of them
    python tests/benchmarks chain --study data/runs/study-tunebook-quick-s0
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from songsim_lib import hardware  # noqa: E402
from songsim_lib.chain.memory import PeakMemory  # noqa: E402
from songsim_lib.files import atomic, read_json, write_json  # noqa: E402

RESULTS, TABLE = HERE / "results.json", HERE / "README.md"
SIZES = (10_000, 100_000, 1_000_000)


def data_path(repeats: int) -> dict[str, Any]:
    """Time the study's data path and ours."""
    import data_path as measured

    with tempfile.TemporaryDirectory() as folder:
        return {name: one.as_dict() for name, one in measured.compare(Path(folder), repeats).items()}


def training(repeats: int) -> dict[str, Any]:
    """Time a training step of each experiment, plain and ours."""
    import training as measured

    return {name: {loop: one.as_dict() for loop, one in both.items()}
            for name, both in measured.compare(steps=2, repeats=repeats).items()}


def preparing(repeats: int) -> dict[str, Any]:
    """Measure feature preparation; the median of repeated runs by the rate of two workers."""
    import preparing as measured

    found = sorted((measured.measure(160) for _ in range(repeats)), key=lambda one: one["clips_per_s"][2])
    return found[len(found) // 2]


def searching(repeats: int) -> dict[str, Any]:
    """Measure the search's engine at three sizes."""
    import searching as measured

    return {str(n): measured.measure(n, repeats) for n in SIZES}


PARTS = {"data_path": data_path, "training": training, "preparing": preparing, "searching": searching}


def alone(name: str, repeats: int) -> dict[str, Any]:
    """Measure one part in a process of its own, with its peak memory and the machine it ran on."""
    with PeakMemory() as memory:
        done = subprocess.run([sys.executable, str(HERE), "--part", name, "--repeats", str(repeats)],
                              stdout=subprocess.PIPE, text=True, check=True)
    return {"found": json.loads(done.stdout.splitlines()[-1]), "peak_mb": memory.peak_mb,
            "machine": hardware.gpu_name() or hardware.cpu_name(), "repeats": repeats,
            "versions": {name: version(name) for name in ("torch", "librosa", "faiss-cpu", "numpy")}}


def main() -> None:
    """Read the command line, measure, and write results and table."""
    reader = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("parts", nargs="*", help="what to measure (default: nothing)")
    reader.add_argument("--repeats", type=int, default=5)
    reader.add_argument("--study", type=Path, help="folder of a finished study, whose times and memory are taken")
    reader.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = reader.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.repeats)))
        return
    if unknown := set(options.parts) - {*PARTS, "chain"}:
        reader.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join([*PARTS, 'chain'])}")
    if "chain" in options.parts and options.study is None:
        reader.error("chain needs --study, the folder of a finished study")
    results = read_json(RESULTS, {})
    for name in options.parts:
        if name == "chain":
            results[name] = read_json(options.study / "steps.json")
        else:
            results[name] = alone(name, options.repeats)
        write_json(RESULTS, results)
    import table

    with atomic(TABLE) as temporary:
        temporary.write_text(table.text(results), encoding="utf-8")


if __name__ == "__main__":
    main()
