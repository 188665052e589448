"""Which pieces enter an edition: drawn by seed, spread over composers and collections, no work twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

import numpy as np
from joblib import Memory, Parallel, delayed
from tqdm import tqdm

from songsim_lib.files import digest

from . import abc_notation, music, musicxml, scores, tunes, windows
from .identity import Shelf
from .music import Piece
from .perform import generator


@dataclass(frozen=True)
class Edition:
    """Size of an edition: works of each repertoire, and recordings in all (each work one or two)."""

    lieder: int = 150
    quartets: int = 80
    tunes: int = 230
    recordings: int = 700

    @property
    def works(self) -> int:
        """Number of works."""
        return self.lieder + self.quartets + self.tunes

    def limited(self, limit: int | None) -> Edition:
        """The same edition in small: every repertoire scaled to at most `limit` works in all."""
        if limit is None or limit >= self.works:
            return self
        share = limit / self.works
        lieder, quartets = round(self.lieder * share), round(self.quartets * share)
        return Edition(lieder, quartets, limit - lieder - quartets, round(self.recordings * share))


@dataclass(frozen=True)
class Failure:
    """Something that could not be used, and why."""

    item: str
    title: str
    stage: str
    reason: str


def candidates(edition: Edition, folder: Path, seed: int) -> dict[str, list]:
    """For every repertoire, its scores or tunes in the order in which they are tried."""
    found: dict[str, list] = defaultdict(list)
    for score in scores.collect(folder):
        found[score.repertoire].append(score)
    found["tunes"] = tunes.collect()
    groups = {"lieder": "composer", "quartets": "composer", "tunes": "collection"}
    return {name: _in_turn(found[name], groups[name], generator(seed, "candidates", name))
            for name in groups if getattr(edition, name)}


def _in_turn(items: Sequence, attribute: str, rng: np.random.Generator) -> list:
    """Shuffle, then take one of each group in turn, so that no composer fills the shelf."""
    groups: dict[str, list] = defaultdict(list)
    for place in rng.permutation(len(items)):
        groups[getattr(items[place], attribute)].append(items[place])
    rounds = zip_longest(*groups.values())
    return [item for turn in rounds for item in turn if item is not None]


def _read(item: tunes.Tune | scores.Score, code: str) -> list[Piece] | str:
    """Read one score or tune; the reason as text if that fails. `code` tells the cache what read it."""
    try:
        return [abc_notation.read(item)] if isinstance(item, tunes.Tune) else musicxml.read(item)
    except Exception as error:  # music21 raises many kinds; one bad score must not stop the edition
        return f"{type(error).__name__}: {error}".split("\n")[0][:200]


def choose(edition: Edition, folder: Path, seed: int, workers: int,
           cache: Path | None) -> tuple[list[Piece], list[Failure]]:
    """Read candidates until every repertoire has its number of works."""
    reader = Memory(cache, verbose=0).cache(_read) if cache else _read
    shelf = Shelf()
    failures: list[Failure] = []
    chosen: list[Piece] = []
    with Parallel(n_jobs=workers) as parallel:
        for name, items in candidates(edition, folder, seed).items():
            wanted = getattr(edition, name)
            if not items:
                raise scores.ScoreError(f"{folder}: index.csv lists no {name}")
            each = max(1, -(-wanted // len(items)))  # more than one movement of a quartet only when needed
            pieces = _stream(items, wanted, partial(reader, code=_code(name)), parallel, name, failures)
            found = _take(pieces, wanted, each, shelf, failures, generator(seed, "movements", name))
            chosen += found
    return chosen, failures


def _code(repertoire: str) -> str:
    """Digest of the modules that read a repertoire: when they change, what the cache holds is stale."""
    readers = (abc_notation, tunes) if repertoire == "tunes" else (musicxml, scores)
    return digest(*(Path(str(module.__file__)) for module in (music, *readers)))


def _stream(items: Sequence, wanted: int, reader: Callable, parallel: Parallel, name: str,
            failures: list[Failure]) -> Iterator[list[Piece]]:
    """Read candidates a batch at a time, in order, noting the ones that cannot be read."""
    size = max(8, wanted // 2)
    for begin in range(0, len(items), size):
        batch = items[begin : begin + size]
        results = parallel(delayed(reader)(item) for item in tqdm(batch, desc=f"reading {name}", leave=False))
        for item, result in zip(batch, results, strict=True):
            if isinstance(result, str):
                identity = getattr(item, "tune_id", None) or item.score_id
                failures.append(Failure(identity, item.title, "reading", result))
            else:
                yield result


def _take(stream: Iterator[list[Piece]], wanted: int, each: int, shelf: Shelf, failures: list[Failure],
          rng: np.random.Generator) -> list[Piece]:
    """Take pieces that can be played and are not on the shelf yet, at most `each` movements of a score."""
    taken: list[Piece] = []
    for pieces in stream:
        for place in sorted(rng.permutation(len(pieces))[:each]):
            piece = pieces[place]
            reason = _against(piece, shelf)
            if reason:
                failures.append(Failure(piece.work_id, str(piece.fact("title")), "choosing", reason))
                continue
            shelf.add(piece)
            taken.append(piece)
            if len(taken) == wanted:
                return taken
    return taken


def _against(piece: Piece, shelf: Shelf) -> str | None:
    """What speaks against a piece: nothing to play in it, or the work may be there already."""
    try:
        windows.choose(piece, np.random.default_rng(0))
    except windows.WindowError as error:
        return str(error)
    twin = shelf.same_as(piece)
    return f"may be the work {twin}" if twin else None
