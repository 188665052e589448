"""Who plays a piece this time: a lead and what stands behind it, for tunes, songs and ensembles."""

from __future__ import annotations

import numpy as np

from . import dances
from .instruments import BASSES, CHORDS, DRUM_KITS, QUARTETS, SINGERS
from .music import Piece

ACCOMPANIMENTS = {"none": 0.1, "drone": 0.1, "drums": 0.08, "chords": 0.24, "chords and bass": 0.24,
                  "chords, bass and drums": 0.24}
AS_WRITTEN = {"accompaniment": "as written", "double": None, "dance": "plain", "style": None, "bass": None,
              "drum_kit": None}


def draw(piece: Piece, rng: np.random.Generator) -> dict:
    """The fields of a `perform.Performance` that say who plays: lead, others, double, dance, ..."""
    return {"tune": _tune, "song": _song, "ensemble": _ensemble}[piece.repertoire.kind](piece, rng)


def _pick(rng: np.random.Generator, names: tuple[str, ...], without: tuple[str, ...] = ()) -> str:
    return str(rng.choice([name for name in names if name not in without]))


def _tune(piece: Piece, rng: np.random.Generator) -> dict:
    """A lead, perhaps a second one, and from nothing to a full band behind them."""
    lead = _pick(rng, SINGERS)
    dance, style, beaten = _style(piece, rng)
    kinds = {kind: share for kind, share in ACCOMPANIMENTS.items() if beaten or "drums" not in kind}
    kind = str(rng.choice(list(kinds), p=np.array(list(kinds.values())) / sum(kinds.values())))
    doubled = rng.random() < (0.5 if kind == "none" else 0.2)
    return {
        "lead": lead,
        "double": _pick(rng, SINGERS, (lead,)) if doubled else None,
        "others": (_pick(rng, CHORDS, (lead,)),) if "chords" in kind or kind == "drone" else (),
        "dance": dance,
        "accompaniment": kind,
        "style": None if kind in {"none", "drone"} else style,
        "bass": _pick(rng, BASSES, (lead,)) if "bass" in kind else None,
        "drum_kit": str(rng.choice(list(DRUM_KITS))) if "drums" in kind else None,
    }


def _style(piece: Piece, rng: np.random.Generator) -> tuple[str, str, bool]:
    """A dance that suits the tune, one of its patterns, and whether that one has drums."""
    dance = str(rng.choice(dances.choices(piece)))
    kind, _ = dances.cells(piece.bars[min(1, len(piece.bars) - 1)].meter)
    patterns = dances.of_kind(dance, kind).patterns
    pattern = patterns[int(rng.integers(len(patterns)))]
    return dance, pattern.name, bool(pattern.drums)


def _song(piece: Piece, rng: np.random.Generator) -> dict:
    """A singer's line on any instrument; the piano part on one instrument, or its two hands on two."""
    lead = _pick(rng, SINGERS)
    staves = len(piece.parts) - 1
    first = _pick(rng, CHORDS, (lead,))
    split = rng.random() < 0.35
    others = tuple(_pick(rng, CHORDS, (lead,)) if split else first for _ in range(staves))
    return {"lead": lead, "others": others, **AS_WRITTEN}


def _ensemble(piece: Piece, rng: np.random.Generator) -> dict:
    """A quartet of another kind: winds, brass, guitars, one keyboard for all."""
    ensemble = list(QUARTETS.values())[int(rng.integers(len(QUARTETS)))]
    voices = len(piece.parts)
    others = (*ensemble[1:], *ensemble[-1:] * voices)[: voices - 1]
    return {"lead": ensemble[0], "others": others, **AS_WRITTEN}
