"""What the page of a comparison lays out in tables."""

from __future__ import annotations

from typing import Any

from songsim_lib.calibration import ALIGNMENT, NETWORK
from songsim_lib.compare import wording
from songsim_lib.compare.comparison import NEITHER, SAME_COMPOSITION, Comparison
from songsim_lib.compare.plots import colour
from songsim_lib.text import span

WINDOWS = 3  # pairs that are named


def witnesses(found: Comparison) -> list[tuple[str, str, str, str]]:
    """Put the three witnesses side by side: name, what it listens to, similarity with its scale, what it says."""
    heard = found.composition
    similarity = "none" if heard.similarity is None else f"{heard.similarity:.2f} (of 1)"
    count = len(found.passages)
    said = {True: "the same recording", False: "not the same recording", None: "undecided"}
    return [
        ("composition", "a network: what stretches of ten seconds are like, whatever the key, tempo and instruments",
         similarity, heard.note or _joined(_said(found, NETWORK), _windows(found))),
        ("alignment", "Qmax: which notes follow which, in any key, at half to double tempo",
         f"{found.alignment.similarity:.2f} (no upper end)",
         _joined(_said(found, ALIGNMENT), f"{count} passage{'s' * (count != 1)}" if count else "no passage")),
        ("recording", f"a fingerprint ({found.recording.heard_by}): whether it is the very same sound",
         f"{found.recording.similarity:.2f} (of 1)", said[found.recording.same]),
    ]


def _said(found: Comparison, kind: str) -> str:
    """Say what one witness alone holds them for, and how rare that is."""
    if (stated := found.stated.get(kind)) is None:
        return ""
    return f"{SAME_COMPOSITION if stated.rare else NEITHER} (p {stated.rarity()})"


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _windows(found: Comparison) -> str:
    pairs = [f"{span(pair.start_a_s, pair.end_a_s)} and {span(pair.start_b_s, pair.end_b_s)} "
             f"({pair.cosine:.2f})" for pair in found.composition.windows[:WINDOWS]]
    return f"nearest stretches: {'; '.join(pairs)}" if pairs else ""


def passages(found: Comparison) -> list[dict[str, Any]]:
    """Lay out the passages, the strongest first: number, colour, and cells of text by name."""
    return [{
        "number": number, "colour": colour(number - 1),
        "cells": {
            "in the first": span(passage.start_a_s, passage.end_a_s),
            "in the second": span(passage.start_b_s, passage.end_b_s),
            "score": f"{passage.score:.0f}", "moments that match": str(passage.matches),
            "key of the second": wording.key(passage.semitones).removeprefix("in "),
            "tempo of the second": wording.tempo(passage.tempo_ratio).removeprefix("at ")},
    } for number, passage in enumerate(found.passages, 1)]


def calibration(found: Comparison) -> list[tuple[str, str]]:
    """Lay out what the calibration says, by name; numbers to the digits that are known."""
    stated = found.calibrated
    if stated is None:
        return []
    return [("p-value", stated.rarity()), ("likelihood ratio, one work : unrelated", stated.times()),
            ("pairs of unrelated works", f"{stated.unrelated_pairs:,}")]
