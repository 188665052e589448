"""Many calls of one function, spread over the cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from operator import length_hint
from typing import Any, TypeVar

import joblib
from joblib.parallel import get_active_backend
from tqdm import tqdm

Result = TypeVar("Result")


def run(function: Callable[..., Result], *items: Iterable[Any], progress: str = "", unit: str = "it",
        workers: int = -1) -> Iterator[Result]:
    """Call a function for every item, as `map` does, in processes of one thread each.

    Results come in the order of the items and as they are made, so that a caller can keep each one at once and go on
    from there after an interruption. Nothing begins before the first is asked for. They do not depend on `workers`.

    Parameters
    ----------
    function : takes one item of each of `items`; it, they and what it returns must be picklable. What it raises is
        raised here.
    items : one or more collections of the same length.
    progress, unit : name of the progress bar, which shows the time left, and of what it counts; no bar without a name.
    workers : processes; -1 is one per core, 1 works in this process.

    Raises
    ------
    ValueError : the collections differ in length.
    """
    calls = (joblib.delayed(function)(*each) for each in zip(*items, strict=True))
    with _backend():  # left before anything is yielded: it would hold for the caller's own work as well
        parallel = joblib.Parallel(n_jobs=workers, return_as="generator")
    # The first collection's length; a generator has none, and its bar only counts.
    yield from tqdm(parallel(calls), total=length_hint(items[0]) or None, desc=progress, unit=unit, mininterval=1,
                    disable=not progress)


def _backend() -> Any:
    """Choose processes of one thread each, unless the caller has chosen how to work (`joblib.parallel_config`)."""
    chosen = get_active_backend()[0].__class__.__name__  # without a choice it is joblib's own default
    return joblib.parallel_config(backend="loky", inner_max_num_threads=1) if chosen == "LokyBackend" else nullcontext()
