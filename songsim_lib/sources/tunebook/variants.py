"""Which scores are the same music written down by different hands? Found by melody, never by title."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from tqdm import tqdm

from songsim_lib.files import atomic

from .alignment import Alignment, align
from .lines import LEAST_A_NOTE, LEAST_SHARED, Line, all_lines, propose
from .music import Piece
from .readers import Item, read_all
from .titles import same_title

# A pair is confirmed when the alignment is worth this share of the shorter melody, or somewhat less if the
# runs it shares are rare ones. Chosen by looking at pairs of one seed; data/tunebook/judged.csv is another draw.
CONFIRMED = 0.45
CONFIRMED_IF_RARE = 0.36
RARE = 60.0  # nats
CHUNK = 256


def find(pieces: Sequence[Piece], workers: int = 1) -> pd.DataFrame:
    """Compare the melodies of all pieces, in any key; one row for every confirmed pair.

    Runs of intervals propose pairs (`lines.propose`), an alignment confirms them (`alignment.align`).

    Returns
    -------
    Columns `score_a score_b work_id repertoire_a repertoire_b title_a title_b same_title` (a hint, unused),
    `transposition_semitones` (from a to b, -6 to 5), `worth` (share of the shorter melody), `similarity`
    (inside the passage), `coverage_a coverage_b`, `shared_nats`, and `bars_a bars_b`: bar `bars_a[i]` of a
    answers bar `bars_b[i]` of b. Bars are counted from 0 as played; a repeated part is compared once.
    """
    of = {piece.score_id: piece for piece in pieces}
    if len(of) < len(pieces):
        raise ValueError("two pieces have the same score_id")
    lines = all_lines(pieces)
    rows = [_row(of, lines[a], lines[b], found, shared) for a, b, shared, found in compare(lines, workers)
            if _confirmed(worth(lines[a], lines[b], found), shared)]
    pairs = pd.DataFrame(rows, columns=COLUMNS)
    names = works(of, pairs)
    pairs["work_id"] = pairs["score_a"].map(names)
    return pairs


COLUMNS = ["score_a", "score_b", "work_id", "repertoire_a", "repertoire_b", "title_a", "title_b", "same_title",
           "transposition_semitones", "worth", "similarity", "coverage_a", "coverage_b", "shared_nats", "bars_a",
           "bars_b"]


def compare(lines: Sequence[Line], workers: int, least: float = LEAST_SHARED,
            least_a_note: float = LEAST_A_NOTE) -> list[tuple[int, int, float, Alignment]]:
    """Align every pair of lines of different scores that `lines.propose` names.

    Returns
    -------
    (first, second, shared nats, alignment), lines by number.
    """
    proposed = [(a, b, shared) for a, b, shared in propose(lines, least, least_a_note)
                if lines[a].score_id != lines[b].score_id]
    chunks = [proposed[i : i + CHUNK] for i in range(0, len(proposed), CHUNK)]
    jobs = (delayed(_align_some)(lines, chunk) for chunk in chunks)
    done = Parallel(n_jobs=workers, prefer="threads", return_as="generator")(jobs)  # the alignment drops the lock
    found = [one for chunk in tqdm(done, total=len(chunks), desc="comparing melodies") for one in chunk]
    return [(a, b, shared, alignment) for a, b, shared, alignment in found if alignment is not None]


def _align_some(lines: Sequence[Line], pairs: Iterable[tuple[int, int, float]]) -> list:
    return [(a, b, shared, align(lines[a], lines[b])) for a, b, shared in pairs]


def worth(one: Line, other: Line, found: Alignment) -> float:
    """What an alignment is worth as a share of the shorter melody, 0 to 1."""
    return found.score / float(min(one.weight.sum(), other.weight.sum()))


def _confirmed(share: float, shared_nats: float) -> bool:
    return share >= CONFIRMED or (share >= CONFIRMED_IF_RARE and shared_nats >= RARE)


def _row(of: dict[str, Piece], one: Line, other: Line, found: Alignment, shared: float) -> dict:
    bars_a, bars_b = answering_bars(one, other, found)
    a, b = of[one.score_id], of[other.score_id]
    titles = str(a.fact("title")), str(b.fact("title"))
    return {
        "score_a": one.score_id, "score_b": other.score_id, "work_id": "",
        "repertoire_a": a.repertoire.name, "repertoire_b": b.repertoire.name,
        "title_a": titles[0], "title_b": titles[1], "same_title": same_title(*titles),
        "transposition_semitones": (found.transposition + 6) % 12 - 6,
        "worth": round(worth(one, other, found), 4), "similarity": round(found.similarity, 4),
        "coverage_a": round(found.coverage[0], 4), "coverage_b": round(found.coverage[1], 4),
        "shared_nats": round(shared, 1), "bars_a": bars_a, "bars_b": bars_b,
    }


def answering_bars(one: Line, other: Line, found: Alignment) -> tuple[list[int], list[int]]:
    """For every bar of the first line in the alignment, the bar of the second that most of its notes meet."""
    meets = pd.crosstab(one.bar[found.first], other.bar[found.second])
    return [int(bar) for bar in meets.index], [int(bar) for bar in meets.idxmax(axis=1)]


def load_or_find(path: Path, items: Sequence[Item], workers: int, cache: Path | None) -> pd.DataFrame:
    """The table of confirmed pairs at `path`; where there is none, read all items, find them, and write it."""
    if path.is_file():
        return pd.read_parquet(path)
    pieces, _ = read_all(items, workers, cache)
    pairs = find(pieces, workers)
    save(pairs, path)
    return pairs


def save(pairs: pd.DataFrame, path: Path) -> None:
    """Write a table of confirmed pairs, atomically."""
    with atomic(path) as temporary:
        pairs.to_parquet(temporary, index=False, compression="zstd")


def works(score_ids: Iterable[str], pairs: pd.DataFrame) -> dict[str, str]:
    """Work of every score: connected components of confirmed pairs, named after their first score."""
    names = sorted(score_ids)
    place = {name: number for number, name in enumerate(names)}
    known = pairs[pairs["score_a"].isin(place) & pairs["score_b"].isin(place)]
    ends = known["score_a"].map(place).to_numpy(int), known["score_b"].map(place).to_numpy(int)
    graph = coo_matrix((np.ones(len(known)), ends), shape=(len(names), len(names)))
    _, component = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    return {name: first.setdefault(int(number), name) for name, number in zip(names, component, strict=True)}
