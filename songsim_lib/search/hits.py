"""What a search has found: as values, as JSON, as lines for people."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from songsim_lib.calibration.statement import MOST, at_floor
from songsim_lib.text import line, span


@dataclass(frozen=True)
class Pair:
    """A passage of the query and the one that answers it, in seconds, and their cosine."""

    query_start_s: float
    query_end_s: float
    start_s: float
    end_s: float
    similarity: float


@dataclass(frozen=True)
class Hit:
    """A recording that was found; `similarity` is one minus `composition.comparing.distances`, 1 for the same music.

    What follows is None where no calibration holds (see `query.search`).

    Attributes
    ----------
    p_value : how often two recordings of unrelated works are as alike or more. It is that of *one* pair: who looks
        through a thousand songs compares a thousand pairs, and what happens once in a thousand pairs happens then.
    likelihood_ratio : how much likelier such a likeness is between recordings of one work than of unrelated ones; of
        this pair alone, too.
    by_chance : how many songs as near as this one chance alone would bring among those that were searched: `p_value`
        times their number. Far below 1, it is hardly chance; about 1 or more, a search for anything ends like this.

    What chance does is known of the music that the calibration was made from, of several kinds. Where all of a folder
    is of one kind, in which much is alike, chance brings more: `judging.kept_promises` counts it.
    """

    rank: int
    track_id: str
    title: str
    artist: str
    work_id: str
    similarity: float
    pairs: tuple[Pair, ...]
    p_value: float | None = None
    likelihood_ratio: float | None = None
    by_chance: float | None = None


@dataclass(frozen=True)
class Hits:
    """The nearest recordings, nearest first; `searched` counts those that could be found, `exact` if all were compared.

    `unrelated_pairs` is how many pairs the p-values were counted on: none is below 1 / (unrelated_pairs + 1), which
    then only says that no such pair was as alike. Texts are as files and tables have them. Only `text` makes them fit
    for a terminal.
    """

    query: str
    searched: int
    exact: bool
    hits: tuple[Hit, ...]
    unrelated_pairs: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give everything by name, as plain values."""
        return asdict(self)

    def json(self) -> str:
        """Write everything as JSON in ASCII, which no terminal and no encoding changes."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    def text(self) -> str:
        """Lay the hits out for a terminal, without what would steer it or turn its writing around.

        Two lines each: who it is, and the passages; between them, where it is known, how rare such a likeness is.
        """
        lines = [f"nearest to {line(self.query)} among {self.searched} recordings"
                 + ("" if self.exact else " (looked for approximately)")]
        for hit in self.hits:
            by = f" · {line(hit.artist)}" if hit.artist else ""
            lines.append(f"{hit.rank:>3}  {hit.similarity:6.3f}  {line(hit.title)}{by}  [{line(hit.track_id)}]")
            if hit.p_value is not None:
                lines.append(f"             {self.rarity(hit)}; {odds(hit)}; chance alone would bring "
                             f"{self.chance_hits(hit)} as near")
            lines.append(f"             {passages(hit)}")
        return "\n".join(lines)

    def rarity(self, hit: Hit) -> str:
        """Write the p-value of a calibrated hit to one digit: more is not known."""
        least, value = self._bounded(hit, hit.p_value)
        return f"p < {digit(value, up=True)}" if least else f"p = {digit(value)}"

    def chance_hits(self, hit: Hit) -> str:
        """Write how many such songs chance alone would bring, to one digit."""
        least, value = self._bounded(hit, hit.by_chance)
        return f"fewer than {digit(value, up=True)}" if least else digit(value)

    def _bounded(self, hit: Hit, value: float | None) -> tuple[bool, float]:
        """Tell whether a value follows from the least p-value that there is, so that only a bound is known."""
        if hit.p_value is None or value is None or self.unrelated_pairs is None:
            raise ValueError(f"{hit.track_id} was found without a calibration")
        return at_floor(hit.p_value, self.unrelated_pairs), value


def odds(hit: Hit) -> str:
    """Say how much likelier a calibrated hit's likeness is for one work than for two, to one digit."""
    ratio = hit.likelihood_ratio or 0.0
    much = min(max(ratio, 1 / ratio if ratio else math.inf), MOST)
    if much < 1.5:
        return "as likely one work as two"
    times = f"more than {MOST:,}" if much == MOST else digit(much)
    return f"{times} times likelier {'one work than two' if ratio > 1 else 'two works than one'}"


def passages(hit: Hit) -> str:
    """Name the passages that answer each other: of the query ~ of the hit (their cosine)."""
    return "; ".join(f"{_span(pair.query_start_s, pair.query_end_s)} ~ {_span(pair.start_s, pair.end_s)} "
                     f"({pair.similarity:.3f})" for pair in hit.pairs)


def digit(value: float, up: bool = False) -> str:
    """Write a positive number to its first digit, rounded or, as a bound, rounded up: 0.004, 0.3, 20, 1,000."""
    power = math.floor(math.log10(value))
    first = math.ceil(value / 10.0**power - 1e-9) if up else round(value / 10.0**power)
    if first == 10:
        first, power = 1, power + 1
    return f"{first * 10.0**power:,.{max(0, -power)}f}"


def _span(start_s: float, end_s: float) -> str:
    """Write an interval to the nearest second."""
    return span(round(start_s), round(end_s))
