"""How a work is played this time: everything about a performance, drawn from a seeded generator."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from .instruments import BASSES, CHORDS, DRUM_KITS, QUARTETS, SINGERS
from .music import Piece, meter_beats

TEMPO_RANGE = (0.86, 1.16)  # so that two performances of one work can share 70 % of their bars
ARTICULATIONS = {"legato": 1.0, "detached": 0.85, "separate": 0.68, "staccato": 0.45}
ACCOMPANIMENTS = {"none": 0.12, "drone": 0.13, "drums": 0.08, "chords": 0.25, "chords and bass": 0.24,
                  "chords, bass and drums": 0.18}
AS_WRITTEN = {"accompaniment": "as written", "double": None, "style": None, "bass": None, "drum_kit": None}
STYLES = ("bass and chord", "strummed beats", "broken chords", "held chords", "off-beats")


@dataclass(frozen=True)
class Performance:
    """One way to play one work; every field is plain data, so that it can be written down and repeated."""

    lead: str
    others: tuple[str, ...]
    double: str | None
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
    hall_s: float
    wet_db: float

    @property
    def players(self) -> tuple[str, ...]:
        """Names of all instruments, the lead first, each once."""
        names = (self.lead, self.double, *self.others, self.bass, self.drum_kit)
        return tuple(dict.fromkeys(name for name in names if name))


def generator(seed: int, *names: object) -> np.random.Generator:
    """A random generator that depends on its arguments only: the same in every process."""
    key = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(int.from_bytes(key[:16], "big")))


def draw(piece: Piece, rng: np.random.Generator, different_from: tuple[Performance, ...] = ()) -> Performance:
    """Draw a performance that shares neither lead nor key nor ensemble with the work's earlier ones."""
    while True:
        drawn = _draw(piece, rng)
        if not any(_alike(drawn, earlier) for earlier in different_from):
            return drawn


def _alike(one: Performance, other: Performance) -> bool:
    same_key = one.transposition == other.transposition
    return same_key or one.lead == other.lead or (bool(one.others) and one.others == other.others)


def _draw(piece: Piece, rng: np.random.Generator) -> Performance:
    bands = {"tunes": _tune_band, "lieder": _song_band, "quartets": _quartet_band}
    band = bands[str(piece.fact("repertoire"))]
    compound = meter_beats(piece.bars[-1].meter)[1] == 1.5
    dance = piece.fact("repertoire") == "tunes"
    swings = (0.5, 0.5, 0.55, 0.6, 0.64) if dance and not compound else (0.5,)
    low, high = np.log(TEMPO_RANGE)
    return Performance(
        **band(piece, rng),
        transposition=int(rng.integers(-6, 7)),
        octave=int(rng.choice([-12, 0, 12], p=[0.12, 0.68, 0.2])),
        tempo_factor=round(float(np.exp(rng.uniform(low, high))), 4),
        articulation=str(rng.choice(list(ARTICULATIONS), p=[0.35, 0.35, 0.2, 0.1])),
        swing=float(rng.choice(swings)),
        timing_sd_ms=round(float(rng.uniform(2, 12)), 1),
        velocity=int(rng.integers(72, 108)),
        hall_s=round(float(rng.uniform(0.3, 1.6)), 2),
        wet_db=round(float(rng.uniform(-20, -9)), 1),
    )


def _pick(rng: np.random.Generator, names: tuple[str, ...], without: tuple[str, ...] = ()) -> str:
    return str(rng.choice([name for name in names if name not in without]))


def _tune_band(piece: Piece, rng: np.random.Generator) -> dict:
    """A lead, perhaps a second one, and from nothing to a full band behind them."""
    lead = _pick(rng, SINGERS)
    kind = str(rng.choice(list(ACCOMPANIMENTS), p=list(ACCOMPANIMENTS.values())))
    doubled = rng.random() < (0.5 if kind == "none" else 0.2)
    return {
        "lead": lead,
        "double": _pick(rng, SINGERS, (lead,)) if doubled else None,
        "others": (_pick(rng, CHORDS, (lead,)),) if "chords" in kind or kind == "drone" else (),
        "accompaniment": kind,
        "style": str(rng.choice(STYLES)) if "chords" in kind else None,
        "bass": _pick(rng, BASSES, (lead,)) if "bass" in kind else None,
        "drum_kit": str(rng.choice(list(DRUM_KITS))) if "drums" in kind else None,
    }


def _song_band(piece: Piece, rng: np.random.Generator) -> dict:
    """A singer's line on any instrument; the piano part on one instrument, or its two hands on two."""
    lead = _pick(rng, SINGERS)
    staves = len(piece.parts) - 1
    first = _pick(rng, CHORDS, (lead,))
    split = rng.random() < 0.35
    others = tuple(_pick(rng, CHORDS, (lead,)) if split else first for _ in range(staves))
    return {"lead": lead, "others": others, **AS_WRITTEN}


def _quartet_band(piece: Piece, rng: np.random.Generator) -> dict:
    """A quartet of another kind: winds, brass, guitars, one keyboard for all."""
    ensemble = list(QUARTETS.values())[int(rng.integers(len(QUARTETS)))]
    voices = len(piece.parts)
    others = (*ensemble[1:], *ensemble[-1:] * voices)[: voices - 1]
    return {"lead": ensemble[0], "others": others, **AS_WRITTEN}
