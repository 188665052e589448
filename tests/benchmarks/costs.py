"""What 50,000, a million and ten million songs cost: computed from the measured rates, and prices of common machines.

    python tests/benchmarks     # writes the table into data/README.md, from results.json
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import estimates

from songsim_lib.files import write_text
from songsim_lib.search.speed import WINDOWS  # vectors of a song of four minutes

README = Path(__file__).resolve().parents[2] / "data" / "README.md"
SIZES = (50_000, 1_000_000, 10_000_000)  # songs
CORES = 16  # of the machine that is hired
EXPERIMENT = "resnet18_b32_all"
NEEDED = ("preparing", "training", "operations", "searching")  # parts of results.json

# Dollars. Approximate list prices of mid-2025, on demand, in a large American region, not checked since: of AWS
# c7a.4xlarge (16 cores), AWS g4dn.xlarge (one T4), Google a2-highgpu-1g (one A100 of 40 GB), AWS S3 Standard.
# Replace them with yours.
PRICED = "mid-2025"
HOUR = {"CPU": 0.82, "T4": 0.53, "A100 40 GB": 3.67}
TB_MONTH = 23.0


@dataclass(frozen=True)
class Rates:
    """What was measured: of one core where a rate ends in `_core`, of one whole machine where it does not.

    Estimated are the seconds a triplet on GPUs (`gpu_s`).
    """

    clips_core: float
    bytes_clip: float
    triplets_core: float
    windows_core: float
    bytes_vector: float
    vectors_core: float
    gpu_s: dict[str, float]

    @classmethod
    def of(cls, results: dict[str, Any]) -> Rates:
        """Take the rates from the benchmarks' results."""
        preparing, searching = results["preparing"]["found"], results["searching"]["found"]
        largest = max(searching["engines"].values(), key=lambda one: one["n"])
        training, cores = results["training"]["found"], results["training"]["cores"]
        gpus = {gpu: estimates.epoch_s(results, EXPERIMENT, gpu) / estimates.EPOCH for gpu in HOUR if gpu != "CPU"}
        triplet_s = training[EXPERIMENT]["ours"]["median"] * estimates.of_training(results, EXPERIMENT)
        return cls(preparing["clips_per_s"]["1"], preparing["bytes_per_clip"], 1 / triplet_s / cores,
                   searching["windows_per_s"], largest["bytes_per_vector"],
                   largest["n"] / largest["built_s"] / results["searching"]["cores"], gpus)


def spent(seconds: float, machine: str) -> str:
    """Write a time and what it costs: "3.1 h, $2.50"."""
    hours = seconds / 3_600
    return f"{_number(hours)} h, ${_number(hours * HOUR[machine])}"


def amount(size: float) -> str:
    """Write a number of bytes."""
    return f"{_number(size / 1e12)} TB" if size >= 1e12 else f"{_number(size / 1e9)} GB"


def _number(value: float) -> str:
    """Write two digits, and no more zeros than needed."""
    digits = float(f"{value:.2g}")
    return f"{digits:,.0f}" if digits >= 10 else f"{digits:g}"


Row = tuple[str, str, Callable[[int], str]]


def hired(what: str, per_core: float, things: int = 1) -> Row:
    """Make the row of what one core does `per_core` of in a second, and each song takes so many `things` of."""
    formula = f"S{f' · {things}' if things > 1 else ''} / ({CORES} · {_number(per_core)}/s)"
    return (f"{what}, {CORES} cores", formula, lambda songs: spent(songs * things / (per_core * CORES), "CPU"))


def estimated(gpu: str, seconds: float) -> Row:
    """Make the row of an epoch on a GPU, which takes so many seconds a triplet."""
    return (f"an epoch, {gpu} (estimated, not measured)", f"S · {1e3 * seconds:.2g} ms",
            lambda songs: spent(songs * seconds, gpu))


def lines(rates: Rates) -> list[Row]:
    """List what is paid for: its name, its formula for S songs, and the function that writes it for so many."""
    each, vectors = 2 * rates.bytes_clip, WINDOWS * rates.bytes_vector
    return [
        ("store", f"S · 2 · {each / 2e3:.1f} kB", lambda songs: amount(songs * each)),
        hired("preparing", rates.clips_core),
        hired(f"an epoch of {EXPERIMENT}", rates.triplets_core),
        *(estimated(gpu, seconds) for gpu, seconds in rates.gpu_s.items()),
        hired("embedding for the search", rates.windows_core, WINDOWS),
        ("search index", f"S · {WINDOWS} · {rates.bytes_vector:.0f} B", lambda songs: amount(songs * vectors)),
        hired("building it", rates.vectors_core, WINDOWS),
        ("keeping store and index, a month", f"(store + index) · ${TB_MONTH:.0f}/TB",
         lambda songs: f"${_number(songs * (each + vectors) / 1e12 * TB_MONTH)}"),
    ]


def table(results: dict[str, Any]) -> str:
    """Draw the table, and say what it rests on."""
    rows = [[name, *map(write, SIZES), formula] for name, formula, write in lines(Rates.of(results))]
    head = ["S songs", *(f"{size:,}" for size in SIZES), "formula"]
    drawn = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    prices = ", ".join(f"${price} an hour for {machine}" for machine, price in HOUR.items())
    return "\n".join([*drawn, "", f"Rates measured on {results['preparing']['machine']}. Prices: approximate list "
                      f"prices of {PRICED}, not checked since, {prices}; replace them with yours in "
                      "`tests/benchmarks/costs.py`."])


def filled(text: str, results: dict[str, Any]) -> str:
    """Put the table between its markers.

    Raises
    ------
    ValueError : the markers are missing.
    """
    part = re.compile(r"(<!-- costs:begin[^\n]*-->\n).*?(<!-- costs:end -->)", re.DOTALL)
    text, count = part.subn(lambda found: f"{found[1]}{table(results)}\n{found[2]}", text)
    if count != 1:
        raise ValueError(f"data/README.md: expected the markers of 'costs' once, found {count}")
    return text


def publish(results: dict[str, Any]) -> None:
    """Write the table into data/README.md, once everything that it needs is measured."""
    if all(name in results for name in NEEDED):
        text = filled(README.read_text(encoding="utf-8"), results)
        write_text(README, text)
