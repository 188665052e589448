"""The melodies of the corpus as a table, so that tunes are compared and engraved without music21."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pyarrow import parquet

from songsim_lib.files import atomic

from .music import Bar, Note, Part, Piece

FACTS = ("title", "composer", "genre", "year", "collection", "repertoire", "source", "transcriber")


def save(pieces: Iterable[Piece], works: Mapping[str, str], path: Path) -> None:
    """Write one row a score: its key, tempo, bars, the notes of its melody, and `work_id` from `works`."""
    rows = sorted((_row(piece, works[piece.score_id]) for piece in pieces), key=lambda row: row["score_id"])
    table = pd.DataFrame(rows).astype({"year": "Int64", "tonic": "Int64"})
    with atomic(path) as temporary:
        table.to_parquet(temporary, index=False, compression="zstd", compression_level=19)


def load(path: Path, only: Collection[str] | None = None) -> dict[str, Piece]:
    """Read the table back: score_id -> a `Piece` whose only part is the melody; `only` these scores, if given.

    Raises
    ------
    FileNotFoundError : there is no such table.
    """
    wanted = None if only is None else [("score_id", "in", sorted(only))]
    return {row["score_id"]: _piece(row) for row in parquet.read_table(path, filters=wanted).to_pylist()}


def _row(piece: Piece, work_id: str) -> dict[str, Any]:
    notes, bars = piece.melody, piece.bars
    return {
        "score_id": piece.score_id, "work_id": work_id, **{name: piece.fact(name) for name in FACTS},
        "sharps": piece.sharps, "tonic": piece.tonic, "scale": piece.scale,
        "quarter_bpm": piece.quarter_bpm, "tempo_source": piece.tempo_source,
        "onset": [note.onset for note in notes], "duration": [note.duration for note in notes],
        "pitch": [note.pitch for note in notes], "step": [note.step for note in notes],
        "bar_onset": [bar.onset for bar in bars], "bar_length": [bar.length for bar in bars],
        "bar_meter": [bar.meter for bar in bars], "bar_missing": [bar.missing for bar in bars],
    }


def _piece(row: dict[str, Any]) -> Piece:
    notes = zip(row["onset"], row["duration"], row["pitch"], row["step"], strict=True)
    bars = zip(row["bar_onset"], row["bar_length"], row["bar_meter"], row["bar_missing"], strict=True)
    part = Part("melody", tuple(Note(*note) for note in notes))
    facts = tuple((name, row[name]) for name in FACTS)
    return Piece(row["score_id"], (part,), tuple(Bar(*bar) for bar in bars), row["sharps"], row["quarter_bpm"],
                 row["tempo_source"], row["tonic"], row["scale"], facts)
