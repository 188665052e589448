"""One work to its recordings: draw a performance, play it, encode it, listen to the result, describe it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from songsim_lib.files import atomic

from . import arrange, mixing, synth
from .accept import SECONDS, check_file
from .describe import row
from .key import key_of
from .music import Piece, excerpt
from .perform import Performance, draw, generator
from .select import Failure
from .soundfont import RenderError, versions
from .windows import choose

RENDER_VERSION = 1  # raise it when the sound changes, so that finished recordings are made anew
COMPRESSION_LEVEL = 0.96
PEAKS_DBFS = (-3.0, -5.0, -8.0)  # before encoding, which adds up to about 1 dB
MIN_SHARED = 0.7
ATTEMPTS = 5  # performances tried from one bar
WINDOWS = 3  # bars tried


def record_work(piece: Piece, n_performances: int, seed: int, folder: Path,
                known: dict[str, dict]) -> tuple[list[dict], list[Failure]]:
    """Make all recordings of a work that are not there yet; returns catalog rows and failures."""
    reason = ""
    for window in range(WINDOWS):
        try:
            return _with_shares(_record_all(piece, n_performances, seed, folder, known, window)), []
        except Exception as error:  # one bad work must not stop the edition; the reason is kept
            reason = f"{type(error).__name__}: {error}".split("\n")[0][:200]
    return [], [Failure(piece.work_id, str(piece.fact("title")), "playing", reason)]


def _record_all(piece: Piece, n_performances: int, seed: int, folder: Path, known: dict[str, dict],
                window: int) -> list[dict]:
    """All recordings of a work from one starting bar."""
    whole, start = choose(piece, generator(seed, piece.work_id, "window", window))
    rows: list[dict] = []
    played: list[Performance] = []
    for number in range(n_performances):
        made, performance = _record(whole, start, number, seed, folder, known, tuple(played))
        rows.append(made)
        played.append(performance)
    return rows


def _record(whole: Piece, start: int, number: int, seed: int, folder: Path, known: dict[str, dict],
            earlier: tuple[Performance, ...]) -> tuple[dict, Performance]:
    """One recording: attempts until the decoded file is fit to be heard."""
    track_id = f"{whole.work_id}-p{number + 1}"
    path = folder / "audio" / f"{track_id}.opus"
    key = key_of(excerpt(whole, start, SECONDS * whole.quarter_bpm / 60))
    wrong: list[str] = []
    for attempt in range(ATTEMPTS):
        rng = generator(seed, whole.work_id, number, attempt)
        performance = _draw_close(whole, start, rng, earlier)
        heard = heard_part(whole, start, performance)
        recipe = _recipe(heard, performance, seed, attempt)
        old = known.get(track_id)
        if old and old["recipe_sha256"] == recipe and path.is_file():
            fingerprint = old["pcm_sha256"]
        else:
            pcm = perform_pcm(heard, performance, rng, PEAKS_DBFS[min(attempt, 2)])
            fingerprint, wrong = pcm_sha256(pcm), _encode(pcm, path)
        if not wrong:
            made = row(heard, performance, track_id, start, key)
            made |= {"attempt": attempt, "pcm_sha256": fingerprint, "recipe_sha256": recipe}
            return made, performance
    raise RenderError(f"no fit recording in {ATTEMPTS} attempts: {'; '.join(wrong)}")


def perform_pcm(heard: Piece, performance: Performance, rng: np.random.Generator,
                peak_db: float = PEAKS_DBFS[0]) -> np.ndarray:
    """The sound of a performance: int16 [shape=(312000,)], mono, 24 kHz."""
    tracks = arrange.tracks(heard, performance, rng)
    return mixing.mix(tracks, SECONDS, rng, performance.hall_s, performance.wet_db, peak_db)


def heard_part(whole: Piece, start: int, performance: Performance) -> Piece:
    """The part of a piece that thirteen seconds hold at the performance's tempo."""
    return excerpt(whole, start, SECONDS * arrange.quarter_bpm(whole, performance) / 60)


def _draw_close(whole: Piece, start: int, rng: np.random.Generator,
                earlier: tuple[Performance, ...]) -> Performance:
    """A performance that shares enough bars with the earlier ones."""
    lengths = [len(heard_part(whole, start, other).bars) for other in earlier]
    for _ in range(200):
        drawn = draw(whole, rng, earlier)
        mine = len(heard_part(whole, start, drawn).bars)
        if all(min(mine, other) / max(mine, other) >= MIN_SHARED for other in lengths):
            return drawn
    raise RenderError("no tempo shares enough bars with the other performance")


def _encode(pcm: np.ndarray, path: Path) -> list[str]:
    """Write Opus, decode it again, keep the file if it passes; returns what is wrong with it."""
    with atomic(path) as temporary:
        soundfile.write(temporary, pcm, synth.RATE_HZ, format="OGG", subtype="OPUS",
                        compression_level=COMPRESSION_LEVEL)
        return check_file(str(temporary))


def _recipe(heard: Piece, performance: Performance, seed: int, attempt: int) -> str:
    """A name for everything that decides the sound."""
    text = repr((RENDER_VERSION, versions(), seed, attempt, replace(heard, facts=()), performance))
    return hashlib.sha256(text.encode()).hexdigest()


def pcm_sha256(pcm: np.ndarray) -> str:
    """Fingerprint of the sound before encoding."""
    return hashlib.sha256(pcm.astype("<i2").tobytes()).hexdigest()


def _with_shares(rows: list[dict]) -> list[dict]:
    """Note in both rows of a pair which share of their bars is heard in both."""
    if len(rows) < 2:
        return [{**made, "shared_bars": None} for made in rows]
    lengths = [made["n_bars"] for made in rows]
    return [{**made, "shared_bars": round(min(lengths) / max(lengths), 4)} for made in rows]
