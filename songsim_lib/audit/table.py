"""The audit as a table: what the report says, what that measured, what is right, and what we find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from songsim_lib.metrics import Estimate

COLUMNS = {"claim": "claim", "reported": "reported", "measured": "what it actually measured",
           "corrected": "corrected", "ours": "ours", "source": "source of the claim"}
# Scores on covers, as the evaluation of covers finds them: one for each system and group of covers.
CoverScores = Mapping[str, Mapping[str, "Estimate | Mapping[str, Any]"]]


@dataclass(frozen=True)
class Row:
    """One claim of the report, in words, and the numbers behind the words (plain values) for a results file."""

    name: str
    claim: str
    reported: str
    measured: str
    corrected: str
    ours: str
    source: str
    values: dict[str, Any] = field(default_factory=dict)


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Draw the audit up, one line a claim; all cells are text.

    Raises
    ------
    ValueError : a cell is empty; names it.
    """
    empty = [f"{row.name}: {title}" for row in rows for name, title in COLUMNS.items() if not getattr(row, name)]
    if empty:
        raise ValueError(f"the audit has nothing to say in {'; '.join(empty)}")
    return pd.DataFrame([{title: getattr(row, name) for name, title in COLUMNS.items()} for row in rows])


def as_dict(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Give words and numbers of every claim, plain values only, for a results file."""
    return {row.name: {name: getattr(row, name) for name in COLUMNS} | {"values": row.values} for row in rows}


def listed(values: Mapping[str, object] | Sequence[object]) -> str:
    """Write several values in a row, with their names where they have any."""
    if isinstance(values, Mapping):
        return "; ".join(f"{name} {value}" for name, value in values.items())
    return ", ".join(map(str, values))


def percent(share: float, decimals: int = 0) -> str:
    """Write a share in percent."""
    return f"{100 * share:.{decimals}f} %"


def on_covers(scores: CoverScores | None, otherwise: str) -> str:
    """Write scores on covers, or what is known without them."""
    if not scores:
        return otherwise
    lines = {title: listed({group: score if isinstance(score, Estimate) else Estimate(**score)
                            for group, score in groups.items()}).replace(";", ",")
             for title, groups in scores.items()}
    return "; ".join(f"{title}: {line}" for title, line in lines.items())
