"""How fast and how faithfully the search's engine finds the nearest of many vectors."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from timing import repeated

from songsim_lib import models
from songsim_lib.config import AudioSpec
from songsim_lib.search import embedding
from songsim_lib.search import engine as engines
from songsim_lib.sources import tunebook

if TYPE_CHECKING:
    from collections.abc import Iterator

D, QUERIES, NEAREST = 128, 200, 10
CENTRES, SPREAD = 2_000, 0.35  # music lies in clusters: works, styles
HEARD = 40  # recordings
SIZES, FEW = (10_000, 100_000, 1_000_000), (1_000,)  # vectors; for trying


def vectors(n: int, seed: int = 0) -> np.ndarray:
    """Points on the unit sphere around CENTRES centres [shape=(n, D)], float32."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(CENTRES, D)).astype(np.float32)
    found = centres[rng.integers(CENTRES, size=n)] / np.float32(np.sqrt(D))
    found += np.float32(SPREAD / np.sqrt(D)) * rng.standard_normal((n, D), dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@contextmanager
def one_core() -> Iterator[None]:
    """Let faiss use one thread inside this block."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def compare(n: int, repeats: int) -> dict[str, Any]:
    """Build the engine that is chosen for n vectors; time a query on one core, and compare with the exact answer."""
    catalog, asked = vectors(n), vectors(QUERIES, seed=1)
    start = time.perf_counter()
    engine = engines.build(catalog, np.arange(n), engines.recipe(n))
    built = time.perf_counter() - start
    exact = engines.build(catalog, np.arange(n), engines.FLAT)
    with one_core():
        told = {name: repeated(lambda one=one: engines.nearest(one, asked, NEAREST), repeats, per=QUERIES).as_dict()
                for name, one in (("engine", engine), ("exact", exact))}
    ids, truth = (engines.nearest(one, asked, NEAREST)[1] for one in (engine, exact))
    recall = np.mean([len(set(a) & set(b)) / NEAREST for a, b in zip(ids, truth, strict=True)])
    return {"n": n, "recipe": engines.recipe(n), "built_s": built, "recall_at_10": float(recall),
            "bytes_per_vector": faiss.serialize_index(engine).nbytes / n, **told}


def windows_per_s(recordings: int) -> float:
    """Embed recordings of the embedded corpus on one core; windows a second, decoding included."""
    net, spec, paths = models.load_pretrained(), AudioSpec(), tunebook.catalog()["path"].head(recordings + 1)
    embedding.heard(paths.iloc[0], net, spec)  # once unmeasured: libraries load
    start = time.perf_counter()
    windows = sum(len(embedding.heard(path, net, spec)["vectors"]) for path in paths.iloc[1:])
    return windows / (time.perf_counter() - start)


def measure(repeats: int, small: bool) -> dict[str, Any]:
    """Measure the search's engine at three sizes, and how fast its vectors are made."""
    return {"engines": {str(n): compare(n, repeats) for n in (FEW if small else SIZES)},
            "windows_per_s": windows_per_s(2 if small else HEARD)}
