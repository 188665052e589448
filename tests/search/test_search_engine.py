"""The engine finds the nearest windows: all of them while it is exact, nearly all beyond."""

from __future__ import annotations

import time

import numpy as np
import pytest
from searched import clustered, unit
from threadpoolctl import threadpool_limits

from songsim_lib.search import engine


@pytest.fixture(scope="module")
def vectors():
    return clustered(np.random.default_rng(0), 20_000, 400)


def exact(vectors, queries, k):
    return np.argsort(-(queries @ vectors.T), axis=1)[:, :k]


def recall(found, expected):
    return np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, expected, strict=True)])


def test_the_number_of_windows_chooses_the_engine():
    assert engine.recipe(1) == engine.recipe(250_000) == "IDMap2,Flat"
    assert engine.recipe(250_001) == "IVF2000,SQ8" and engine.recipe(1_000_000) == "IVF4000,SQ8"
    assert engine.recipe(5_000_000) == "IVF65536_HNSW32,SQ8" and engine.recipe(20_000_000) == "IVF262144_HNSW32,SQ8"


def test_few_windows_are_found_exactly_by_their_ids(vectors):
    ids = np.arange(len(vectors)) * 3 + 7
    made = engine.build(vectors, ids, engine.FLAT)
    cosines, found = engine.nearest(made, vectors[:20], 10)
    assert np.array_equal(found, ids[exact(vectors, vectors[:20], 10)])
    assert cosines[:, 0] == pytest.approx(1, abs=1e-5) and (np.diff(cosines) <= 0).all()
    assert engine.nearest(engine.build(vectors[:3], ids[:3], engine.FLAT), vectors[:1], 10)[1].shape == (1, 3)


def test_many_windows_are_found_nearly_all(vectors):
    made = engine.build(vectors, np.arange(len(vectors)), "IVF566,SQ8")  # as chosen for so many, if they were many
    queries = clustered(np.random.default_rng(0), 100, 400)
    found = engine.nearest(made, queries, 10)[1]
    assert recall(found, exact(vectors, queries, 10)) >= 0.95


@pytest.mark.parametrize("factory", [engine.FLAT, "IVF64,SQ8"])
def test_windows_come_and_go(vectors, factory, tmp_path):
    before, after = np.arange(0, 3_000), np.arange(1_000, 4_000)
    made = engine.build(vectors[before], before, factory)
    sealed = engine.save(made, tmp_path / "e.faiss")
    made = engine.load(tmp_path / "e.faiss", sealed)
    engine.change(made, before, after, vectors[after])
    assert made.ntotal == 3_000
    found = engine.nearest(made, vectors[after[::100]], 1)[1][:, 0]
    assert np.array_equal(found, after[::100])
    assert not set(engine.nearest(made, vectors[:50], 10)[1].ravel()) & set(range(1_000))


def test_a_file_that_is_not_the_one_that_was_written_is_not_read(vectors, tmp_path):
    sealed = engine.save(engine.build(vectors[:100], np.arange(100), engine.FLAT), tmp_path / "e.faiss")
    content = (tmp_path / "e.faiss").read_bytes()
    for other in (content[:-1], content[:200] + b"\xff" + content[201:], b""):
        (tmp_path / "e.faiss").write_bytes(other)
        assert engine.load(tmp_path / "e.faiss", sealed) is None
    assert engine.load(tmp_path / "none.faiss", sealed) is None


def test_an_engine_is_made_anew_when_it_is_outgrown():
    about = {"trained_on": 1_000}
    assert engine.fits(about, 250) and engine.fits(about, 4_000)
    assert not engine.fits(about, 4_001) and not engine.fits(about, 249) and not engine.fits(None, 1)


def test_each_of_a_song_s_windows_is_looked_for_among_100_000_in_10_ms_on_one_core():
    import faiss

    vectors = unit(np.random.default_rng(0), 100_000, 256)
    made, times = engine.build(vectors, np.arange(100_000), engine.FLAT), []
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        with threadpool_limits(1):
            for _ in range(3):
                start = time.process_time()
                engine.nearest(made, vectors[:48], 200)
                times.append((time.process_time() - start) / 48)
    finally:
        faiss.omp_set_num_threads(threads)
    assert min(times) < 0.010, times
