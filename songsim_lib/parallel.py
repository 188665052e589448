"""Many calls of one function, spread over the cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from itertools import islice, takewhile
from operator import length_hint
from typing import Any, TypeVar

import joblib
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError
from joblib.parallel import get_active_backend
from tqdm import tqdm

from songsim_lib import compiled, signals
from songsim_lib.orphans import guarded

Result = TypeVar("Result")
AHEAD = 1_000  # calls that a cluster is given before the first one's result is taken; enough for a hundred cores


def run(function: Callable[..., Result], *items: Iterable[Any], progress: str = "", unit: str = "it",
        workers: int = -1, crashed: Callable[..., Result] | None = None) -> Iterator[Result]:
    """Call a function for every item, as `map` does, in processes of one thread each, or on a Dask cluster.

    Results come in the order of the items and as they are made, so that a caller can keep each one at once and go on
    from there after an interruption. Nothing begins before the first is asked for. They do not depend on `workers`.

    Parameters
    ----------
    function : takes one item of each of `items`; it, they and what it returns must be picklable. What it raises is
        raised here.
    items : one or more collections of the same length.
    progress, unit : name of the progress bar, which shows the time left, and of what it counts; no bar without a name.
    workers : processes; -1 is one per core, 1 works in this process. Inside `joblib.parallel_config(backend="dask")`
        it is the cluster that works, all of it.
    crashed : called with an item on which a process dies (a decoder that crashes, memory that runs out), gives what
        stands for its result; without it, a `TerminatedWorkerError` is raised, or `distributed.KilledWorker`.

    Raises
    ------
    ValueError : the collections differ in length.
    """
    results = _spread(function, zip(*items, strict=True), workers, crashed)
    # The first collection's length; a generator has none, and its bar only counts.
    yield from tqdm(results, total=length_hint(items[0]) or None, desc=progress, unit=unit, mininterval=1,
                    disable=not progress)


def _spread(function: Callable[..., Result], rows: Iterator[tuple[Any, ...]], workers: int,
            crashed: Callable[..., Result] | None) -> Iterator[Result]:
    """Choose where to call: on the cluster that the caller has chosen, or on this machine."""
    backend = get_active_backend()[0]
    if backend.__class__.__name__ == "DaskDistributedBackend":
        return _on_cluster(backend.client, function, rows, crashed)
    if workers != 1:
        compiled.ready()
    return _results(function, rows, workers, crashed)


def _results(function: Callable[..., Result], rows: Iterator[tuple[Any, ...]], workers: int,
             crashed: Callable[..., Result] | None) -> Iterator[Result]:
    """Call in parallel; where a process dies, do what was under way one by one, and then go on in parallel."""
    under_way: deque[tuple[Any, ...]] = deque()

    def taken() -> Iterator[tuple[Any, ...]]:
        for row in rows:
            under_way.append(row)
            yield row

    while True:
        with _backend():  # left before anything is yielded: it would hold for the caller's own work as well
            parallel = joblib.Parallel(n_jobs=workers, return_as="generator")
        try:
            for result in begin(parallel, function, taken()):
                under_way.popleft()
                yield result
            return
        except TerminatedWorkerError:
            if crashed is None:
                raise
            yield from _one_by_one(function, under_way, crashed)


def begin(parallel: joblib.Parallel, function: Callable[..., Result],
          rows: Iterable[tuple[Any, ...]]) -> Iterator[Result]:
    """Begin calls in joblib's processes, which leave Ctrl-C to this one and end with it.

    Parameters
    ----------
    parallel : returns a generator.
    rows : the arguments of each call.
    """
    with signals.held_back():
        return parallel(joblib.delayed(guarded(function))(*row) for row in rows)  # type: ignore[no-any-return]


def _on_cluster(client: Any, function: Callable[..., Result], rows: Iterator[tuple[Any, ...]],
                crashed: Callable[..., Result] | None) -> Iterator[Result]:
    """Call on a Dask cluster, at most AHEAD calls at a time.

    Not through `joblib.Parallel`, which waits for ever for a call whose worker has died, and which goes on taking
    results that the caller has not yet had time to keep (joblib 1.6).
    """
    from distributed import wait

    under_way: deque[tuple[Any, tuple[Any, ...]]] = deque()
    while True:
        under_way.extend((client.submit(function, *row, pure=False), row)
                         for row in islice(rows, AHEAD - len(under_way)))
        if not under_way:
            return
        wait(under_way[0][0])
        ready = [future for future, _ in takewhile(lambda call: call[0].status == "finished", under_way)]
        for result in client.gather(ready):  # at once: each question to the cluster takes milliseconds
            under_way.popleft()
            yield result
        if not ready:
            yield _result(*under_way.popleft(), function, crashed)


def _result(future: Any, row: tuple[Any, ...], function: Callable[..., Result],
            crashed: Callable[..., Result] | None) -> Result:
    """Take a call's result from the cluster; where workers died while they had it, see whether it is to blame."""
    from distributed import KilledWorker

    try:
        return future.result()  # type: ignore[no-any-return]
    except KilledWorker:
        if crashed is None:
            raise
        (found,) = _one_by_one(function, deque([row]), crashed)
        return found


def _one_by_one(function: Callable[..., Result], rows: deque[tuple[Any, ...]],
                crashed: Callable[..., Result]) -> Iterator[Result]:
    """Call for each of `rows`, which is emptied, in one process at a time: so one sees which call ends its process."""
    while rows:
        with ProcessPoolExecutor(max_workers=1) as process:
            while rows:
                row = rows.popleft()
                try:
                    with signals.held_back():
                        called = process.submit(guarded(function), *row)
                    yield called.result()
                except BrokenProcessPool:
                    yield crashed(*row)
                    break


def _backend() -> Any:
    """Choose processes of one thread each, unless the caller has chosen how to work (`joblib.parallel_config`)."""
    chosen = get_active_backend()[0].__class__.__name__  # without a choice it is joblib's own default
    return joblib.parallel_config(backend="loky", inner_max_num_threads=1) if chosen == "LokyBackend" else nullcontext()
