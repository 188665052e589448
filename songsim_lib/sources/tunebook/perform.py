"""How a work is played this time: everything about a performance, drawn from a seeded generator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import band, dances, equalise
from .equalise import Equaliser
from .music import Note, Piece

TEMPO_RANGE = (0.86, 1.16)  # so that two performances of one work can share 70 % of their bars
ARTICULATIONS = {"legato": 1.0, "detached": 0.85, "separate": 0.68, "staccato": 0.45}
RUBATO = {"tune": 0.02, "ensemble": 0.03, "song": 0.06, "air": 0.06}  # most by which a phrase's ends are slower
DRIFT = {"tune": 0.01, "ensemble": 0.015, "song": 0.02, "air": 0.02}
DRAWS = 200


class PerformanceError(ValueError):
    """A piece of which no fit performance could be drawn; the message says why."""


@dataclass(frozen=True)
class Performance:
    """One way to play one work; every field is plain data, so that it can be written down and repeated."""

    lead: str
    others: tuple[str, ...]
    double: str | None
    dance: str  # a dance of `dances.DANCES`; its accents, and its pattern named by `style`
    accompaniment: str
    style: str | None
    bass: str | None
    drum_kit: str | None
    transposition: int
    octave: int
    tempo_factor: float
    articulation: str
    swing: float
    timing_sd_ms: float
    velocity: int
    phrase_bars: int
    dynamics: float  # share of the velocity by which a phrase swells
    accent: float  # strength of the metrical accents
    rubato: float  # share of the tempo by which a phrase's ends are slower than its middle
    drift: float
    balance_db: float  # of everything but the lead
    hall_s: float
    wet_db: float
    equaliser: Equaliser

    @property
    def players(self) -> tuple[str, ...]:
        """Names of all instruments, the lead first, each once."""
        names = (self.lead, self.double, *self.others, self.bass, self.drum_kit)
        return tuple(dict.fromkeys(name for name in names if name))


def generator(seed: int, *names: object) -> np.random.Generator:
    """A random generator that depends on its arguments only: the same in every process."""
    key = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(key[:16], "big")))


def draw(piece: Piece, rng: np.random.Generator, earlier: tuple[Performance, ...] = (),
         fits: Callable[[Performance], bool] = lambda performance: True) -> Performance:
    """Draw a performance that shares neither lead nor key nor ensemble with the work's earlier ones.

    When every draw shares something, the one that shares least is taken.

    Raises
    ------
    PerformanceError : `fits` refuses every draw.
    """
    best, least = None, np.inf
    for _ in range(DRAWS):
        drawn = _draw(piece, rng)
        alike = sum(_alike(drawn, other) for other in earlier)
        if alike < least and fits(drawn):
            best, least = drawn, alike
            if not alike:
                break
    if best is None:
        raise PerformanceError("no tempo shares enough bars with the other performances")
    return best


def _alike(one: Performance, other: Performance) -> int:
    """How many of key, lead and ensemble two performances share."""
    same_band = bool(one.others) and one.others == other.others
    same_key = (one.transposition - other.transposition) % 12 == 0
    return same_key + (one.lead == other.lead) + same_band


def _draw(piece: Piece, rng: np.random.Generator) -> Performance:
    kind = piece.repertoire.kind
    players = band.draw(piece, rng)
    freedom = "air" if players["dance"] == "air" else kind
    low, high = np.log(TEMPO_RANGE)

    def uniform(low: float, high: float, digits: int = 3) -> float:
        return round(float(rng.uniform(low, high)), digits)

    return Performance(
        **players,
        transposition=int(rng.integers(-6, 7)),
        octave=int(rng.choice([-12, 0, 12], p=[0.12, 0.68, 0.2])),
        tempo_factor=round(float(np.exp(rng.uniform(low, high))), 4),
        articulation=str(rng.choice(list(ARTICULATIONS), p=[0.35, 0.35, 0.2, 0.1])),
        swing=_swing(piece, players["dance"], rng),
        timing_sd_ms=uniform(2, 12, 1),
        velocity=int(rng.integers(72, 108)),
        phrase_bars=int(rng.choice([2, 4, 4])),
        dynamics=uniform(0.06, 0.24), accent=uniform(0.5, 1.5),
        rubato=uniform(0.2 * RUBATO[freedom], RUBATO[freedom], 4),
        drift=uniform(0.2 * DRIFT[freedom], DRIFT[freedom], 4),
        balance_db=uniform(-2.0, 1.5, 1), hall_s=uniform(0.3, 1.6, 2), wet_db=uniform(-20, -9, 1),
        equaliser=equalise.draw(rng),
    )


def _swing(piece: Piece, dance: str, rng: np.random.Generator) -> float:
    """How long the first of two short notes is, as a share of both; 0.5 where the source writes the swing out."""
    kind, _ = dances.cells(piece.bars[-1].meter)
    swing = float(rng.choice(dances.of_kind(dance, kind).swings))
    return 0.5 if is_dotted(piece.melody) else swing


def is_dotted(melody: tuple[Note, ...]) -> bool:
    """Whether the source writes uneven notes out: more than a tenth are dotted."""
    return sum(note.duration in (0.375, 0.75) for note in melody) > 0.1 * len(melody)
