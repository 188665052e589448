"""What was found, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from songsim_lib.text import line, span

if TYPE_CHECKING:
    from songsim_lib.compare.passages import Passage

SAME_TEMPO = 0.02  # a line through a path is not surer


def strongest(passages: tuple[Passage, ...]) -> str:
    """Say in one sentence where the strongest passage lies."""
    if not passages:
        return "no passage found that they share."
    more = f" (the strongest of {len(passages)} passages)" if len(passages) > 1 else ""
    return f"{answer(passages[0])}{more}."


def name(path: str) -> str:
    """Give a file's name as one line that steers no terminal and turns no writing around."""
    return line(Path(path).name)


def answer(passage: Passage) -> str:
    """Say which part answers which."""
    return (f"{span(passage.start_a_s, passage.end_a_s)} of the first is answered by "
            f"{span(passage.start_b_s, passage.end_b_s)} of the second, {key(passage.semitones)} and "
            f"{tempo(passage.tempo_ratio)}")


def key(semitones: int) -> str:
    """Say how much higher or lower the second is, to the nearest octave."""
    if not semitones:
        return "in the same key"
    return f"{abs(semitones)} semitone{'s' * (abs(semitones) > 1)} {'higher' if semitones > 0 else 'lower'}"


def tempo(ratio: float | None) -> str:
    """Say how much faster or slower the second is."""
    if ratio is None:
        return "at a tempo that cannot be told"
    return "at the same tempo" if abs(ratio - 1) <= SAME_TEMPO else f"at {ratio:.2f} times the tempo"


def offset(offset_s: float | None) -> str:
    """Say where one recording begins in the other, nothing where they begin together."""
    if offset_s is None or abs(offset_s) < 0.1:
        return ""
    return f", {'the first' if offset_s > 0 else 'the second'} beginning {abs(offset_s):.1f} s into the other"
