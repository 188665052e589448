"""Read many scores and tunes, in parallel and from a cache; what cannot be read becomes a failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from joblib import Parallel
from tqdm import tqdm

from songsim_lib.files import atomic, digest
from songsim_lib.parallel import begin

from . import abc_notation, music, musicxml, repertoires, scores, tempi, tunes
from .failures import Failure
from .music import Piece
from .scores import Score
from .tunes import Tune

Item = Tune | Score
MODULES = {Tune: (music, repertoires, tunes, abc_notation), Score: (music, repertoires, scores, tempi, musicxml)}

# Files of OpenScore that hold another song than the index says; found because the comparison called them variants.
MISFILED = {"lc30888626": "the file holds Zemlinsky's Liebe Schwalbe (lc30893834)",
            "lc6994338": "the file holds Altdeutsches Frühlingslied (lc6997609)"}


def read(item: Item) -> list[Piece] | str:
    """Read one score or tune; the reason as text if that fails."""
    try:
        return [abc_notation.read(item)] if isinstance(item, Tune) else musicxml.read(item)
    except Exception as error:  # music21 raises many kinds; one bad score must not stop the others
        return f"{type(error).__name__}: {error}".split("\n")[0][:200]


def collect(folder: Path) -> list[Item]:
    """Every score that may be redistributed: the tunes of music21's corpus, and OpenScore's files in `folder`."""
    return [*tunes.collect(), *scores.collect(folder)]


class Reader:
    """Reads items, each from the cache where that has it (None: no cache): plain data, checked, never code."""

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._codes = {kind: digest(*(Path(str(module.__file__)) for module in modules))
                       for kind, modules in MODULES.items()}

    def __call__(self, item: Item) -> list[Piece] | str:
        """Read one item; the reason as text if that fails."""
        if self._cache is None:
            return read(item)
        path = self._cache / "readings" / f"{digest(self._codes[type(item)], repr(item))}.msgpack"
        try:
            return msgspec.msgpack.decode(path.read_bytes(), type=list[Piece] | str)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):  # absent, damaged, or not ours: read again
            found = read(item)
        with atomic(path) as temporary:
            temporary.write_bytes(msgspec.msgpack.encode(found))
        return found


def read_each(items: Sequence[Item], workers: int, cache: Path | None,
              description: str = "") -> Iterator[tuple[Item, list[Piece] | str]]:
    """Read items in parallel and in order; each comes with its pieces, or with the reason why there are none.

    description : names the progress bar; without it there is none.
    """
    in_order = Parallel(n_jobs=workers, return_as="generator", batch_size=4)
    results = begin(in_order, Reader(cache), ((item,) for item in items))
    bar = tqdm(results, total=len(items), desc=description, unit="score", mininterval=1, disable=not description)
    for item, found in zip(items, bar, strict=True):
        yield item, MISFILED.get(item.score_id, found)


def read_all(items: Sequence[Item], workers: int, cache: Path | None,
             description: str = "reading") -> tuple[list[Piece], list[Failure]]:
    """Read every item; returns all pieces (a quartet gives one a movement) and all failures.

    cache : folder where what was read is kept for the next time (None: nowhere).
    """
    pieces: list[Piece] = []
    failures: list[Failure] = []
    for item, found in read_each(items, workers, cache, description):
        if isinstance(found, str):
            failures.append(Failure(item.score_id, item.title, "reading", found))
        else:
            pieces += found
    return pieces, failures
