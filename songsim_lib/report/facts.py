"""What a reader must know about a run before believing its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from songsim_lib.files import read_json


def duration(seconds: float) -> str:
    """Seconds as people say them: "41 s", "3 min 05 s", "1 h 02 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def caveats(folder: Path) -> list[str]:
    """The run's own warnings, each once: `results.json` key "caveats" (a list, or lists by section)."""
    found = read_json(folder / "results.json", {}).get("caveats", [])
    lists = found.values() if isinstance(found, dict) else [found]
    return list(dict.fromkeys(text for each in lists for text in ([each] if isinstance(each, str) else each)))


def about(journal: dict[str, Any]) -> dict[str, str]:
    """The report's head: when, what, with what."""
    study, steps = journal.get("study", {}), journal.get("steps", {})
    versions = {name: number for name, number in study.get("versions", {}).items() if number != "missing"}
    rows = {
        "Date": max((step["finished"] for step in steps.values()), default="unfinished"),
        "Source": study.get("source"),
        "Profile": study.get("profile"),
        "Seed": study.get("seed"),
        "Device": study.get("device"),
        "Versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
    }
    if study.get("purpose"):
        rows["Profile"] = f"{study['profile']} ({study['purpose']})"
    return {name: str(value) for name, value in rows.items() if value not in (None, "")}


def times(journal: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Each step's time and largest memory, and those of the whole chain, ready to be printed."""
    steps = journal.get("steps", {})
    rows = [(name, step["seconds"], step["peak_memory_mb"]) for name, step in steps.items()]
    if rows:
        rows.append(("all steps", sum(row[1] for row in rows), max(row[2] for row in rows)))
    return [(name, duration(seconds), f"{memory:,} MB") for name, seconds, memory in rows]
