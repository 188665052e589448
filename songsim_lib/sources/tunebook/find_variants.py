"""Compare all scores: `python -m songsim_lib.sources.tunebook.find_variants --scores PATH`.

Writes variants.parquet (confirmed pairs) and borrowings.csv (the strongest passages shared by different works).
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pandas as pd

from songsim_lib.files import atomic

from . import FOLDER, borrowings, openscore, variants
from .build import CACHE
from .readers import collect, read_all

STRONGEST = 40
REMARK = "what_it_is"  # a column of borrowings.csv written by people


def main() -> None:
    """Find variants and borrowings from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scores", type=Path, help="folder of OpenScore .mxl files (default: they are fetched)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="default: %(default)s")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where read scores are kept (default: %(default)s)")
    given = parser.parse_args()
    folder = given.scores or openscore.fetch(given.cache.parent / "openscore")
    pieces, failures = read_all(collect(folder), given.workers, given.cache)
    pairs = variants.find(pieces, given.workers)
    variants.save(pairs, given.out / "variants.parquet")
    works = variants.works([piece.score_id for piece in pieces], pairs)
    found = borrowings.find(pieces, works, given.workers).head(STRONGEST)
    save_borrowings(found, given.out / "borrowings.csv")
    print(f"{len(pieces):,} scores read, {len(failures)} not; {len(pairs):,} confirmed pairs, "
          f"{len(set(works.values())):,} works; {len(found)} borrowings listed")


def save_borrowings(found: pd.DataFrame, path: Path) -> None:
    """Write the list, keeping what people wrote of the same two scores before."""
    said = {}
    if path.is_file():
        before = pd.read_csv(path, keep_default_na=False)
        said = dict(zip(zip(before["score_a"], before["score_b"], strict=True), before[REMARK], strict=True))
    remarks = [said.get(pair, "") for pair in zip(found["score_a"], found["score_b"], strict=True)]
    with atomic(path) as temporary:
        found.assign(**{REMARK: remarks}).to_csv(temporary, index=False)


if __name__ == "__main__":
    main()
