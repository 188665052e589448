"""Build the embedded corpus: `python -m songsim_lib.sources.tunebook.build --scores PATH`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from joblib import Parallel
from tqdm import tqdm

from songsim_lib import catalog as catalogs
from songsim_lib.parallel import begin
from songsim_lib.paths import ROOT

from . import FOLDER, datasheet, melodies, openscore, variants
from .edition import Edition, Job, choose
from .failures import Failure
from .failures import save as save_failures
from .music import Piece
from .readers import collect
from .record import record_score
from .scores import ScoreError
from .soundfont import RenderError, require_tools

INTEGERS = ("year", "composer_born", "composer_died", "key", "mode", "time_signature", "duration_ms", "window",
            "performance", "start_bar", "n_bars", "transposition_semitones", "attempt")
JOURNAL = "journal.jsonl"
CACHE = ROOT / "data" / "cache" / "tunebook-scores"


def build(folder: Path, out: Path, edition: Edition, seed: int = 0, workers: int = 2,
          cache: Path | None = None, pairs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Choose works, record them, write audio/, catalog.parquet, melodies.parquet and failed.csv into `out`.

    What cannot be read or played becomes a row of failed.csv. Interrupted, it goes on where it stopped.

    Parameters
    ----------
    folder : OpenScore's files with their index.csv.
    pairs : confirmed variants (`variants.find`); None takes `out`/variants.parquet, which is made if missing.

    Raises
    ------
    RenderError, ScoreError : the synthesizer, the sound font, music21 or the scores are missing.
    """
    require_tools()
    items = collect(folder)
    if pairs is None:
        pairs = variants.load_or_find(out / "variants.parquet", items, workers, cache)
    works = variants.works({*pairs["score_a"], *pairs["score_b"]}, pairs)
    jobs, failures = choose(edition, items, pairs, works, seed, workers, cache)
    rows, unplayed = record_all(jobs, seed, out, workers)
    return write(out, rows, [*failures, *unplayed], [piece for piece, _, _ in jobs])


def record_all(jobs: Sequence[Job], seed: int, out: Path, workers: int) -> tuple[list[dict], list[Failure]]:
    """Record scores in parallel; what `out` holds already, finished or not, is kept."""
    known = _known(out)
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict] = []
    failures: list[Failure] = []
    calls = ((piece, plan, seed, out, known.get(piece.score_id, {}), work) for piece, plan, work in jobs)
    with (out / JOURNAL).open("a", encoding="utf-8") as journal:
        results = begin(Parallel(n_jobs=workers, return_as="generator_unordered"), record_score, calls)
        for made, failed in tqdm(results, total=len(jobs), desc="recording scores", unit="score", mininterval=1):
            rows += made
            failures += failed
            journal.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
            journal.flush()
    return rows, failures


def _known(out: Path) -> dict[str, dict[str, dict]]:
    """Recordings that are there, by score and track: of the last edition, and of a build that was interrupted."""
    rows: list[dict] = []
    if (out / "catalog.parquet").is_file():
        table = pd.read_parquet(out / "catalog.parquet")
        rows = json.loads(table.to_json(orient="records")) if "score_id" in table else []
    if (out / JOURNAL).is_file():
        for line in (out / JOURNAL).read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:  # the line being written when the build was interrupted
                continue
    known: dict[str, dict[str, dict]] = {}
    for row in rows:
        known.setdefault(row["score_id"], {})[row["track_id"]] = row
    return known


def write(out: Path, rows: Sequence[dict], failures: Sequence[Failure], pieces: Sequence[Piece]) -> pd.DataFrame:
    """Write catalog.parquet, failed.csv and the melodies of `pieces`; remove recordings the catalog does not name."""
    if not rows:
        reason = failures[0].reason if failures else "no works were asked for"
        raise RenderError(f"nothing could be recorded; first reason: {reason}")
    table = pd.DataFrame(sorted(rows, key=lambda row: (row["repertoire"], row["track_id"])))
    table = table.astype({column: "Int64" for column in INTEGERS})
    table["shared_bars"] = table["shared_bars"].astype("Float64")
    catalogs.save(table, out / "catalog.parquet")
    save_failures(failures, out / "failed.csv")
    works = dict(zip(table["score_id"], table["work_id"], strict=True))
    if pieces:
        melodies.save([piece for piece in pieces if piece.score_id in works], works, out / "melodies.parquet")
    wanted = {Path(path).name for path in table["path"]}
    for path in (out / "audio").iterdir():
        if path.name not in wanted:
            path.unlink()
    datasheet.refresh(out / "README.md", table)
    (out / JOURNAL).unlink(missing_ok=True)
    return table


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Command line of the build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, help="folder of OpenScore .mxl files (default: they are fetched)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="decides every choice (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1,
                        help="processes (default: %(default)s)")
    parser.add_argument("--limit", type=int, help="about so many works, for a trial")
    for name, size in asdict(Edition()).items():
        parser.add_argument(f"--{name}", type=int, default=size, help="how many (default: %(default)s)")
    parser.add_argument("--cache", type=Path, default=CACHE,
                        help="folder where read scores are kept (default: %(default)s)")
    return parser.parse_args(given)


def main() -> None:
    """Build an edition from the command line."""
    given = arguments()
    if given.limit and given.out == FOLDER:
        sys.exit("A trial with --limit would replace the committed corpus: give it another folder with --out.")
    edition = Edition(**{name: getattr(given, name) for name in asdict(Edition())}).limited(given.limit)
    try:
        folder = given.scores or openscore.fetch(given.cache.parent / "openscore")
        table = build(folder, given.out, edition, given.seed, given.workers, given.cache)
    except (RenderError, ScoreError) as error:
        sys.exit(str(error))
    size = sum(path.stat().st_size for path in (given.out / "audio").iterdir())
    print(f"{given.out}: {table['work_id'].nunique()} works, {len(table)} recordings, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
