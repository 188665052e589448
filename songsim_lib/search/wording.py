"""What a search found, in words (notebook 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from songsim_lib.metrics.estimates import Estimate
from songsim_lib.search.hits import Hits, digit
from songsim_lib.search.index import Index
from songsim_lib.search.judging import Kept, Score
from songsim_lib.search.neighbours import Genres
from songsim_lib.search.others import OTHERS
from songsim_lib.text import markdown

RARE = 0.1  # hits by chance: what is rarer is pointed at


def about_index(index: Index, seconds: float) -> str:
    """Say what an index holds and what it took; `index.failed` lists what could not be used."""
    table, done = index.recordings, index.about["last_update"]
    size = sum(path.stat().st_size for path in index.folder.iterdir() if path.is_file())
    return (f"{len(table):,} recordings of {table['work_id'].nunique():,} works as {len(index.windows):,} windows, "
            f"{size / 1e6:.1f} MB on disk; {len(index.failed):,} could not be used. This call took {seconds:.1f} s. "
            f"When the index last changed, {done['embedded']:,} recordings were listened to, {done['kept']:,} kept and "
            f"{done['dropped']:,} dropped.")


def about_chance(hits: Hits) -> str:
    """Say how rare a hit can be at most, since p-values were counted on so many pairs."""
    if hits.unrelated_pairs is None:
        return "There is nothing else to be found."
    least = 1 / (hits.unrelated_pairs + 1)
    return (f"P-values were counted on {hits.unrelated_pairs:,} pairs of unrelated works. So none is below "
            f"{digit(least, up=True)}, and among {hits.searched:,} recordings no hit can be said to be rarer than "
            f"{digit(least * max(1, hits.searched), up=True)} by chance, however near it is.")


def estimate(one: Estimate | None) -> str:
    """Write an estimate; without its interval where all values are equal, from which none can be drawn."""
    return "–" if one is None else str(one) if one.low < one.high else f"{one.value:.3f}"


def conclusion(hits: Hits, work: str, scores: Mapping[str, Score] | None, kept: Sequence[Kept] | None,
               told: Mapping[str, Genres] | None, seconds: float) -> str:
    """Say in sentences what was learned, each only where it could be measured."""
    rare = [hit for hit in hits.hits if hit.by_chance is not None and hit.by_chance <= RARE]
    right = sum(hit.work_id == work for hit in rare)
    lines = [f"**The query**: among its {len(hits.hits)} nearest, hits of which chance would bring {RARE:g} or fewer: "
             f"{len(rare)}" + (f", of its work: {right}." if work and scores else ".")]
    if scores:
        first, mean = scores["p_at_1"].found, scores["map"]
        lines.append(f"**Versions**: for {first} of the n = {first.n} queries the nearest is one; MAP {mean.found}, "
                     f"where chance has {mean.chance:.3f}.")
    if kept:
        lines.append(f"**Scores**: {_kept(next(one for one in kept if one.limit == RARE))}")
    if told:
        lines.append(f"**Genre**: {_genre(told[OTHERS])}")
    lines.append(f"**Speed**: the ten nearest of a thousand songs took {seconds:.2f} s on this machine.")
    return "\n".join(f"- {line}" for line in lines)


def _kept(one: Kept) -> str:
    said = {1: f"more than the {one.limit:g} that were promised: **more is alike here by chance than among the music "
               "that p-values were counted on**",
            0: f"which agrees with the {one.limit:g} or fewer that were promised",
            -1: f"fewer than the {one.limit:g} that were allowed"}[one.wrong_each.side_of(one.limit)]
    others = f"{estimate(one.wrong_each)} a query (n = {one.wrong_each.n}), {said}" if one.hits > one.right else "none"
    return (f"{one.hits:,} hits are such that chance would bring {one.limit:g} or fewer a query; {one.right:,} of them "
            f"are of the query's work (precision {estimate(one.precision)}). Of other works: {others}.")


def _genre(one: Genres) -> str:
    said = {1: "neighbours tell more than always saying", 0: "neighbours cannot be told from always saying",
            -1: "neighbours tell less than always saying"}[one.gain.side_of()]
    return (f"{said} *{markdown(one.most_frequent)}*: {one.accuracy} against {one.majority}, difference {one.gain}, "
            f"n = {one.accuracy.n} recordings of {one.artists} artists.")
