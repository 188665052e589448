"""What a search found, told to readers in tables and sounds (notebook 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from songsim_lib import audio
from songsim_lib.composition.listening import LEAST_S
from songsim_lib.config import AudioSpec
from songsim_lib.search.asking import own
from songsim_lib.search.hits import Hits, odds, passages
from songsim_lib.search.index import Index
from songsim_lib.search.judging import Kept, kept_promises
from songsim_lib.search.neighbours import Genres
from songsim_lib.search.others import NeighboursError
from songsim_lib.search.wording import RARE, estimate

RANKED = 1_000  # hits that are drawn
LEAST_QUERIES = 20  # of a genre, to say anything about it
COLUMNS = ("title", "artist", "same work", "similarity", "p-value", "likelihood", "by chance", "passages")
Result = TypeVar("Result")


def tried(measure: Callable[..., Result], *args: Any, **more: Any) -> tuple[Result | None, str]:
    """Measure something that not every folder allows: the result and "", or None and why not."""
    try:
        return measure(*args, **more), ""
    except NeighboursError as error:
        return None, f"This folder does not tell: {error}."


def choose(index: Index, query: str) -> Path:
    """Take the file that was asked for; else the first recording of the work that has most of them."""
    if query:
        return Path(query).expanduser()
    table = index.recordings[index.recordings["windows"] > 0]
    versions = table.groupby("work_id")["recording_id"].transform("nunique")
    return index.root / str(table.loc[versions.idxmax(), "track_id"])


def work_of(query: Path, index: Index) -> str:
    """Name the work of a query that lies in the folder; "" for another."""
    mine = own(query, index)
    return str(index.recordings["work_id"].iloc[mine[0]]) if len(mine) else ""


def table(hits: Hits, work: str = "") -> pd.DataFrame:
    """Draw up hits that have a calibration, a row each; `work` is the query's, where it is known."""
    rows = [(hit.rank, hit.title, hit.artist, "yes" if hit.work_id == work else "", f"{hit.similarity:.3f}",
             hits.rarity(hit).removeprefix("p ").removeprefix("= "), odds(hit), hits.chance_hits(hit), passages(hit))
            for hit in hits.hits]
    return pd.DataFrame(rows, columns=["rank", *COLUMNS]).set_index("rank")


def ranked(hits: Hits, work: str = "") -> pd.DataFrame:
    """Give what `plots.search.ranked` draws: rank, p_value, version (bool), of hits with a calibration."""
    return pd.DataFrame([(hit.rank, hit.p_value, hit.work_id == work) for hit in hits.hits],
                        columns=["rank", "p_value", "version"])


def sounds(query: Path, hits: Hits, index: Index, spec: AudioSpec, most: int = 3) -> list[tuple[str, np.ndarray]]:
    """Cut out the passages that answer each other best: of the query, and of its nearest; (label, samples)."""
    best = [(hit, hit.pairs[0]) for hit in hits.hits[:most]]
    cut = [(f"query: {query.name}", query, best[0][1].query_start_s, best[0][1].query_end_s)] if best else []
    cut += [(f"{hit.rank}: {hit.title}", index.root / hit.track_id, pair.start_s, pair.end_s) for hit, pair in best]
    found = []
    for label, path, start_s, end_s in cut:
        whole = audio.load(path, spec, LEAST_S, end_s + 1)
        found.append((label, whole[slice(*(round(at * spec.sample_rate_hz) for at in (start_s, end_s)))]))
    return found


def promises(kept: Sequence[Kept]) -> pd.DataFrame:
    """Draw up what `judging.kept_promises` found, a row a limit."""
    return pd.DataFrame([{
        "by chance, a query": f"{one.limit:g} or fewer", "hits": one.hits, "of the query's work": one.right,
        "precision": estimate(one.precision), "of other works, a query": estimate(one.wrong_each)} for one in kept])


def promises_by_genre(hits: pd.DataFrame, limit: float = RARE) -> pd.DataFrame:
    """Draw up the same for one limit, a row for each genre that asks often enough; `hits` as of `judging.rare_hits`."""
    asked = hits.drop_duplicates("query")["genre"].value_counts()
    rows = []
    for genre, queries in asked[asked >= LEAST_QUERIES].items():
        [one] = kept_promises(hits[hits["genre"] == genre], [limit])
        rows.append((genre or "(not known)", queries, one.hits, one.right, estimate(one.precision),
                     estimate(one.wrong_each)))
    return pd.DataFrame(rows, columns=["genre of the query", "queries", "hits", "of the query's work", "precision",
                                       "of other works, a query"])


def genres(found: Mapping[str, Genres]) -> pd.DataFrame:
    """Draw up how often neighbours have the genre of the one that asks, a row a filter."""
    return pd.DataFrame([{"the nearest among": name, "accuracy": str(one.accuracy),
                          f"always {one.most_frequent!r}": str(one.majority), "difference": str(one.gain)}
                         for name, one in found.items()])


def as_dict(hits: Hits) -> list[dict[str, Any]]:
    """Give hits as plain values for a results file, without the places of files."""
    return [{"rank": hit.rank, "track_id": hit.track_id, "work_id": hit.work_id, "similarity": hit.similarity,
             "p_value": hit.p_value, "likelihood_ratio": hit.likelihood_ratio, "by_chance": hit.by_chance}
            for hit in hits.hits]
