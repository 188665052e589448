"""What neighbours tell: the genre of a recording, from the nearest ones by other artists (`others`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from songsim_lib.composition.comparing import distances
from songsim_lib.metrics.estimates import Estimate, mean_over_works, paired_difference
from songsim_lib.search.index import Index
from songsim_lib.search.others import APART, FILTERS, OTHERS, NeighboursError, by_others, names

NEIGHBOURS = 5
LEAST = 10  # recordings with genre and artist: an accuracy of fewer says nothing
MOST = 1_000  # recordings that are compared each with each, a minute on one core
BLOCK = 16  # recordings that are compared with all others at once: 150 MB for songs


@dataclass(frozen=True)
class Genres:
    """How often the nearest recordings of other works by other artists have the genre of the one that asks.

    Attributes
    ----------
    accuracy, majority, gain : of the neighbours, of who always says the most frequent genre, and their difference,
        with 95 % intervals over artists; n is the number of recordings that asked.
    most_frequent : that genre.
    k, artists, genres : neighbours that vote; how many artists and genres there are.
    left_out : recordings whose genre or artist is not known.
    """

    accuracy: Estimate
    majority: Estimate
    gain: Estimate
    most_frequent: str
    k: int
    artists: int
    genres: int
    left_out: int

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for a results file."""
        return asdict(self)

    def __str__(self) -> str:
        return (f"genre by the {self.k} nearest recordings of other works by other artists: accuracy {self.accuracy}, "
                f"always {self.most_frequent!r}: {self.majority}, difference {self.gain}; n = {self.accuracy.n} "
                f"recordings of {self.artists} artists and {self.genres} genres, {self.left_out} left out without "
                "genre or artist")


def genres(index: Index, k: int = NEIGHBOURS, most: int = MOST, seed: int = 0) -> Genres:
    """Measure how well the genre of each recording follows from its neighbours, leaving out the one that asks.

    Parameters
    ----------
    k : neighbours that vote.
    most : recordings at most; of more, so many are drawn.

    Raises
    ------
    NeighboursError : too few recordings of which genre and artist are known, or too few of these.
    """
    return by_filter(index, k, most, seed)[OTHERS]


def by_filter(index: Index, k: int = NEIGHBOURS, most: int = MOST, seed: int = 0) -> dict[str, Genres]:
    """Measure it with each of `FILTERS`: what the first two reach in excess of `OTHERS` is no knowledge of genres.

    Parameters and errors as for `genres`.
    """
    table = index.recordings[index.recordings["windows"] > 0]
    known = table[_known(table)]
    drawn = known.sample(most, random_state=seed).sort_index() if len(known) > most else known
    check(drawn)
    alike = 1 - between(index, drawn.index.to_numpy())
    return {name: judge(alike, drawn, k, len(table) - len(known), apart) for name, apart in FILTERS.items()}


def _known(table: pd.DataFrame) -> pd.Series:
    """Tell which recordings have a genre and an artist [shape=(len(table),)], bool."""
    texts = (table.get(name, pd.Series("", index=table.index)) for name in ("genre", "artist"))
    has_genre, has_artist = (text.fillna("").astype(str).str.strip() != "" for text in texts)
    return has_genre & has_artist


def check(table: pd.DataFrame) -> None:
    """Refuse recordings that nothing can be learned from.

    Parameters
    ----------
    table : those of which `genre` and `artist` are known.

    Raises
    ------
    NeighboursError : says what is missing.
    """
    advice = "give genre and artist in the files' tags or in an index.csv"
    if len(table) < LEAST:
        raise NeighboursError(f"genre and artist are known of {len(table)} recording(s); {LEAST} are needed: {advice}")
    for name in ("genre", "artist"):
        if len(values := names(table[name]).unique()) < 2:
            raise NeighboursError(f"all {len(table)} recordings have one {name}, {values[0]!r}: no neighbour can tell "
                                  f"anything; {advice}")


def between(index: Index, rows: np.ndarray) -> np.ndarray:
    """Compare recordings each with each by `composition.comparing.distances` [shape=(n, n)], a block at a time."""
    everyone = index.embedded(rows)
    return np.concatenate([distances(index.embedded(rows[start : start + BLOCK]), everyone)
                           for start in range(0, len(rows), BLOCK)])


def judge(alike: np.ndarray, table: pd.DataFrame, k: int = NEIGHBOURS, left_out: int = 0,
          apart: Sequence[str] = APART) -> Genres:
    """Let the neighbours of each recording vote, and compare with the most frequent genre.

    Parameters
    ----------
    alike [shape=(n, n)] : the higher, the nearer.
    table : n rows with `genre`, `artist` and what `apart` names.
    apart : as for `others.by_others`.
    """
    told, artists = names(table["genre"]).to_numpy(), names(table["artist"]).to_numpy()
    chosen = by_others(alike, table, k, apart)
    hit = np.array([_vote(told[rows]) == own for rows, own in zip(chosen, told, strict=True)], dtype=float)
    most_frequent = Counter(told.tolist()).most_common(1)[0][0]
    constant = (told == most_frequent).astype(float)
    return Genres(mean_over_works(hit, artists), mean_over_works(constant, artists),
                  paired_difference(hit, constant, artists), most_frequent, k, len(set(artists)), len(set(told)),
                  left_out)


def _vote(told: Sequence[str] | np.ndarray) -> str:
    """Take the most frequent; of equals, the one that is met first."""
    return max(Counter(told).items(), key=lambda item: item[1])[0] if len(told) else ""
