"""Which recordings of an index are nearest to one that is asked about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songsim_lib.composition.comparing import BEST_SHARE, Embedded, distances
from songsim_lib.config import AudioSpec
from songsim_lib.models import Embedder
from songsim_lib.search import engine as engines
from songsim_lib.search.asking import Asked, ask, own
from songsim_lib.search.hits import Hit, Hits, Pair
from songsim_lib.search.index import Index

if TYPE_CHECKING:  # only whoever has one needs what it is made with
    from songsim_lib.calibration import Calibration

SHORTLIST = 1_000  # recordings of a large folder that are compared by the rule itself; of others, all are
WINDOWS_EACH = 200  # nearest windows that each window of the query takes from the engine
CELLS = 20_000_000  # pairs of windows that are compared at once: 80 MB
PAIRS = 3  # passages that are named of each hit


def search(path: str | Path, index: Index, top: int = 10, net: Embedder | None = None, spec: AudioSpec | None = None,
           itself: bool = False, shortlist: int | None = None, calibrated: Calibration | None = None,
           without: np.ndarray | None = None) -> Hits:
    """Find the recordings of an index that are nearest to one.

    Two recordings are as near as `composition.comparing.distances` says of their windows with music. All are compared,
    which takes 0.05 s for 1,000 songs of four minutes, up to `engine.EXACT_UP_TO` windows; of more, an engine chooses
    SHORTLIST recordings by their nearest windows, and may miss a near one.

    Parameters
    ----------
    path : the query; is not embedded again where it lies in the index unchanged.
    net : by default the network that comes with the project; must be the one that the index was made with.
    itself : also find the query itself and files of equal bytes.
    shortlist : compare so many recordings at most; None chooses.
    calibrated : says how rare each hit's likeness is, and how many such hits chance would bring. It must be of the
        network that the index was made with (`calibration.of` gives that, or None); without it, hits do not say.
    without : rows of `index.recordings` that are not to be found either, as of `others.same`.

    Raises
    ------
    AudioError : the query cannot be used, or holds no music; names it.
    SearchIndexError : the index was made with another network, code or settings.
    """
    asked = ask(path, index, net, spec)
    mine = np.empty(0, np.int64) if itself else own(path, index)
    rows = mine if without is None else np.union1d(mine, without)
    return answer(str(path), asked, index, top, rows, shortlist, calibrated)


def answer(name: str, asked: Asked, index: Index, top: int, without: np.ndarray, shortlist: int | None = None,
           calibrated: Calibration | None = None) -> Hits:
    """Find what is nearest to a query that was heard; parameters as for `search` and `nearest`, `name` is its name."""
    rows, similarities = nearest(asked, index, without, shortlist)
    searched = len(_usable(index, without))
    hits = [_hit(rank, asked, index, row, similarity) for rank, (row, similarity)
            in enumerate(zip(rows[:top], similarities[:top], strict=True), 1)]
    exact, pairs = len(rows) == searched, None
    if calibrated is not None:
        mine = calibrated.heard(asked.vectors, asked.seconds)
        said = [calibrated.state({"network": 1 - hit.similarity}, mine, index.heard(row, calibrated))
                for hit, row in zip(hits, rows[:top].tolist(), strict=True)]
        hits = [replace(hit, p_value=one.p_value, likelihood_ratio=one.ratio, by_chance=one.p_value * searched)
                for hit, one in zip(hits, said, strict=True)]
        pairs = said[0].unrelated_pairs if said else None
    return Hits(name, searched, exact, tuple(hits), pairs)


def nearest(asked: Asked, index: Index, without: np.ndarray,
            shortlist: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Order recordings by how near they are: rows of `index.recordings` and similarities, nearest first.

    Parameters
    ----------
    without : rows that are not to be found.
    shortlist : as for `search`.
    """
    if shortlist is None:
        shortlist = len(index.recordings) if len(index.windows) <= engines.EXACT_UP_TO else SHORTLIST
    counts, rows = index.recordings["windows"].to_numpy(), _usable(index, without)
    if len(rows) > shortlist:
        rows = _candidates(asked.vectors, index, rows, shortlist)
    query = Embedded(asked.vectors, np.array([len(asked.vectors)]))
    groups = np.cumsum(counts[rows]) * len(asked.vectors) // CELLS
    found = [1 - distances(query, index.embedded(part))[0]
             for part in np.split(rows, np.flatnonzero(np.diff(groups)) + 1) if len(part)]
    similarities = np.concatenate(found) if found else np.empty(0)
    order = np.argsort(-similarities, kind="stable")
    return rows[order], similarities[order]


def _usable(index: Index, without: np.ndarray) -> np.ndarray:
    return np.setdiff1d(np.flatnonzero(index.recordings["windows"] > 0), without)


def _candidates(vectors: np.ndarray, index: Index, rows: np.ndarray, most: int) -> np.ndarray:
    """Choose recordings whose windows answer most of the query's best, as far as the engine sees."""
    cosines, ids = engines.nearest(index.engine, vectors, WINDOWS_EACH)
    at = np.minimum(np.searchsorted(index.ids, ids), len(index.ids) - 1)
    owners, column = np.unique(index.windows["recording"].to_numpy()[at], return_inverse=True)
    cosines = np.where(ids < 0, -1.0, cosines)  # faiss's sign for "none"
    best = np.repeat(cosines.min(axis=1, keepdims=True), len(owners), axis=1)  # what was not found is no nearer
    asking = np.repeat(np.arange(len(vectors)), ids.shape[1])
    np.maximum.at(best, (asking, column.reshape(-1)), cosines.reshape(-1))
    counted = max(1, round(BEST_SHARE * len(vectors)))
    promise = np.sort(best, axis=0)[-counted:].mean(axis=0)
    promise[~np.isin(owners, rows)] = -np.inf
    chosen = np.argsort(-promise, kind="stable")[:most]
    return np.sort(owners[chosen[np.isfinite(promise[chosen])]]).astype(np.int64)


def _hit(rank: int, asked: Asked, index: Index, row: int, similarity: float) -> Hit:
    told, mine = index.recordings.iloc[row], index.rows(row)
    starts, ends = (index.windows[name].to_numpy()[mine] for name in ("start_s", "end_s"))
    pairs = tuple(Pair(float(asked.starts_s[i]), float(asked.ends_s[i]), float(starts[j]), float(ends[j]), cosine)
                  for i, j, cosine in _best_pairs(asked.vectors @ index.vectors[mine].T))
    track, title, artist, work = (str(told[name]) for name in ("track_id", "title", "artist", "work_id"))
    return Hit(rank, track, title, artist, work, float(similarity), pairs)


def _best_pairs(alike: np.ndarray) -> list[tuple[int, int, float]]:
    """Take the nearest pair, then the nearest of the windows that are left, and so on: (query, hit, cosine)."""
    alike, found = alike.copy(), []
    for _ in range(min(PAIRS, *alike.shape)):
        i, j = np.unravel_index(np.argmax(alike), alike.shape)
        found.append((int(i), int(j), float(alike[i, j])))
        alike[i, :] = alike[:, j] = -np.inf
    return found
