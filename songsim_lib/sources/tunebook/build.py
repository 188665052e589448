"""Build the embedded corpus: `python -m songsim_lib.sources.tunebook.build --scores PATH`."""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from songsim_lib import catalog as catalogs
from songsim_lib.files import atomic
from songsim_lib.paths import ROOT

from . import FOLDER, datasheet
from .music import Piece
from .perform import generator
from .record import record_work
from .scores import ScoreError
from .select import Edition, Failure, choose
from .soundfont import HELP, RenderError, versions

INTEGERS = ("year", "composer_born", "composer_died", "key", "mode", "time_signature", "duration_ms",
            "start_bar", "n_bars", "transposition_semitones", "attempt")
JOURNAL = "journal.jsonl"


def build(scores: Path, out: Path, edition: Edition, seed: int = 0, workers: int = 2,
          cache: Path | None = None) -> pd.DataFrame:
    """Choose works, record them, write audio/, catalog.parquet and failed.csv into `out`.

    What cannot be read or played becomes a row of failed.csv. Interrupted, it goes on where it stopped.

    Raises
    ------
    RenderError, ScoreError : the synthesizer, the sound font, music21 or the scores are missing.
    """
    if importlib.util.find_spec("music21") is None:
        raise RenderError(f"music21 is missing.\n{HELP}")
    versions()
    pieces, failures = choose(edition, scores, seed, workers, cache)
    known = _known(out)
    jobs = [delayed(record_work)(piece, count, seed, out, _of(known, piece))
            for piece, count in zip(pieces, performances(pieces, edition, seed), strict=True)]
    rows: list[dict] = []
    out.mkdir(parents=True, exist_ok=True)
    with (out / JOURNAL).open("a", encoding="utf-8") as journal:
        results = Parallel(n_jobs=workers, return_as="generator_unordered")(jobs)
        for made, failed in tqdm(results, total=len(jobs), desc="recording works", unit="work"):
            rows += made
            failures += failed
            journal.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
            journal.flush()
    table = _write(out, rows, failures)
    (out / JOURNAL).unlink()
    return table


def performances(pieces: list[Piece], edition: Edition, seed: int) -> list[int]:
    """One or two performances for each work, so that the recordings come to the edition's number."""
    pairs = min(max(edition.recordings - len(pieces), 0), len(pieces))
    twice = set(generator(seed, "pairs").permutation(len(pieces))[:pairs].tolist())
    return [2 if place in twice else 1 for place in range(len(pieces))]


def _known(out: Path) -> dict[str, dict]:
    """Recordings that are already there: of the last edition, and of a build that was interrupted."""
    known: dict[str, dict] = {}
    if (out / "catalog.parquet").is_file():
        table = pd.read_parquet(out / "catalog.parquet")
        known = {row["track_id"]: row for row in json.loads(table.to_json(orient="records"))}
    if (out / JOURNAL).is_file():
        for line in (out / JOURNAL).read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:  # the line being written when the build was interrupted
                continue
            known[row["track_id"]] = row
    return known


def _of(known: dict[str, dict], piece: Piece) -> dict[str, dict]:
    return {name: known[name] for name in (f"{piece.work_id}-p{n}" for n in (1, 2)) if name in known}


def _write(out: Path, rows: list[dict], failures: list[Failure]) -> pd.DataFrame:
    """Write catalog.parquet and failed.csv, and remove recordings that the catalog does not name."""
    if not rows:
        reason = failures[0].reason if failures else "no works were asked for"
        raise RenderError(f"nothing could be recorded; first reason: {reason}")
    table = pd.DataFrame(sorted(rows, key=lambda row: (row["repertoire"], row["track_id"])))
    table = table.astype({column: "Int64" for column in INTEGERS})
    table["shared_bars"] = table["shared_bars"].astype("Float64")
    catalogs.save(table, out / "catalog.parquet")
    with atomic(out / "failed.csv") as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["item", "title", "stage", "reason"])
        writer.writeheader()
        writer.writerows(asdict(failure) for failure in sorted(failures, key=lambda f: (f.stage, f.item)))
    wanted = {Path(path).name for path in table["path"]}
    for path in (out / "audio").glob("*.opus"):
        if path.name not in wanted:
            path.unlink()
    datasheet.refresh(out / "README.md", table)
    return table


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Command line of the build."""
    edition = Edition()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, required=True,
                        help="folder of OpenScore .mxl files with index.csv")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="decides every choice (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1,
                        help="processes (default: %(default)s)")
    parser.add_argument("--limit", type=int, help="at most this many works, for a trial")
    for name, size in asdict(edition).items():
        parser.add_argument(f"--{name}", type=int, default=size, help="how many (default: %(default)s)")
    parser.add_argument("--cache", type=Path, default=ROOT / "data" / "cache" / "tunebook-scores",
                        help="folder where read scores are kept (default: %(default)s)")
    return parser.parse_args(given)


def main() -> None:
    """Build an edition from the command line."""
    given = arguments()
    if given.limit and given.out == FOLDER:
        sys.exit("A trial with --limit would replace the committed corpus: give it another folder with --out.")
    edition = Edition(given.lieder, given.quartets, given.tunes, given.recordings).limited(given.limit)
    try:
        table = build(given.scores, given.out, edition, given.seed, given.workers, given.cache)
    except (RenderError, ScoreError) as error:
        sys.exit(str(error))
    size = sum(path.stat().st_size for path in (given.out / "audio").glob("*.opus"))
    print(f"{given.out}: {table['work_id'].nunique()} works, {len(table)} recordings, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
