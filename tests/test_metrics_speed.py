"""How long an evaluation takes, and how much memory."""

import json
import subprocess
import sys
import time
import tracemalloc

import naive
import numpy as np
import pytest
from support import ROOT

from songsim_lib.metrics import ranking, retrieval
from songsim_lib.metrics.retrieval import Labels

# A whole process, as a notebook has it: torch is loaded, 10,000 embeddings of 128 dimensions, 2,500 works of 4.
PROGRAM = """
import json, resource, sys, time
import numpy as np, pandas as pd, torch
from songsim_lib.metrics import retrieval
n, rng = 10_000, np.random.default_rng(0)
works = np.arange(n) // 4
embedded = (rng.standard_normal((n // 4, 128))[works] + 2 * rng.standard_normal((n, 128))).astype(np.float32)
catalog = pd.DataFrame({"track_id": np.arange(n), "work_id": works, "recording_id": np.arange(n)})
start, cpu = time.perf_counter(), time.process_time()
found = retrieval.evaluate_embeddings(embedded, retrieval.Labels.of(catalog))
summary, seconds, cpu = found.summary(), time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "cpu_s": cpu, "peak_mb": peak / 2**(20 if sys.platform == "darwin" else 10),
                  "summary": summary, "counts": found.counts()}))
"""


def versions(n: int) -> tuple[np.ndarray, Labels]:
    """Works of four recordings each, hard to find."""
    rng, works = np.random.default_rng(0), np.arange(n) // 4
    embedded = rng.standard_normal((n // 4, 128))[works] + 2 * rng.standard_normal((n, 128))
    return embedded.astype(np.float32), Labels.of(naive.catalog(list(works)))


def test_two_thousand_embeddings_take_a_25th_of_what_ten_thousand_may():
    embedded, labels = versions(2_000)
    retrieval.evaluate_embeddings(*versions(400)).summary()  # loads the libraries
    start = time.process_time()  # of all threads, so that a busy machine does not count
    retrieval.evaluate_embeddings(embedded, labels).summary()
    assert time.process_time() - start < 2 * 20 / 25


def test_the_distances_of_all_pairs_are_never_held_at_once(monkeypatch):
    monkeypatch.setattr(ranking, "BLOCK_CELLS", 100_000)
    embedded, labels = versions(2_400)
    retrieval.evaluate_embeddings(*versions(400))  # loads the libraries
    tracemalloc.start()
    retrieval.evaluate_embeddings(embedded, labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * 2_400**2 * 8


@pytest.mark.stress
def test_ten_thousand_embeddings_take_20_seconds_and_2_gb_with_torch_loaded():
    pytest.importorskip("resource", reason="peak memory is read with a Unix module")
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, text=True, capture_output=True, timeout=300,
                          check=True)
    found = json.loads(done.stdout)
    print(f"{found['seconds']:.1f} s, {found['cpu_s']:.1f} s of CPU time, {found['peak_mb']:.0f} MB")
    assert found["counts"] == {"queries": 10_000, "works": 2_500, "items": 10_000, "positive_pairs": 30_000,
                               "negative_pairs": 99_960_000}
    assert all(each["low"] < each["value"] < each["high"] for each in found["summary"].values())
    # CPU time of all threads: what one idle core would take, whatever else this machine is doing.
    assert found["cpu_s"] < 20 and found["peak_mb"] < 2_048
