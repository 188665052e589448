"""How fast and how faithfully the search's engine finds the nearest of many vectors."""

from __future__ import annotations

import time
from typing import Any

import faiss
import numpy as np
from timing import repeated

from songsim_lib.search import engine as engines

D, QUERIES, NEAREST = 128, 200, 10
CENTRES, SPREAD = 2_000, 0.35  # music lies in clusters: works, styles


def vectors(n: int, seed: int = 0) -> np.ndarray:
    """Points on the unit sphere around CENTRES centres [shape=(n, D)], float32."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(CENTRES, D)).astype(np.float32)
    found = centres[rng.integers(CENTRES, size=n)] / np.sqrt(D)
    found = found + SPREAD * rng.normal(size=(n, D)).astype(np.float32) / np.sqrt(D)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def measure(n: int, repeats: int) -> dict[str, Any]:
    """Build the engine that is chosen for n vectors; time a query on one core, and compare with the exact answer."""
    catalog, asked = vectors(n), vectors(QUERIES, seed=1)
    start = time.perf_counter()
    engine = engines.build(catalog, np.arange(n), engines.recipe(n))
    built = time.perf_counter() - start
    exact = engines.build(catalog, np.arange(n), engines.FLAT)
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        told = {name: repeated(lambda one=one: engines.nearest(one, asked, NEAREST), repeats, per=QUERIES).as_dict()
                for name, one in (("engine", engine), ("exact", exact))}
    finally:
        faiss.omp_set_num_threads(threads)
    ids, truth = (engines.nearest(one, asked, NEAREST)[1] for one in (engine, exact))
    recall = np.mean([len(set(a) & set(b)) / NEAREST for a, b in zip(ids, truth, strict=True)])
    return {"n": n, "recipe": engines.recipe(n), "built_s": built, "recall_at_10": float(recall), **told}
