"""What is done to the study on purpose, counted: the tests marked `fault(KIND)`, and the table of them in README.md.

    ./run_all.sh test -m fault --faults      # all of them, by hand; writes faults.json and README.md beside this file
    python tests/faults.py                   # writes README.md anew from faults.json

A test is one fault, or as many as it says through the fixture `faults`. All faults of a test that fails are lost.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
COUNTS, TABLE = HERE / "faults.json", HERE / "README.md"
# Kinds of faults in the order of the table: what is done.
KINDS = {
    "killed": "the chain is killed (SIGKILL, all of it or the parent alone) at a random moment, and run again",
    "interrupted": "the chain is asked to end (SIGTERM, Ctrl-C)",
    "full disk": "a writer meets a full disk in mid-write, a read-only folder, or no room for what it will need",
    "two at once": "two processes use one folder or compile one function, or one that held a lock is dead",
    "corrupt sound": "a sound file of seven formats is truncated, flipped, lies of its length, rate or channels",
    "tampered file": "a file of the study (store, checkpoint, index, calibration, csv, ...) is changed",
    "code in data": "data holds what would be run: pickles, expressions, commands",
    "text of strangers": "names, titles and tags are scripts, markup, formulas, other alphabets, or no text at all",
    "paths": "an archive, an index or a link leads out of its folder",
    "network": "a server is private, redirects, drips, lies, stalls, sends too much or nothing, or is not there",
    "numbers": "a loss is no number, or all songs get one embedding",
}
PARTS = ("ci", "by_hand")
VERSIONS = ("torch", "librosa", "numpy", "pandas", "soundfile", "av", "pyarrow", "faiss-cpu")
HEAD = """# Faults

Every fault is a test that injects it; afterwards the old content or the new one must be there, never half of it, no
stray file, and a message that says what to do. *Lost* counts what did not survive: a crash of the interpreter, a script
that ran, a file that was lost, a batch that stopped. The bar is 0.
"""
FOOT = """Written by `./run_all.sh test -m fault --faults`, which does all of them; `-m "fault and not stress"` does
those of CI, `-m "fault and stress"` the others. `tests/faults.py` says how a test counts. What the project depends on,
and what of it touches strangers' files, is reviewed in [dependencies.md](dependencies.md).
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", action="store_true", help="count faults into tests/faults.json and tests/README.md")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(kind): injects a fault of a kind that tests/faults.py lists")
    if config.getoption("--faults") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Ledger(), "faults-ledger")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if mark := item.get_closest_marker("fault"):
            if mark.args[0] not in KINDS:
                raise pytest.UsageError(f"{item.nodeid}: no such kind of fault: {mark.args[0]!r}")
            part = "by_hand" if item.get_closest_marker("stress") else "ci"
            item.user_properties.append(("fault", [mark.args[0], part]))


@pytest.fixture
def faults(record_property: Callable[[str, object], None]) -> Callable[[int], None]:
    """Say how many faults a test injects, where it is not one."""
    return lambda n: record_property("faults", n)


class Ledger:
    """Counts the faults of a session; one process sees the reports of all others (pytest-xdist)."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, Counter[str]]] = {}
        self.seconds: Counter[tuple[str, str]] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = dict(report.user_properties)
        if "fault" not in told:
            return
        kind, part = told["fault"]
        self.seconds[kind, part] += report.duration if report.when == "call" else 0  # what tests share is none's
        if report.outcome == "failed" or (report.when == "call" and report.outcome == "passed"):
            outcome = "survived" if report.outcome == "passed" else "lost"
            self.counts.setdefault(kind, {}).setdefault(part, Counter())[outcome] += int(told.get("faults", 1))

    def pytest_sessionfinish(self) -> None:
        kept = json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}
        for part in PARTS:
            for kind in (kind for kind in KINDS if part in self.counts.get(kind, {})):
                kept.setdefault(part, {})[kind] = dict(self.counts[kind][part]) | {
                    "seconds": round(self.seconds[kind, part]), "date": datetime.date.today().isoformat()}
        if self.counts:
            COUNTS.write_text(json.dumps(kept | {"on": machine()}, indent=1) + "\n", encoding="utf-8")
            TABLE.write_text(text(json.loads(COUNTS.read_text(encoding="utf-8"))), encoding="utf-8")


def machine() -> dict[str, Any]:
    """Say with what the last session ran."""
    return {"python": platform.python_version(), "cores": os.cpu_count(),
            "versions": {name: version(name) for name in VERSIONS}}


def text(kept: dict[str, Any]) -> str:
    """Write the page."""
    rows = ["| kind | what is done | in CI: injected | lost | by hand: injected | lost | last run |",
            "|---|---|---|---|---|---|---|"]
    total: Counter[str] = Counter()
    for kind, does in KINDS.items():
        cells, dates = [], []
        for part in PARTS:
            found = kept.get(part, {}).get(kind)
            if found is None:
                cells += ["–", "–"]
                continue
            lost = found.get("lost", 0)
            injected = found.get("survived", 0) + lost
            total.update({f"{part} injected": injected, f"{part} lost": lost, f"{part} seconds": found["seconds"]})
            cells += [f"{injected:,}", str(lost)]
            dates.append(found["date"])
        rows.append(f"| {kind} | {does} | {' | '.join(cells)} | {max(dates, default='–')} |")
    sums = [f"{total[f'{part} {what}']:,}" for part in PARTS for what in ("injected", "lost")]
    rows.append(f"| **all** | | **{'** | **'.join(sums)}** | |")
    on = kept["on"]
    versions = ", ".join(f"{name} {number}" for name, number in on["versions"].items())
    note = (f"The faults of CI take {total['ci seconds']:,} s of one core, those by hand "
            f"{total['by_hand seconds']:,} s, what several tests share apart. Python {on['python']}, {on['cores']} "
            f"cores; {versions}.")
    return "\n".join([HEAD, *rows, "", note, "", FOOT])


if __name__ == "__main__":
    TABLE.write_text(text(json.loads(COUNTS.read_text(encoding="utf-8"))), encoding="utf-8")
