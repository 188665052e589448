"""Pairs for people to judge: a random sample of confirmed variants, engraved one setting above the other.

`python -m songsim_lib.sources.tunebook.judging --scores PATH --out FOLDER` writes one SVG a pair. The verdicts on
the corpus's own sample are in data/tunebook/judged.csv.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from songsim_lib.engrave import stack, svg
from songsim_lib.engrave.answers import marked
from songsim_lib.files import write_text

from . import FOLDER
from .music import Piece
from .readers import collect, read_all

SAMPLE = 100


def sample(pairs: pd.DataFrame, size: int = SAMPLE) -> pd.DataFrame:
    """Draw pairs in the order of a hash of their names: other pairs found later hardly change the draw."""
    named = pairs["score_a"] + " " + pairs["score_b"]
    order = named.map(lambda name: hashlib.sha256(name.encode()).hexdigest()).sort_values(kind="stable")
    return pairs.loc[order.index[:size]].reset_index(drop=True)


def sheet(pair: Mapping, pieces: Mapping[str, Piece]) -> str:
    """Both melodies of a pair as one SVG, from the first bar that answers to the last, answers in one colour."""
    bars_a, bars_b = (list(map(int, pair[f"bars_{side}"])) for side in "ab")
    answers = list(zip(bars_a, bars_b, strict=True))
    marks = marked(range(min(bars_a), max(bars_a) + 1), answers)
    pictures = []
    for side, bars, mark in (("a", bars_a, marks[0]), ("b", bars_b, marks[1])):
        piece = pieces[str(pair[f"score_{side}"])]
        shown = range(max(min(bars) - 1, 0), min(max(bars) + 2, len(piece.bars)))
        title = f"{piece.score_id}: {pair[f'title_{side}']} ({len(piece.bars)} bars as played)"
        pictures.append(svg(piece, shown, mark.colours, title, labels=mark.labels))
    return stack(pictures)


def main() -> None:
    """Write the sheets of the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, required=True, help="folder of OpenScore .mxl files with index.csv")
    parser.add_argument("--variants", type=Path, default=FOLDER / "variants.parquet", help="default: %(default)s")
    parser.add_argument("--out", type=Path, required=True, help="folder for the sheets")
    given = parser.parse_args()
    drawn = sample(pd.read_parquet(given.variants))
    wanted = {*drawn["score_a"], *drawn["score_b"]}
    items = collect(given.scores)
    items = [item for item in items if any(name == item.score_id or name.startswith(f"{item.score_id}-")
                                           for name in wanted)]
    pieces, _ = read_all(items, 1, None)
    write(drawn, {piece.score_id: piece for piece in pieces}, given.out)


def write(drawn: pd.DataFrame, pieces: Mapping[str, Piece], out: Path) -> None:
    """Write `out`/000.svg, 001.svg ... in the order of the sample."""
    out.mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(drawn.to_dict("records")):
        write_text(out / f"{number:03d}.svg", sheet(pair, pieces))


if __name__ == "__main__":
    main()
