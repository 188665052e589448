"""Which scores enter an edition: drawn by seed, spread over composers and collections, one score a work,
except for families: works that two or three collections of tunes hold, of which every collection is heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from . import windows
from .failures import Failure
from .families import families, starts
from .music import Piece
from .perform import generator
from .readers import Item, read_each
from .repertoires import REPERTOIRES
from .scores import ScoreError
from .session import Plan

BATCH = 24  # scores read at once: few are read in vain when the number is reached
Job = tuple[Piece, Plan, str]  # what to record, how often, and the work it belongs to


@dataclass(frozen=True)
class Edition:
    """Size of an edition in works: families, other tunes, songs, quartets (movements); `twice` counts the works
    with one score that are recorded two times."""

    families: int = 150
    tunes: int = 380
    lieder: int = 335
    quartets: int = 140
    twice: int = 140

    @property
    def works(self) -> int:
        """Number of works."""
        return self.families + self.tunes + self.lieder + self.quartets

    def limited(self, limit: int | None) -> Edition:
        """The same edition in small: every number scaled so that there are about `limit` works."""
        share = min(1.0, (limit or self.works) / self.works)
        return Edition(**{name: round(number * share) for name, number in asdict(self).items()})


class Chooser:
    """Draws the works of an edition; `works` names the work of every score that has variants."""

    def __init__(self, items: Sequence[Item], pairs: pd.DataFrame, works: Mapping[str, str], seed: int, workers: int,
                 cache: Path | None) -> None:
        self.items = {item.score_id: item for item in items}
        self.pairs, self.works, self.seed = pairs, works, seed
        self.workers, self.cache = workers, cache
        self.jobs: list[Job] = []
        self.failures: list[Failure] = []
        self._taken: set[str] = set()

    def families(self, wanted: int) -> None:
        """Take works with a score in two or three collections of tunes, one score of each collection."""
        groups = [group for group in families(self.pairs, self.works) if all(name in self.items for name in group)]
        groups = [groups[place] for place in generator(self.seed, "families").permutation(len(groups))]
        with tqdm(total=wanted, desc="choosing families", unit="work") as bar:
            for begin in range(0, len(groups), BATCH):
                batch = groups[begin : begin + BATCH] if bar.n < wanted else []
                read = self._read([self.items[name] for group in batch for name in group])
                found = {piece.score_id: piece for pieces in read for piece in pieces}
                for group in batch:
                    if bar.n < wanted and all(name in found for name in group):
                        bar.update(self._take_family(group, {name: found[name] for name in group}))

    def _take_family(self, group: tuple[str, ...], pieces: dict[str, Piece]) -> bool:
        rng = generator(self.seed, "passage", group[0])
        try:
            begin = starts(pieces, group[0], self.pairs, rng)
        except windows.WindowError as error:
            self._fail(pieces[group[0]], str(error))
            return False
        work = self.works[group[0]]
        self._taken.add(work)
        self.jobs += [(pieces[name], Plan(starts=(begin[name],)), work) for name in group]
        return True

    def singles(self, kind: str, wanted: int, each: int = 1) -> None:
        """Take works of one kind, one score of each, in turn over composers or collections."""
        candidates = [item for item in self.items.values() if REPERTOIRES[item.repertoire].kind == kind]
        if wanted and not candidates:
            raise ScoreError(f"there are no scores of the kind {kind!r} among those given")
        by = "repertoire" if kind == "tune" else "composer"
        order = in_turn(candidates, by, generator(self.seed, "candidates", kind))
        with tqdm(total=wanted, desc=f"choosing {kind}s", unit="work") as bar:
            for begin in range(0, len(order), BATCH):
                batch = order[begin : begin + BATCH] if bar.n < wanted else []
                for pieces in self._read([item for item in batch if self._work(item.score_id) not in self._taken]):
                    bar.update(self._take_some(pieces, min(each, wanted - bar.n)))

    def _take_some(self, pieces: list[Piece], wanted: int) -> int:
        """Take up to so many movements of one file; returns how many were taken."""
        done = 0
        for place in generator(self.seed, "movements", pieces[0].score_id).permutation(len(pieces)):
            piece = pieces[place]
            if done < wanted and self._work(piece.score_id) not in self._taken and self._playable(piece):
                self._taken.add(self._work(piece.score_id))
                self.jobs.append((piece, Plan(), self._work(piece.score_id)))
                done += 1
        return done

    def twice(self, wanted: int) -> None:
        """Have some of the works with one score recorded two times."""
        alone = [place for place, (_, plan, _) in enumerate(self.jobs) if not plan.starts]
        for place in generator(self.seed, "twice").permutation(alone)[:wanted]:
            piece, _, work = self.jobs[place]
            self.jobs[place] = piece, Plan(performances=2), work

    def _work(self, score_id: str) -> str:
        return self.works.get(score_id, score_id)

    def _playable(self, piece: Piece) -> bool:
        try:
            windows.starts(piece, np.random.default_rng(0))
        except windows.WindowError as error:
            self._fail(piece, str(error))
            return False
        return True

    def _fail(self, piece: Piece, reason: str) -> None:
        self.failures.append(Failure(piece.score_id, str(piece.fact("title")), "choosing", reason))

    def _read(self, items: Sequence[Item]) -> Iterator[list[Piece]]:
        for item, found in read_each(items, self.workers, self.cache):
            if isinstance(found, str):
                self.failures.append(Failure(item.score_id, item.title, "reading", found))
            else:
                yield found


def choose(edition: Edition, items: Sequence[Item], pairs: pd.DataFrame, works: Mapping[str, str], seed: int,
           workers: int, cache: Path | None) -> tuple[list[Job], list[Failure]]:
    """Read candidates until every kind has its number of works; what to record, and what could not be used."""
    chooser = Chooser(items, pairs, works, seed, workers, cache)
    chooser.families(edition.families)
    chooser.singles("tune", edition.tunes)
    chooser.singles("song", edition.lieder)
    files = sum(REPERTOIRES[item.repertoire].kind == "ensemble" for item in items)
    chooser.singles("ensemble", edition.quartets, each=max(1, -(-edition.quartets // max(files, 1))))
    chooser.twice(edition.twice)
    return chooser.jobs, chooser.failures


def in_turn(items: Sequence[Item], attribute: str, rng: np.random.Generator) -> list[Item]:
    """Shuffle, then take one of each group in turn, so that no composer fills the shelf."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for place in rng.permutation(len(items)):
        groups[getattr(items[place], attribute)].append(items[place])
    rounds = zip_longest(*groups.values())
    return [item for turn in rounds for item in turn if item is not None]
