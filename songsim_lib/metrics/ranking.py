"""One query after the other: the distances that count, and the ranks that follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from songsim_lib.metrics.labels import Labels
from songsim_lib.text import named

BLOCK_CELLS = 4_000_000  # distances held at a time: 32 MB in double precision

# Positions of queries (b,) -> their distances to all n items (b, n), these in `Labels.work_order`, so that each
# work's items stand side by side. The same positions always give the same bits.
Distances = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Group:
    """Some queries of one work, and how far they are from everything that counts.

    `queries` [shape=(k,)] positions; `relevant` k arrays of distances to the other recordings of the work;
    `irrelevant` [shape=(k, m)] distances to all items of other works.
    """

    queries: np.ndarray
    relevant: list[np.ndarray]
    irrelevant: np.ndarray


def by_work(labels: Labels, distances: Distances) -> Iterator[Group]:
    """Go through all queries work by work, in blocks to keep memory flat (a large work comes in parts)."""
    works, recordings = labels.work_codes, labels.recording_codes
    columns = labels.work_order
    ends = np.cumsum(np.bincount(works))
    queries = columns[labels.queries[columns]]
    size = max(1, BLOCK_CELLS // len(labels))
    for rows in (queries[first : first + size] for first in range(0, len(queries), size)):
        found = distances(rows)
        starts = np.flatnonzero(np.diff(works[rows], prepend=-1))
        for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
            part, high = found[start:stop], ends[works[rows[start]]]
            low = high - np.count_nonzero(works == works[rows[start]])
            other = recordings[columns[low:high]] != recordings[rows[start:stop], None]
            yield Group(rows[start:stop], [row[low:high][mask] for row, mask in zip(part, other, strict=True)],
                        np.concatenate([part[:, :low], part[:, high:]], axis=1))


def rank_scores(relevant: np.ndarray, irrelevant: np.ndarray) -> tuple[float, ...]:
    """Score the answer to one query, given how far away its right and its wrong candidates are.

    Ties count against the system: among equal distances the wrong candidates come first, so that a system that
    tells nothing apart is never better than chance. In the triplet accuracy a tie is half.

    Parameters
    ----------
    relevant [shape=(R,)], R >= 1; irrelevant [shape=(m,)], ascending : distances.

    Returns
    -------
    average precision (over all R existing relevants, found early or late); rank of the first relevant, from 1;
    its reciprocal; precision among the first 1 and 10 (of 10, also where there are fewer candidates); share of
    (relevant, irrelevant) pairs in the right order, NaN where nothing is irrelevant.
    """
    relevant = np.sort(relevant)
    nearer = np.searchsorted(irrelevant, relevant, side="left")
    not_farther = np.searchsorted(irrelevant, relevant, side="right")
    nth = np.arange(1, len(relevant) + 1)
    ranks = nth + not_farther
    pairs = len(relevant) * len(irrelevant)
    ordered = 1 - (nearer.sum() + not_farther.sum()) / (2 * pairs) if pairs else np.nan
    return (nth / ranks).mean(), ranks[0], 1 / ranks[0], ranks[0] == 1, (ranks <= 10).sum() / 10, ordered


def of_matrix(distances: np.ndarray, labels: Labels) -> Distances:
    """Take the queries' rows of a matrix of all distances [shape=(n, n)].

    Raises
    ------
    ValueError : the matrix does not fit the labels, or distances that count are NaN or infinite; names the queries.
    """
    if distances.shape != (len(labels), len(labels)):
        raise ValueError(f"distances {distances.shape} do not fit the labels of {len(labels)} items: "
                         f"({len(labels)}, {len(labels)}) is needed")
    bad = ~np.isfinite(distances)
    bad &= labels.queries[:, None] & (labels.recording_codes[:, None] != labels.recording_codes)
    if bad.any():
        raise ValueError(f"{bad.sum()} distances are NaN or infinite, of the queries: "
                         f"{named(labels.track_ids[bad.any(axis=1)])}")
    return lambda rows: distances[np.ix_(rows, labels.work_order)]


def of_embeddings(embedded: np.ndarray, labels: Labels) -> Distances:
    """Compute squared Euclidean distances, whose order is all that counts, from queries to all items (n, D).

    Equal vectors are at distance 0 and equally far from all others. The rest is computed in double precision and
    rounded to single, so that distances which are equal on paper are (nearly always) ties in the machine too.

    Raises
    ------
    ValueError : the rows do not fit the labels, or hold NaN, infinite values or nothing but zeros; names them.
    """
    from sklearn.metrics.pairwise import euclidean_distances  # here, because it takes a second to load

    unique, place = _distinct(_checked(embedded, labels)[labels.work_order])
    squares, place_of = np.einsum("ij,ij->i", unique, unique)[None], np.empty_like(place)
    place_of[labels.work_order] = place

    def block(rows: np.ndarray) -> np.ndarray:
        own = place_of[rows]
        found = euclidean_distances(unique[own], unique, X_norm_squared=squares.T[own], Y_norm_squared=squares,
                                    squared=True)
        found[np.arange(len(rows)), own] = 0
        single = found.astype(np.float32)
        return single if len(unique) == len(place) else single[:, place]

    return block


def _distinct(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep one of equal vectors (n, D), in the order of appearance, and tell which one each row is [shape=(n,)]."""
    numbers: dict[bytes, int] = {}
    place = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in vectors + 0.0])  # -0.0 becomes 0.0
    return vectors[np.unique(place, return_index=True)[1]], place


def _checked(embedded: np.ndarray, labels: Labels) -> np.ndarray:
    """Return embeddings that fit the labels and can be compared, in double precision, at most 1 in size."""
    embedded = np.asarray(embedded, dtype=np.float64)
    if embedded.ndim != 2 or len(embedded) != len(labels):
        raise ValueError(f"embeddings {embedded.shape} do not fit the labels of {len(labels)} items: "
                         f"({len(labels)}, D) is needed")
    for bad, what in ((~np.isfinite(embedded).all(axis=1), "hold NaN or infinite values"),
                      (~embedded.any(axis=1), "are zero vectors (silence, or a dead network)")):
        if bad.any():
            raise ValueError(f"{bad.sum()} of {len(labels)} embeddings {what}: {named(labels.track_ids[bad])}")
    return np.ldexp(embedded, -np.frexp(np.abs(embedded).max())[1])  # no overflow; a power of two changes no bit
