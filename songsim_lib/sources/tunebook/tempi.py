"""How fast a score says it goes: metronome marks, tempo words, or our assumption."""

from __future__ import annotations

import re
from typing import Any

from .music import Bar, meter_beats

# Quarter notes (beats) a minute for tempo words that music21 does not know.
WORDS = {"langsam": 56, "ruhig": 66, "mäßig": 88, "mässig": 88, "bewegt": 108, "lebhaft": 126, "schnell": 144,
         "rasch": 138, "leise": 72, "innig": 66, "lent": 54, "modéré": 92, "vite": 144, "animé": 126}
ASSUMED_BPM = 88.0


def marks(parsed: Any, bars: list[Bar]) -> list[tuple[float, float, str]]:
    """(place, quarter notes a minute, how we know) for every tempo the score names."""
    from music21 import expressions, tempo

    found = []
    words = {**tempo.defaultTempoValues, **WORDS}
    wanted = [tempo.TempoIndication, expressions.TextExpression]
    for element in parsed.parts[0].flatten().getElementsByClass(wanted):
        place = float(element.offset)
        bpm = element.getQuarterBPM() if isinstance(element, tempo.MetronomeMark) else None
        if bpm:
            found.append((place, float(bpm), "marked"))
            continue
        text = str(getattr(element, "content", None) or getattr(element, "text", None) or "").lower()
        beat = next((meter_beats(b.meter)[1] for b in reversed(bars) if b.onset <= place + 1e-3), 1.0)
        word = next((w for w in re.findall(r"[a-zà-ÿß]+", text) if w in words), None)
        if word:
            found.append((place, float(words[word]) * beat, "tempo word"))
    return found


def at(begin: float, bar: Bar, found: list[tuple[float, float, str]]) -> tuple[float, str]:
    """Tempo of a movement that begins at a place: quarter notes a minute, and how we know.

    A mark or word counts within the first four bars; `bar` is the movement's first.
    """
    early = [(bpm, how) for place, bpm, how in found if begin <= place <= begin + 4 * bar.length + 1e-3]
    early.sort(key=lambda mark: mark[1] != "marked")  # a number says more than a word
    return early[0] if early else (ASSUMED_BPM * meter_beats(bar.meter)[1], "assumed")
