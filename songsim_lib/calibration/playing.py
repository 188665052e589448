"""A work played for a calibration: as long as a recording, worn or not, the second time often in part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import librosa
import numpy as np

from songsim_lib.compare.sound import LEAST_S
from songsim_lib.composition.conditions import worn
from songsim_lib.config import AudioSpec
from songsim_lib.sources.tunebook import arrange, mixing, perform, windows
from songsim_lib.sources.tunebook.music import Piece, around_again, excerpt
from songsim_lib.sources.tunebook.synth import RATE_HZ

SHORTEST_S, LONGEST_S = 8.0, 180.0  # of a work's first performance, drawn evenly on a logarithmic scale
LEAST_PART = 0.4  # of the first performance, that another holds
WORN, PARTIAL = 0.5, 0.5  # shares of the performances


def play(work: str, pieces: Sequence[Piece], starts: Sequence[int | None], spec: AudioSpec,
          seed: int) -> Iterator[tuple[str, np.ndarray, bool]]:
    """Play the scores of a work, the first of them twice: score_id, samples, whether they are worn."""
    rng = perform.generator(seed, "song", work)
    seconds = float(np.exp(rng.uniform(np.log(SHORTEST_S), np.log(LONGEST_S))))
    played: tuple[perform.Performance, ...] = ()
    for number, place in enumerate([0, *range(len(pieces))]):
        piece, start = pieces[place], starts[place]
        part = float(rng.uniform(LEAST_PART, 1)) if number and rng.random() < PARTIAL else 1.0
        if start is None:
            start = _start(piece, seed, seconds)
        whole = _repeated(piece, start, seconds)
        performance = perform.draw(whole, rng, played)
        played = (*played, performance)
        pcm = _perform(whole, start, performance, (seconds * part, float(rng.random()) * seconds * (1 - part)), rng)
        samples = librosa.resample(pcm.astype(np.float32) / 32_768, orig_sr=RATE_HZ, target_sr=spec.sample_rate_hz)
        is_worn = bool(rng.random() < WORN)
        changed = worn(samples, spec, int(rng.integers(2**31))) if is_worn else samples
        yield piece.score_id, changed, is_worn


def _start(piece: Piece, seed: int, seconds: float) -> int:
    """Choose the bar to begin at, the same for all performances; the first where too little would follow another."""
    start = windows.starts(piece, perform.generator(seed, piece.score_id, "windows"))[0]
    left_s = (piece.length - piece.bars[start].onset) * 60 / piece.quarter_bpm
    return start if piece.repertoire.kind == "tune" or left_s >= 1.2 * seconds else 0


def _repeated(piece: Piece, start: int, seconds: float) -> Piece:
    """Play a tune round and round until there is enough of it; a song or a movement ends where it ends."""
    need = piece.bars[start].onset + seconds * piece.quarter_bpm * perform.TEMPO_RANGE[1] / 60 + 1
    turns = int(np.ceil(need / piece.length))
    return around_again(piece, turns) if piece.repertoire.kind == "tune" and turns > 1 else piece


def _perform(whole: Piece, start: int, performance: perform.Performance, span: tuple[float, float],
             rng: np.random.Generator) -> np.ndarray:
    """Play `span` = (seconds, seconds to leave out before) of a piece from a bar on: int16, at RATE_HZ."""
    seconds, later_s = span
    quarter_s = 60 / arrange.quarter_bpm(whole, performance)
    onsets = np.array([bar.onset for bar in whole.bars])
    begin = int(np.searchsorted(onsets, onsets[start] + later_s / quarter_s, side="right")) - 1
    seconds = min(seconds, (whole.length - onsets[begin]) * quarter_s)
    if seconds < LEAST_S:
        raise ValueError(f"{whole.score_id} gives {seconds:.1f} s of music, less than {LEAST_S:g}")
    part = excerpt(whole, begin, seconds / quarter_s)
    return mixing.mix(arrange.tracks(part, performance, rng), seconds, rng, performance, peak_db=-3.0)
