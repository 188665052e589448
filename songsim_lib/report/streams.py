"""Terminal output of a cell, as it stood at the end."""

from __future__ import annotations

import re

_PROGRESS = re.compile(r"\d+%\|.*\||\d+it \[|\d+/\d+ \[\d")
# "/home/me/songsim_lib/models.py:137: UserWarning: text" and the line of code that Python prints below it.
_WARNING = re.compile(r"^\S.*?:\d+: (\w*Warning: .*)$(?:\n  .*$)?", re.MULTILINE)


def collapse(text: str) -> str:
    """Drop lines that were overwritten, progress bars but for the last, and a warning's repetitions."""
    text = _WARNING.sub(r"\1", text)
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1].rstrip() for line in text.split("\n")]
    bars = [number for number, line in enumerate(lines) if _PROGRESS.search(line)]
    kept: list[str] = []
    for number, line in enumerate(lines):
        repeated = "Warning: " in line and line in kept
        if number not in bars[:-1] and not repeated:
            kept.append(line)
    return "\n".join(kept).strip("\n")


def merged(outputs: list[dict]) -> list[dict]:
    """Outputs with each stream in one piece, at the place of its first part."""
    whole: dict[str, dict] = {}
    result = []
    for output in outputs:
        if output["output_type"] != "stream":
            result.append(output)
        elif output["name"] in whole:
            whole[output["name"]]["text"] += output["text"]
        else:
            whole[output["name"]] = {**output}
            result.append(whole[output["name"]])
    return result
