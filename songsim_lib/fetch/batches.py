"""Many files at once: what is there is not fetched again, what fails is listed with its cause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import requests
from tqdm import tqdm

from songsim_lib import sheets
from songsim_lib.decode import AudioError
from songsim_lib.fetch.errors import FetchError, explained
from songsim_lib.fetch.sessions import session
from songsim_lib.files import digest

T = TypeVar("T")
One = Callable[[requests.Session, T, Path], Path]
Outcomes = dict[str, Path | FetchError]  # by key
FAILED = "failed.csv"
NAME_LENGTH = 60
IN_FLIGHT = 2  # items for each worker: one in work, one that waits


@dataclass(frozen=True)
class Fetched:
    """What a batch has brought: `paths` by key, in the order of the items; `failed` with key, cause and reason."""

    paths: dict[str, Path]
    failed: pd.DataFrame


def batch(items: Sequence[T], key: Callable[[T], str], one: One[T], folder: Path, *, workers: int = 8,
          progress: str = "", want: int | None = None) -> Fetched:
    """Fetch a file for each item into a folder, many at once; only a few items a worker are in work at any time.

    A file that is there from an earlier run is taken as it is; what failed then is tried again. At the end, and
    when it is interrupted, `folder`/failed.csv lists what failed, and a summary by cause is printed.

    Parameters
    ----------
    items : in order of preference; one whose key came before is left out.
    key : the name of an item; its file is called `file_name(key)`, with an ending.
    one : fetches an item: given a session, the item and the path without an ending, it returns the path with one.
        Called in threads.
    workers : threads.
    progress : what the progress bar says; "" shows none.
    want : stop when so many are there. They are the first of the items that can be had, whatever the timing, and
        nothing else is fetched.

    Raises
    ------
    Exception : whatever `one` raises, other than `FetchError`, `AudioError` and the errors of requests.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    queue: dict[str, T] = {}
    for item in items:
        queue.setdefault(key(item), item)
    want, there, outcomes = len(queue) if want is None else want, _files(folder), Outcomes()
    bar = tqdm(desc=progress, total=min(want, len(queue)), unit="file", mininterval=1, disable=not progress)
    try:
        with session(workers) as shared, ThreadPoolExecutor(workers) as pool, bar:
            fetch = partial(_attempt, one, shared, folder)
            _work(queue, there, want, outcomes, partial(pool.submit, fetch), workers, bar)
    finally:
        failed = _report(queue, there, outcomes, folder)
    return Fetched({name: path for name in queue if isinstance(path := outcomes.get(name), Path)}, failed)


def file_name(key: str) -> str:
    """Give the name, without an ending, of the file that belongs to a key, safe and different on every file system."""
    if re.fullmatch(rf"[a-z0-9_-]{{1,{NAME_LENGTH}}}", key):
        return key
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', key)[:NAME_LENGTH]}-{digest(key)}"  # "a" and "A" may be one file


def _files(folder: Path) -> dict[str, Path]:
    """List the files of earlier runs by name; half-written ones have a dot in it, which no `file_name` has."""
    return {path.stem: path for path in sorted(folder.iterdir())
            if path.name != FAILED and path.is_file() and path.stat().st_size}


def _work(queue: Mapping[str, T], there: Mapping[str, Path], want: int, outcomes: Outcomes,
          submit: Callable[[str, T], Future[Path | FetchError]], workers: int, bar: tqdm) -> None:
    """Fill `outcomes` in; an item is begun only if it is needed even when all in flight arrive."""
    waiting, flying, have = iter(queue.items()), dict[Future[Path | FetchError], str](), 0

    def settle(name: str, outcome: Path | FetchError) -> int:
        outcomes[name] = outcome
        bar.update(isinstance(outcome, Path))
        return isinstance(outcome, Path)

    try:
        while True:
            while have + len(flying) < want and len(flying) < IN_FLIGHT * workers and (entry := next(waiting, None)):
                old = there.get(file_name(entry[0]))
                if old is None:
                    flying[submit(*entry)] = entry[0]
                else:
                    have += settle(entry[0], old)
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                have += settle(flying[future], future.result())
                del flying[future]
    finally:  # nothing is left, unless it was interrupted
        under_way = [future for future in flying if not future.cancel()]
        for future in wait(under_way).done:
            if future.exception() is None:
                settle(flying[future], future.result())


def _attempt(one: One[T], shared: requests.Session, folder: Path, name: str, item: T) -> Path | FetchError:
    """Fetch an item, or tell why not."""
    try:
        with explained(name):
            return one(shared, item, folder / file_name(name))
    except FetchError as error:
        return error
    except AudioError as error:
        return FetchError(str(error), "not audio")


def _report(queue: Mapping[str, T], there: Mapping[str, Path], outcomes: Outcomes, folder: Path) -> pd.DataFrame:
    """Write failed.csv, print the summary, and return what failed in the order of the items."""
    rows = [(name, error.cause, str(error)) for name in queue if isinstance(error := outcomes.get(name), FetchError)]
    failed = pd.DataFrame(rows, columns=["key", "cause", "reason"], dtype=str)
    sheets.write(failed, folder / FAILED)
    old = sum(file_name(name) in there for name in outcomes)
    causes = ", ".join(f"{cause}: {times}" for cause, times in Counter(failed["cause"]).most_common())
    print(f"{folder.name}: {len(outcomes) - len(failed) - old} fetched, {old} there already, {len(failed)} failed"
          + (f" ({causes}); each in {folder / FAILED}" if causes else ""))
    return failed
