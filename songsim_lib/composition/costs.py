"""What it takes to ask: measured on the machine at hand, on one core."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import thread_time

import joblib
import numpy as np
import pandas as pd
import torch
from threadpoolctl import threadpool_limits

from songsim_lib import hardware
from songsim_lib.baselines import qmax
from songsim_lib.config import AudioSpec
from songsim_lib.cqt import SCALE, windows
from songsim_lib.device import Batches, embed
from songsim_lib.models import Embedder

SECONDS, CATALOG = 30.0, 100_000
NEAREST = 10
CPU = torch.device("cpu")


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch and the linear algebra of NumPy compute with one thread, and joblib in this process, in this block."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with joblib.parallel_config(backend="sequential"), threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)


def milliseconds(task: Callable[[], object], repeats: int) -> list[float]:
    """Time a task again and again, after one run that is not counted.

    What counts is the processor time of this thread: what else the machine does meanwhile is not the task's.
    """
    task()
    found = []
    for _ in range(repeats):
        begun = thread_time()
        task()
        found.append(1_000 * (thread_time() - begun))
    return found


def embed_recording(net: Embedder, samples: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Embed decoded sound [shape=(n,)], window by window [shape=(V, D)]: what a new recording costs."""
    drawn = windows(samples, spec)
    return embed(net, Batches(drawn, SCALE, CPU), np.arange(len(drawn)))


@torch.inference_mode()
def nearest(query: torch.Tensor, catalog: torch.Tensor) -> torch.Tensor:
    """Find the nearest of a catalog (n, D) to a query (D,), both of unit length: exactly, by all cosines."""
    return (catalog @ query).topk(NEAREST).indices


def measure(net: Embedder, samples: np.ndarray, chromas: Sequence[np.ndarray], spec: AudioSpec,
            repeats: int = 5) -> pd.DataFrame:
    """Measure what a new recording, a query, and a pair of Qmax cost.

    Parameters
    ----------
    net : on the CPU.
    samples [shape=(n,)] : decoded sound; its beginning is repeated until there are 30 s.
    chromas : two or more arrays [shape=(12, T)], all pairs of which are compared.

    Returns
    -------
    One row a task: what, milliseconds (median of `repeats`), fastest, slowest.
    """
    half_minute = np.resize(samples, round(SECONDS * spec.sample_rate_hz))
    vectors = torch.nn.functional.normalize(torch.randn(CATALOG, embed_recording(net, half_minute, spec).shape[1],
                                                        generator=torch.Generator().manual_seed(0)))
    pairs = len(chromas) * (len(chromas) + 1) // 2
    tasks: dict[str, tuple[Callable[[], object], int]] = {
        f"embed {SECONDS:g} s after decoding": (lambda: embed_recording(net, half_minute, spec), 1),
        f"find the nearest {NEAREST} of {CATALOG:,}": (lambda: nearest(vectors[0], vectors), 1),
        "Qmax, one pair": (lambda: qmax.distances(chromas, chromas), pairs),
    }
    with one_thread():
        found = {what: [time / times for time in milliseconds(task, repeats)] for what, (task, times) in tasks.items()}
    return pd.DataFrame([{"what": what, "milliseconds": statistics.median(each), "fastest": min(each),
                          "slowest": max(each)} for what, each in found.items()])


def about(found: pd.DataFrame) -> str:
    """Say how long the network and Qmax take to search a catalog."""
    query, pair = found["milliseconds"].iloc[1:]
    return (f"To search {CATALOG:,} recordings takes {query:.1f} ms by embeddings, and {pair * CATALOG / 1_000:,.0f} s "
            f"by Qmax (processor time of one thread of {hardware.cpu_name()}).")
