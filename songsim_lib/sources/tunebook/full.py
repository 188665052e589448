"""The full size of the corpus: every usable score, recorded on this machine into the cache."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from songsim_lib import catalog as catalogs
from songsim_lib.files import digest, read_json, write_json
from songsim_lib.source_choice import SourceChoice

from . import build, failures, openscore, readers, research, soundfont
from .failures import Failure
from .music import Piece
from .readers import Item
from .session import Plan
from .shelf import Shelf

MADE = "made.json"  # what the recordings of a folder were made with


def catalog(choice: SourceChoice, folder: Path, seed: int = 0, max_recordings: int | None = None,
            workers: int | None = None) -> pd.DataFrame:
    """Record the full size of the corpus, or draw whole works of it and record only these.

    All scores are read and compared in any case, since works are found by melody. That, and every recording, is
    kept in `folder` for the next time; an interrupted call goes on where it stopped.

    Parameters
    ----------
    choice : source "tunebook" with its options `performances`, `windows`, `research`, `scores`.
    folder : cache for scores, readings, and `<choice>-s<seed>/` with audio/ (FLAC), catalog.parquet, failed.csv.
    seed : decides which works are drawn and how they are played.
    max_recordings : draw whole works until there are so many recordings; None records everything.
    workers : processes (default: one a core).

    Returns
    -------
    A validated catalog, one row a recording of the works drawn, with absolute paths.

    Raises
    ------
    RenderError, ScoreError, FetchError : what is needed is missing; says how to get it, before any long work.
    """
    soundfont.require_tools()
    workers = workers or os.cpu_count() or 1
    plan = Plan(int(choice["performances"]), int(choice["windows"]), "flac")
    out = folder / f"{choice.slug}-s{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".tunebook-full.lock"):  # studies of other profiles share these recordings
        shelf = Shelf.open(collect(choice, folder), folder / "tunebook-scores", workers)
        drawn = shelf.draw(plan, seed, max_recordings)
        if choice["research"] == "yes":
            research.put_notice(out)
        table = record(shelf, drawn, plan, seed, out, workers)
    return table.assign(path=[str(out / path) for path in table["path"]])


def collect(choice: SourceChoice, folder: Path) -> list[Item]:
    """Every score that the choice allows: tunes, songs, quartets, and for research the rest of music21's corpus."""
    place = Path(choice["scores"]) if choice["scores"] else openscore.fetch(folder / "openscore")
    items = readers.collect(place)
    return items + research.collect() if choice["research"] == "yes" else items


class Jobs(Sequence[tuple[Piece, Plan, str]]):
    """What `build.record_all` records: each piece is read when its turn comes, since all fill gigabytes.

    The first windows of the settings of one work answer each other where they can.
    """

    def __init__(self, shelf: Shelf, rows: pd.DataFrame, plan: Plan, seed: int) -> None:
        self._plan, self._piece = plan, shelf.piece
        self._scores = list(zip(rows["score_id"], rows["work_id"], strict=True))
        self._passages = cache(partial(shelf.passages, seed=seed))

    def __len__(self) -> int:
        return len(self._scores)

    def __getitem__(self, place: Any) -> Any:
        score_id, work_id = self._scores[place]
        start = self._passages(work_id).get(score_id)
        return self._piece(score_id), replace(self._plan, starts=() if start is None else (start,)), work_id


def record(shelf: Shelf, drawn: pd.DataFrame, plan: Plan, seed: int, out: Path, workers: int) -> pd.DataFrame:
    """Record the scores drawn that `out` does not hold yet; earlier recordings stay.

    Returns
    -------
    The catalog's rows of the scores drawn.
    """
    wanted = set(drawn["score_id"])
    made_with = _made_with(shelf, plan, seed)
    rows, failed = _finished(out) if read_json(out / MADE) == made_with else ([], [])
    done = {row["score_id"] for row in rows} | {failure.item for failure in failed}
    waiting = drawn[~drawn["score_id"].isin(done)]
    if len(waiting):
        new_rows, new_failed = build.record_all(Jobs(shelf, waiting, plan, seed), seed, out, workers)
        rows, failed = rows + new_rows, failed + new_failed
        build.write(out, rows, [*shelf.unread, *failed], [])
        write_json(out / MADE, made_with)
    table = catalogs.load(out / "catalog.parquet")
    return table[table["score_id"].isin(wanted)].reset_index(drop=True)


def _made_with(shelf: Shelf, plan: Plan, seed: int) -> dict[str, Any]:
    """Everything the recordings of these scores follow from; when it is the same, they are not looked at again."""
    code = sorted(Path(__file__).parent.glob("*.py"))
    return {"scores": shelf.key, "plan": repr(plan), "seed": seed, "synthesizer": list(soundfont.versions()),
            "code": digest(*code)}


def _finished(out: Path) -> tuple[list[dict], list[Failure]]:
    """Rows of all scores whose recordings are all there, and the scores that could not be played."""
    table = catalogs.load(out / "catalog.parquet")
    lost = {row.score_id for row in table.itertuples() if not (out / row.path).is_file()}
    rows = json.loads(table[~table["score_id"].isin(lost)].to_json(orient="records"))
    return rows, [failure for failure in failures.load(out / "failed.csv") if failure.stage == "playing"]
