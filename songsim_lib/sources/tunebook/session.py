"""The recordings of one passage: draw performances, play them, encode, describe, until they are fit to be heard."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import arrange, mixing, windows
from .accept import SECONDS
from .describe import row
from .encode import UnfitError, encode, pcm_sha256
from .key import key_of
from .music import Piece, excerpt
from .perform import Performance, draw, generator
from .soundfont import versions

RENDER_VERSION = 2  # raise it when the sound changes, so that finished recordings are made anew
PEAKS_DBFS = (-3.0, -5.0, -8.0)  # before encoding, which adds up to about 1 dB
MIN_SHARED = 0.7
ATTEMPTS = 5  # performances tried from one bar


@dataclass(frozen=True)
class Plan:
    """What to make of a score: performances of each window, windows, and the encoding, "opus" or "flac".

    `starts` names bars (from 0) that windows should begin at before others are tried.
    """

    performances: int = 1
    windows: int = 1
    encoding: str = "opus"
    starts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Session:
    """What stays the same for all recordings of a score."""

    piece: Piece
    plan: Plan
    seed: int
    folder: Path
    known: dict[str, dict]

    def window(self, start: int, window: int, played: tuple[Performance, ...]
               ) -> tuple[list[dict], tuple[Performance, ...]]:
        """All recordings from one bar; their rows, and the performances played so far with the new ones."""
        whole = windows.long_enough(self.piece, start)
        here = len(played)
        rows: list[dict] = []
        for number in range(1, self.plan.performances + 1):
            made, performance = self.recording(whole, start, (window, number), played, here)
            rows.append(made)
            played = (*played, performance)
        lengths = [made["n_bars"] for made in rows]
        shared = round(min(lengths) / max(lengths), 4) if len(rows) > 1 else None
        return [{**made, "shared_bars": shared} for made in rows], played

    def recording(self, whole: Piece, start: int, place: tuple[int, int], played: tuple[Performance, ...],
                  here: int) -> tuple[dict, Performance]:
        """One recording, `place` = (window, performance): attempts until the decoded file is fit to be heard.

        The performances played before in this window, `played[here:]`, must share enough bars with it.
        """
        window, number = place
        track_id = whole.score_id + (f"-w{window}" if window > 1 else "") + f"-p{number}"
        path = f"audio/{track_id}.{self.plan.encoding}"
        key = key_of(excerpt(whole, start, SECONDS * whole.quarter_bpm / 60))
        lengths = [len(heard_part(whole, start, other).bars) for other in played[here:]]
        wrong: list[str] = []
        for attempt in range(ATTEMPTS):
            rng = generator(self.seed, whole.score_id, window, number, attempt)
            performance = draw(whole, rng, played, lambda drawn: _shares(whole, start, drawn, lengths))
            heard = heard_part(whole, start, performance)
            made = row(heard, performance, path, start, key) | {"window": window, "performance": number}
            made |= {"attempt": attempt, "recipe_sha256": _recipe(heard, performance, self.seed, attempt)}
            wrong = self.sound(made, heard, performance, rng)
            if not wrong:
                return made, performance
        raise UnfitError(f"no fit recording in {ATTEMPTS} attempts: {'; '.join(wrong)}")

    def sound(self, made: dict, heard: Piece, performance: Performance, rng: np.random.Generator) -> list[str]:
        """Make a row's file unless it is there, note its fingerprint in the row, and say what is wrong with it."""
        path, old = self.folder / made["path"], self.known.get(made["track_id"])
        if old and old["recipe_sha256"] == made["recipe_sha256"] and path.is_file():
            made["pcm_sha256"] = old["pcm_sha256"]
            return []
        pcm = perform_pcm(heard, performance, rng, PEAKS_DBFS[min(made["attempt"], 2)])
        made["pcm_sha256"] = pcm_sha256(pcm)
        return encode(pcm, path, self.plan.encoding)


def _shares(whole: Piece, start: int, drawn: Performance, lengths: list[int]) -> bool:
    """Whether a performance shares enough bars with others that have `lengths` bars."""
    mine = len(heard_part(whole, start, drawn).bars)
    return all(min(mine, other) / max(mine, other) >= MIN_SHARED for other in lengths)


def perform_pcm(heard: Piece, performance: Performance, rng: np.random.Generator,
                peak_db: float = PEAKS_DBFS[0]) -> np.ndarray:
    """The sound of a performance: int16 [shape=(312000,)], mono, 24 kHz."""
    tracks = arrange.tracks(heard, performance, rng)
    return mixing.mix(tracks, SECONDS, rng, performance, peak_db)


def heard_part(whole: Piece, start: int, performance: Performance) -> Piece:
    """The part of a piece that thirteen seconds hold at the performance's tempo."""
    return excerpt(whole, start, SECONDS * arrange.quarter_bpm(whole, performance) / 60)


def _recipe(heard: Piece, performance: Performance, seed: int, attempt: int) -> str:
    """A name for everything that decides the sound."""
    text = repr((RENDER_VERSION, versions(), seed, attempt, replace(heard, facts=()), performance))
    return hashlib.sha256(text.encode()).hexdigest()
