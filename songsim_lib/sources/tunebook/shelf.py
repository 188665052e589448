"""All scores that can be recorded, sorted into works: read once, kept, and read again one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from songsim_lib import catalog as catalogs
from songsim_lib.files import atomic, digest

from . import alignment, failures, families, lines, readers, variants
from .failures import Failure
from .music import Piece
from .perform import generator
from .readers import Item
from .session import Plan
from .windows import WindowError


class Shelf:
    """Scores by work, with the means to read each of them.

    `table` has one row a score (a movement of a quartet is one): score_id, work_id, item (the `score_id` of the
    `Tune` or `Score` it is read from). `pairs` are the confirmed variants (`variants.find`), `unread` says what
    could not be read, `key` names all of it. Open it with `Shelf.open`.
    """

    def __init__(self, key: str, table: pd.DataFrame, pairs: pd.DataFrame, unread: list[Failure],
                 items: Sequence[Item], cache: Path) -> None:
        self.key, self.table, self.pairs, self.unread = key, table, pairs, unread
        self._read = readers.Reader(cache)
        self._items = {item.score_id: item for item in items}
        self._item_of = dict(zip(table["score_id"], table["item"], strict=True))
        self._last: tuple[str, list[Piece]] = ("", [])

    @classmethod
    def open(cls, items: Sequence[Item], cache: Path, workers: int) -> Shelf:
        """Read all items and find works among them by melody, or take what an earlier call found in the same items.

        cache : folder where readings and works are kept.
        """
        key = _key(items)
        folder = cache / f"works-{key}"
        if not (folder / "works.parquet").is_file():  # written last
            table, pairs, unread = _sort(items, cache, workers)
            failures.save(unread, folder / "failed.csv")
            variants.save(pairs, folder / "variants.parquet")
            with atomic(folder / "works.parquet") as temporary:
                table.to_parquet(temporary, index=False)
        table, pairs = (pd.read_parquet(folder / f"{name}.parquet") for name in ("works", "variants"))
        return cls(key, table, pairs, failures.load(folder / "failed.csv"), items, cache)

    def draw(self, plan: Plan, seed: int, max_recordings: int | None) -> pd.DataFrame:
        """The scores of whole works drawn at random until their recordings reach `max_recordings`; None: all."""
        planned = self.table.loc[self.table.index.repeat(plan.performances * plan.windows)]
        limit = len(planned) if max_recordings is None else max_recordings
        drawn = catalogs.sample_works(planned, limit, seed)
        print(f"{self.table['work_id'].nunique():,} works in {len(self.table):,} scores, enough for {len(planned):,} "
              f"recordings; drawn: {drawn['work_id'].nunique():,} works, up to {len(drawn):,} recordings")
        return drawn.drop_duplicates("score_id").reset_index(drop=True)

    def piece(self, score_id: str) -> Piece:
        """Read one score, from the cache."""
        item = self._item_of[score_id]
        if self._last[0] != item:  # movements of one quartet follow each other
            found = self._read(self._items[item])
            if isinstance(found, str):
                raise RuntimeError(f"{score_id} could be read before and cannot now: {found}")
            self._last = (item, found)
        return next(piece for piece in self._last[1] if piece.score_id == score_id)

    def passages(self, work_id: str, seed: int) -> dict[str, int]:
        """Bars from which settings of one work answer each other, for as many of its scores as have such a bar.

        The score with most confirmed pairs leads; those whose pairs with it are worth least are given up first.
        """
        pairs = self.pairs[self.pairs["work_id"] == work_id]
        if pairs.empty:
            return {}
        ends = [pairs[["score_a", "score_b", "worth"]].set_axis(["score", "other", "worth"], axis=1),
                pairs[["score_b", "score_a", "worth"]].set_axis(["score", "other", "worth"], axis=1)]
        known = pd.concat(ends).sort_values(["worth", "other"], ascending=[False, True])
        leader = known["score"].value_counts().sort_index().idxmax()
        others = known.loc[known["score"] == leader, "other"].tolist()
        while others:
            pieces = {name: self.piece(name) for name in (leader, *others)}
            try:
                return families.starts(pieces, leader, pairs, generator(seed, "passage", work_id))
            except WindowError:
                others.pop()
        return {}


def _key(items: Iterable[Item]) -> str:
    """Name the items and the code that reads and compares them; a score's file counts by its size."""
    sizes = [str(os.path.getsize(item.path)) if isinstance(item, readers.Score) else "" for item in items]
    code = {str(module.__file__) for modules in readers.MODULES.values() for module in modules}
    code |= {str(module.__file__) for module in (alignment, lines, variants)}
    return digest("".join(map(_named, items)), "".join(sizes), *(Path(path) for path in sorted(code)))


def _named(item: Item) -> str:
    """An item in words, the same wherever its file lies."""
    return repr(replace(item, path=Path(item.path.name)) if isinstance(item, readers.Score) else item)


def _sort(items: Sequence[Item], cache: Path, workers: int) -> tuple[pd.DataFrame, pd.DataFrame, list[Failure]]:
    """Read everything, compare everything: the shelf's table, its pairs, and what could not be read."""
    pieces: list[Piece] = []
    rows, unread = [], []
    for item, found in readers.read_each(items, workers, cache, "reading scores"):
        if isinstance(found, str):
            unread.append(Failure(item.score_id, item.title, "reading", found))
            continue
        for piece in found:
            rows.append((piece.score_id, item.score_id))
            pieces.append(replace(piece, parts=piece.parts[:1]))  # the melody; all parts would fill gigabytes
    pairs = variants.find(pieces, workers)
    works = variants.works([piece.score_id for piece in pieces], pairs)
    table = pd.DataFrame(rows, columns=["score_id", "item"])
    return table.assign(work_id=table["score_id"].map(works)), pairs, unread
