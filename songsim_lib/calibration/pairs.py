"""Which recordings are compared with which, and what the network and the alignment say of each pair."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from songsim_lib import parallel
from songsim_lib.baselines import qmax
from songsim_lib.calibration.cohort import NEAREST, Cohort
from songsim_lib.calibration.model import UNRELATED
from songsim_lib.calibration.songs import Songs
from songsim_lib.composition import comparing
from songsim_lib.covers.groups import REARRANGED, VARIANT, VERSIONS

BLOCK = 200  # pairs that a process compares before it answers
CELL = 0.5  # of a logarithm of seconds: durations that differ by less than two thirds count as one


def pairs(table: pd.DataFrame, most_unrelated: int, seed: int = 0) -> pd.DataFrame:
    """Pair recordings of one work, and for each such pair recordings of two works that last as long.

    Were unrelated pairs drawn without regard to length, lengths would tell them apart: two recordings of one work last
    about as long as each other. So unrelated pairs get the durations of the related ones.

    Parameters
    ----------
    table : `work_id` and `seconds`, one row a recording; where known `score_id`, `recording_id` (the same for two
        encodes of a recording, which are no pair), and `part` (see `songs.with_parts`).
    most_unrelated : pairs of works at most, each pair of works once.

    Returns
    -------
    Columns a, b (rows of `table`), kind ("unrelated", or as in `covers.heard`), work_a, work_b.
    """
    related = _related(table)
    rows = pd.DataFrame(related + _unrelated(table, related, most_unrelated, seed), columns=["a", "b", "kind"])
    works = table["work_id"].to_numpy(str)
    return rows.assign(work_a=works[rows["a"]], work_b=works[rows["b"]])


def _related(table: pd.DataFrame) -> list[tuple[int, int, str]]:
    """Pair all recordings of each work; a part is paired with what holds all of it, the work's first performance."""
    recordings = table.get("recording_id", pd.Series(range(len(table)))).to_numpy()
    part = table.get("part", pd.Series(False, index=table.index)).to_numpy(bool)
    first = ~table["work_id"].duplicated().to_numpy()
    scores = table["score_id"].to_numpy(str) if "score_id" in table else None

    def fit(a: int, b: int) -> bool:
        return (recordings[a] != recordings[b] and not (part[a] or part[b])) or (first[a] and part[b] and (
            recordings[a] != recordings[b]))

    return [(a, b, VERSIONS if scores is None else REARRANGED if scores[a] == scores[b] else VARIANT)
            for members in table.reset_index(drop=True).groupby("work_id").groups.values()
            for a, b in combinations(members.tolist(), 2) if fit(a, b)]


def _unrelated(table: pd.DataFrame, related: list[tuple[int, int, str]], most: int,
               seed: int) -> list[tuple[int, int, str]]:
    """Draw for each related pair as many unrelated ones of about the same durations, as far as there are."""
    rng, works = np.random.default_rng(seed), pd.factorize(table["work_id"])[0]
    step = np.floor(np.log(table["seconds"].to_numpy(float)) / CELL).astype(int)
    a, b = np.triu_indices(len(table), 1)
    order = rng.permutation(len(a))
    a, b = a[order], b[order]
    met = np.minimum(works[a], works[b]) * (works.max() + 1) + np.maximum(works[a], works[b])
    first = np.sort(np.unique(np.where(works[a] == works[b], -1, met), return_index=True)[1])
    first = first[works[a[first]] != works[b[first]]]
    cell = _cells(step[a[first]], step[b[first]])
    wanted = pd.Series(_cells(*step[np.array([pair[:2] for pair in related])].T)).value_counts()
    quota = pd.Series(cell).map(wanted * most / len(related)).fillna(0).to_numpy()
    chosen = first[pd.Series(cell).groupby(cell).cumcount().to_numpy() < np.round(quota)]
    return [(int(a[place]), int(b[place]), UNRELATED) for place in chosen]


def _cells(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Number pairs by the steps of their durations, the shorter first."""
    return 1_000 * np.minimum(a, b) + np.maximum(a, b)


def compared(songs: Songs, found: pd.DataFrame, cohort: Cohort, cohort_works: np.ndarray | None = None
             ) -> pd.DataFrame:
    """Add to pairs what is known of them, `model.COLUMNS`.

    Parameters
    ----------
    cohort_works [shape=(n,)] : works of the cohort, where pairs are of the same works: those of a pair are left out.
    """
    blocks = [found.iloc[start : start + BLOCK] for start in range(0, len(found), BLOCK)]
    sides = [[(songs.chroma[row.a], songs.chroma[row.b]) for row in block.itertuples()] for block in blocks]
    alignment = list(parallel.run(_align, sides, progress="pairs", unit="block"))
    seconds = songs.table["seconds"].to_numpy()[found[["a", "b"]].to_numpy()]
    network = [comparing.distance(songs.vectors[row.a], songs.vectors[row.b]) for row in found.itertuples()]
    return found.assign(network=network, alignment=np.concatenate(alignment),
                        crowd=_crowds(songs, found, cohort, cohort_works), shorter_s=seconds.min(axis=1),
                        longer_s=seconds.max(axis=1))


def _crowds(songs: Songs, found: pd.DataFrame, cohort: Cohort, cohort_works: np.ndarray | None) -> np.ndarray:
    """Average the crowds in which both recordings of each pair lie [shape=(n,)]."""
    likeness = np.stack([cohort.likenesses(vectors) for vectors in songs.vectors])
    sides = []
    for side in ("a", "b"):
        rows = likeness[found[side].to_numpy()]
        if cohort_works is not None:
            for work in ("work_a", "work_b"):
                rows = np.where(cohort_works[None, :] == found[work].to_numpy(str)[:, None], -np.inf, rows)
        sides.append(np.sort(rows, axis=1)[:, -NEAREST:].mean(axis=1))
    return (sides[0] + sides[1]) / 2  # type: ignore[no-any-return]


def _align(block: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    return np.array([qmax.distance(a, b) for a, b in block])
