"""Whether a search finds what it should: every recording of an index asks, and is answered by all others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib.calibration import Calibration
from songsim_lib.catalog import sample_works
from songsim_lib.metrics import chance
from songsim_lib.metrics.estimates import Estimate, mean_over_works
from songsim_lib.metrics.labels import Labels
from songsim_lib.metrics.retrieval import evaluate
from songsim_lib.search.asking import own
from songsim_lib.search.hits import Hits
from songsim_lib.search.index import Index
from songsim_lib.search.neighbours import MOST, between
from songsim_lib.search.others import NeighboursError

SCORES = {"map": "MAP", "p_at_1": "P@1"}
LIMITS = (0.1, 0.3, 1.0)  # hits that chance would bring
TOP = 10  # hits of each query that are looked at


@dataclass(frozen=True)
class Everyone:
    """All recordings of an index, or whole works of it, each compared with each.

    Attributes
    ----------
    table : n rows of the index's recordings, with and `row`, their place in it.
    distances [shape=(n, n)] : as of `composition.comparing.distances`.
    """

    table: pd.DataFrame
    distances: np.ndarray

    def labels(self) -> Labels:
        """Say who asks for what; `NeighboursError` where no work has two recordings, or there is only one work."""
        try:
            return Labels.of(self.table)
        except ValueError as error:
            raise NeighboursError(str(error)) from error


def everyone(index: Index, most: int = MOST, seed: int = 0) -> Everyone:
    """Compare all recordings that hold music; of more than `most`, whole works are drawn."""
    table = index.recordings.assign(row=np.arange(len(index.recordings)))
    chosen = sample_works(table[table["windows"] > 0].reset_index(drop=True), most, seed)
    return Everyone(chosen, between(index, chosen["row"].to_numpy()))


@dataclass(frozen=True)
class Score:
    """How well versions find each other, with a 95 % interval over works, and what a random order would reach."""

    found: Estimate
    chance: float

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for a results file."""
        return self.found.as_dict() | {"chance": self.chance}


def scores(all_: Everyone) -> dict[str, Score]:
    """Score how well versions of a work find each other, by `SCORES`; n is the number of queries.

    Raises
    ------
    NeighboursError : no work has two recordings, so that there is nothing to find, or there is only one work.
    """
    labels = all_.labels()
    found, by_chance = evaluate(all_.distances, labels).summary(), chance.retrieval(labels)
    return {name: Score(Estimate(**found[name]), by_chance[name]) for name in SCORES}  # type: ignore[arg-type]


def rare_hits(all_: Everyone, index: Index, calibrated: Calibration, top: int = TOP) -> pd.DataFrame:
    """List the `top` nearest of every recording and how many such hits chance alone would bring.

    Returns
    -------
    Columns query, hit (rows of `all_.table`), work and genre (of the query, "" where it is not known), by_chance, right
    (bool: of one work). Other encodes of the query's own recording are no hits.
    """
    kinds = all_.table.get("genre", pd.Series("", index=all_.table.index)).fillna("").to_numpy(str)
    recordings, works = (all_.table[name].to_numpy() for name in ("recording_id", "work_id"))
    heard = [index.heard(row, calibrated) for row in all_.table["row"]]
    rows = []
    for query, near in enumerate(all_.distances):
        others = np.flatnonzero(recordings != recordings[query])
        for hit in others[np.argsort(near[others], kind="stable")[:top]].tolist():
            said = calibrated.state({"network": float(near[hit])}, heard[query], heard[hit])
            by_chance = said.p_value * len(others)
            rows.append((query, hit, works[query], kinds[query], by_chance, works[hit] == works[query]))
    return pd.DataFrame(rows, columns=["query", "hit", "work", "genre", "by_chance", "right"])


@dataclass(frozen=True)
class Kept:
    """Of the hits of which chance would bring `limit` or fewer a query: how many are right, and whether that holds.

    Attributes
    ----------
    hits : their number; `right` of them are of the query's work.
    precision : right ones of these; None where there is no such hit.
    wrong_each : wrong ones a query, which should be no more than `limit`.
    """

    limit: float
    hits: int
    right: int
    precision: Estimate | None
    wrong_each: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for a results file."""
        return asdict(self)


def kept_promises(hits: pd.DataFrame, limits: Iterable[float] = LIMITS) -> list[Kept]:
    """Count right and wrong hits up to each limit, with intervals over works; `hits` are as of `rare_hits`."""
    queries = hits.groupby("query")["work"].first()
    found = []
    for limit in limits:
        rare = hits[hits["by_chance"] <= limit]
        wrong = (~rare["right"]).groupby(rare["query"]).sum().reindex(queries.index, fill_value=0)
        precision = mean_over_works(rare["right"].to_numpy(float), rare["work"].to_numpy()) if len(rare) else None
        found.append(Kept(limit, len(rare), int(rare["right"].sum()), precision,
                          mean_over_works(wrong.to_numpy(float), queries.to_numpy())))
    return found


def agrees(all_: Everyone, hits: Hits, query: Path, index: Index) -> bool:
    """Tell whether a search found what comparing all with all finds, where the query and its hits were compared there.

    Parameters
    ----------
    hits : of a search for `query` in `index`.
    """
    places = dict(zip(all_.table["track_id"], range(len(all_.table)), strict=True))
    asked = [places[track] for track in index.recordings["track_id"].iloc[own(query, index)] if track in places]
    compared = [(places[hit.track_id], hit.similarity) for hit in hits.hits if hit.track_id in places]
    return not asked or all(abs(1 - all_.distances[asked[0], row] - alike) < 1e-4 for row, alike in compared)
