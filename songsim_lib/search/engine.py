"""The nearest windows among many, through faiss: exact while that is fast, approximate beyond.

The choice follows faiss's own guidelines (https://github.com/facebookresearch/faiss/wiki/Guidelines-to-choose-an-index):
"Flat" is the only exact index; up to some million vectors IVF with 4 to 16 times the square root of their number as
clusters, each trained on 30 vectors or more; beyond, 65,536 or, from ten million on, 262,144 clusters, which are found
through an HNSW graph and take hours to train on two cores. Vectors are kept as bytes (SQ8), a quarter of the memory:
whoever asks compares the exact ones of what was found. faiss is imported where it is used, since most folders are small
enough to do without.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from songsim_lib import files

if TYPE_CHECKING:
    import faiss

FLAT = "IDMap2,Flat"
EXACT_UP_TO = 250_000  # windows, 5,000 songs: all are compared with those of a song in a quarter of a second
PER_ROOT, PER_CLUSTER = 4, 40  # clusters a root of the number of vectors; vectors that each is trained on
MANY, MOST = 65_536, 262_144  # clusters that are found through a graph
PROBED = 64  # clusters that are looked into: 1.6 % of those of a million vectors
OUTGROWN = 4  # times as many vectors as it was trained on, or as few: the clusters no longer fit
BLOCK = 65_536  # vectors that are read into memory at once


def recipe(n: int) -> str:
    """Choose faiss's `index_factory` string for n vectors."""
    if n <= EXACT_UP_TO:
        return FLAT
    if n < PER_CLUSTER * MANY:
        return f"IVF{round(PER_ROOT * math.sqrt(n))},SQ8"
    return f"IVF{MANY if n < PER_CLUSTER * MOST else MOST}_HNSW32,SQ8"


def build(vectors: np.ndarray, ids: np.ndarray, factory: str) -> faiss.Index:
    """Train an engine and fill it.

    Parameters
    ----------
    vectors [shape=(V, D)] : float32, of unit length; may be mapped from disk.
    ids [shape=(V,)] : int64, unique.
    factory : as `recipe` gives.
    """
    import faiss

    found = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if not found.is_trained:
        clusters = faiss.extract_index_ivf(found)
        clusters.cp.max_points_per_centroid = PER_CLUSTER
        enough = min(len(vectors), PER_CLUSTER * clusters.nlist)
        found.train(vectors[np.sort(np.random.default_rng(0).choice(len(vectors), enough, replace=False))])
    _add(found, vectors, ids, np.arange(len(ids)))
    return found


def change(engine: faiss.Index, before: np.ndarray, ids: np.ndarray, vectors: np.ndarray) -> None:
    """Take windows out and put others in, without training again.

    Parameters
    ----------
    before, ids [shape=(n,)], [shape=(V,)] : int64, of the windows in it, and of those that shall be.
    vectors [shape=(V, D)] : those of `ids`.
    """
    gone = np.setdiff1d(before, ids)
    if len(gone):
        engine.remove_ids(gone)  # type: ignore[arg-type]  # an array serves as selector
    _add(engine, vectors, ids, np.flatnonzero(~np.isin(ids, before)))


def _add(engine: faiss.Index, vectors: np.ndarray, ids: np.ndarray, rows: np.ndarray) -> None:
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        engine.add_with_ids(np.ascontiguousarray(vectors[part], dtype=np.float32), ids[part])


def nearest(engine: faiss.Index, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the k nearest windows of each vector, or as many as there are: cosines and ids [shape=(n, k)], best first.

    Where an approximate engine finds fewer, the rest are of id -1.
    """
    import faiss

    _multiply_from_few_queries_on()
    clusters = faiss.try_extract_index_ivf(engine)
    if clusters is not None:
        clusters.nprobe = PROBED
    return engine.search(np.ascontiguousarray(vectors, dtype=np.float32), min(k, engine.ntotal))  # type: ignore[no-any-return]


def _multiply_from_few_queries_on() -> None:
    """Let faiss compare a song's windows by multiplying matrices, which takes a third of the time on a few cores.

    Until 1.13 it did from 20 queries on; then from 128,000 numbers on, chosen for 80 cores, and to be 800 for each
    core (https://github.com/facebookresearch/faiss/pull/5109).
    """
    import faiss

    per_core = 800 * faiss.omp_get_max_threads()
    if faiss.cvar.distance_compute_blas_threshold > per_core:
        faiss.cvar.distance_compute_blas_threshold = per_core


def save(engine: faiss.Index, path: Path) -> str:
    """Write an engine atomically; returns what `load` checks, the file's sha256."""
    import faiss

    with files.atomic(path) as temporary:
        with open(temporary, "wb") as file:  # faiss's own file says nothing when the disk is full
            faiss.write_index(engine, faiss.PyCallbackIOWriter(file.write))  # type: ignore[attr-defined]
        found = files.sha256(temporary)
    return found


def load(path: Path, sha256: str) -> faiss.Index | None:
    """Read an engine; None where the file is absent, damaged or another: faiss itself can crash on a damaged one."""
    import faiss

    try:
        return faiss.read_index(str(path)) if files.sha256(path) == sha256 else None
    except OSError:
        return None


def fits(about: dict[str, Any] | None, n: int) -> bool:
    """Tell whether an engine that was trained on `about["trained_on"]` vectors still suits n."""
    return about is not None and about["trained_on"] / OUTGROWN <= n <= about["trained_on"] * OUTGROWN
