"""Whatever moment a run is killed at, the next one goes on, and ends with the numbers of one that was left alone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from support import ROOT

from songsim_lib.files import read_json
from songsim_lib.trained import CLOCK

STUDY = "tunebook-smoke-s0"
PART = ("--notebooks", "00,05", "--experiments", "cnn_b32")
KILLS = int(os.environ.get("SONGSIM_KILLS", "50"))  # of the stress test
TIMES = {"seconds", "batch_ms"}  # keys of results.json
TIMED = "beyond_costs.csv"


def kill(process: subprocess.Popen, all_of_it: bool) -> None:
    """SIGKILL: a machine that is reclaimed (all of it), or a parent that is killed and leaves its children."""
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for member in family if all_of_it else family[-1:]:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()


def run_killed(output: Path, options: tuple[str, ...], times: int, longest_s: float, rng: np.random.Generator) -> int:
    """Run the chain to its end, and kill it up to `times` times at random moments on the way; how often it was."""
    command = [sys.executable, "-m", "songsim_lib.cli", "--profile", "smoke", "--output", str(output), *options]
    for killed in range(times + 1):
        with (output.parent / f"{output.name}.log").open("a") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            try:
                process.wait(rng.uniform(0.5, rng.choice([6, longest_s])) if killed < times else 3_000)
                break
            except subprocess.TimeoutExpired:
                kill(process, all_of_it=bool(rng.integers(4)))
    assert process.returncode == 0, (output.parent / f"{output.name}.log").read_text()[-3000:]
    return killed


def training(output: Path) -> tuple[dict, str, dict]:
    """What the CNN's training measured, and what the store holds; no times."""
    folder = output / "runs" / f"cnn_b32-{STUDY}"
    metrics = {key: value for key, value in read_json(folder / "metrics.json").items() if key not in CLOCK}
    history = pd.read_csv(folder / "history.csv").drop(columns="seconds").to_csv()
    return metrics, history, read_json(output / "cache" / STUDY / "spec.json")


def left_behind(output: Path) -> list[str]:
    return [path.name for path in output.rglob(".*") if ".tmp" in path.name or path.name.endswith(".taking")]


@pytest.mark.fault("killed")
def test_killed_five_times_it_ends_with_the_same_numbers(smoke, tmp_path, faults):
    output = tmp_path / "killed"
    faults(killed := run_killed(output, PART, times=5, longest_s=12, rng=np.random.default_rng(1)))
    assert killed >= 3
    assert training(output) == training(smoke.parents[1])
    assert left_behind(output) == []


@pytest.mark.fault("interrupted")
@pytest.mark.parametrize(("sign", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_asked_to_end_it_says_how_to_go_on_and_leaves_nothing_half(sign, status, tmp_path):
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a parent may ignore Ctrl-C
    runs = "import sys; from songsim_lib.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", heeds + runs, "--profile", "smoke", "--output", str(tmp_path), "--notebooks", "00"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "running" in line:
            break
    time.sleep(2)
    process.send_signal(sign)
    _, told = process.communicate(timeout=120)
    assert process.returncode == status
    assert "Interrupted. The same command continues" in told and "Traceback" not in told
    assert left_behind(tmp_path) == []


def timeless(found: object) -> object:
    """What a run found, without how long anything took."""
    if isinstance(found, dict):
        return {key: timeless(value) for key, value in found.items() if key not in TIMES}
    return [timeless(value) for value in found] if isinstance(found, list) else found


@pytest.mark.stress
@pytest.mark.fault("killed")
def test_killed_many_times_over_the_whole_chain_everything_is_the_same(smoke, tmp_path, faults):
    alone, rng, killed = smoke.parents[1], np.random.default_rng(int(time.time())), 0
    while killed < KILLS:
        output = tmp_path / f"after {killed}"
        killed += run_killed(output, (), times=KILLS - killed, longest_s=75, rng=rng)
        compare(output, alone)
        shutil.rmtree(output)
    faults(killed)


def compare(output: Path, alone: Path) -> None:
    """See that a study that was killed has found and written what one that was left alone has."""
    assert training(output) == training(alone) and left_behind(output) == []
    study, expected = (folder / "runs" / f"study-{STUDY}" for folder in (output, alone))
    assert timeless(read_json(study / "results.json")) == timeless(read_json(expected / "results.json"))
    made = [*expected.glob("figures/*"), *expected.glob("tables/*"), *alone.glob("runs/*/model.safetensors")]
    assert len(made) > 50
    for path in made:
        again = output / path.relative_to(alone)
        assert path.name == TIMED or again.read_bytes() == path.read_bytes(), path.name
