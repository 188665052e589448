"""A recording of any length as points: windows that overlap, each embedded, and whether there is anything in it.

Whoever compares recordings asks `Points.valid` first: a network puts silence and noise somewhere, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from songsim_lib import audio, cqt
from songsim_lib.audio import AudioError
from songsim_lib.config import AudioSpec
from songsim_lib.device import Batches, best_device, embed, place
from songsim_lib.features import dequantise
from songsim_lib.models import Embedder

LEAST_S = 3.0  # of a recording: a phrase
BATCH = 32  # windows that are held and embedded at once
PIECE, MARGIN = 4_096, 32  # columns that are transformed at once, 190 s, and that each piece overlaps with the next
LEAST_NOTE_DB = 6.0  # between noise of any colour, up to 4.6 dB, and music, from 9 dB on: `clearest_note_db`
HEARD_DB = 40.0  # a moment whose loudest row is so far below the window's loudest point is a pause
LEAST_HEARD = 22  # columns, a second: what sounds for less is the end of something
AROUND = 13  # rows, half an octave to both sides: notes are fewer than half of them, and the median lies between them
EVEN_FRAMES = 9  # 0.4 s, in which noise evens out and a note stays


@dataclass(frozen=True)
class Points:
    """The windows of a recording on the unit sphere.

    Attributes
    ----------
    vectors [shape=(W, D)] : float32, of unit length, always finite.
    starts_s, ends_s [shape=(W,)] : of each window in the recording, in seconds, ascending.
    valid [shape=(W,)] : bool, False where a window is silent or holds no pitches.
    """

    vectors: np.ndarray
    starts_s: np.ndarray
    ends_s: np.ndarray
    valid: np.ndarray


def embed_file(path: str | Path, net: Embedder, spec: AudioSpec, device: torch.device | None = None) -> Points:
    """Embed a recording in overlapping windows, in memory that does not grow with its length.

    Windows as of `cqt.windows`; a recording that is shorter than one is one window. Silence and noise are found
    (`clearest_note_db`). Speech, and drums alone, are not: they may count as valid. Where no window is valid, a
    warning names the file.

    Parameters
    ----------
    path : as for `audio.load`, of any length from `LEAST_S` on.
    net : takes constant-Q spectrograms (B, 1, cqt.SEMITONES, T); is moved to `device` and put into eval mode.
    device : by default `best_device()`.

    Raises
    ------
    AudioError : missing, not audio, empty, damaged (NaN, infinite or absurdly large samples, or not decodable in the
        middle), or shorter than `LEAST_S`; names the file.
    """
    device = device or best_device()
    net = place(net, device)
    vectors, starts, notes_db = [], list[int](), list[float]()
    for first, levels in _drawn(path, spec):
        vectors.append(embed(net, Batches(levels, cqt.SCALE, device), np.arange(len(levels)), BATCH))
        starts += first
        notes_db += map(clearest_note_db, levels)
    starts_s = np.array(starts) * cqt.HOP_LENGTH / spec.sample_rate_hz
    ends_s = starts_s + (levels.shape[2] - 1) * cqt.HOP_LENGTH / spec.sample_rate_hz
    valid = np.array(notes_db) >= LEAST_NOTE_DB
    if not valid.any():
        what = "holds no pitches that stand out, as noise does not" if any(notes_db) else "is silent"
        warnings.warn(f"{path}: {what}; none of its {len(valid)} windows is valid", stacklevel=2)
    return Points(np.concatenate(vectors), starts_s, ends_s, valid)


def clearest_note_db(levels: np.ndarray) -> float:
    """Measure how far the clearest note stands above the rows around it, in the median over time.

    Noise, whatever its colour, is smooth from row to row once it is evened out over time; a note is not. Measured in
    windows of 3 s and 10 s: white, pink and brown noise 3.0 to 4.4 dB, with a tremolo up to 4.6 dB, clicks up to
    5.7 dB; 200 recordings of the tunebook 9.0 to 27.9 dB, with as loud a noise 7.9 dB and more; a tone 33 dB and more.
    Short bursts of noise, as of drums, reach 7.3 dB: they pass for notes.

    Parameters
    ----------
    levels [shape=(SEMITONES, T)] : uint8, a window as of `cqt.windows`.

    Returns
    -------
    dB, 0 where there is silence but for less than a second.
    """
    power = 10 ** (dequantise(levels.astype(np.float32), cqt.SCALE) / 10)
    decibels = 10 * np.log10(ndimage.uniform_filter1d(power, EVEN_FRAMES, axis=1))
    heard = decibels[:, decibels.max(axis=0) > -HEARD_DB]
    if heard.shape[1] < LEAST_HEARD:
        return 0.0
    above = heard - ndimage.median_filter(heard, size=(AROUND, 1), mode="reflect")
    return float(np.median(above.max(axis=0)))


def _drawn(path: str | Path, spec: AudioSpec) -> Iterator[tuple[list[int], np.ndarray]]:
    """Draw BATCH windows at a time: their first columns, and their levels [shape=(n, SEMITONES, T)]."""
    whole, begun = np.empty((cqt.SEMITONES, 0), dtype=np.float32), 0  # what is drawn and not passed on, from `begun`
    length = cqt.STEP * (BATCH - 1) + cqt.WINDOW
    for part in _transformed(path, spec):
        whole = np.concatenate([whole, part], axis=1)
        while whole.shape[1] >= length + cqt.STEP + cqt.WINDOW:  # so that the last window is never cut off
            yield _cut(whole, [cqt.STEP * k for k in range(BATCH)], begun)
            whole, begun = whole[:, cqt.STEP * BATCH :], begun + cqt.STEP * BATCH
    yield _cut(whole, cqt.starts(whole.shape[1]), begun)


def _cut(drawn: np.ndarray, starts: list[int], begun: int) -> tuple[list[int], np.ndarray]:
    levels = np.stack([cqt.window(drawn[:, start : start + cqt.WINDOW]) for start in starts])
    return [begun + start for start in starts], levels


def _transformed(path: str | Path, spec: AudioSpec) -> Iterator[np.ndarray]:
    """Transform a recording piece by piece [shape=(SEMITONES, t)], dB: together what `cqt.decibels` gives of all of it.

    Each piece is transformed with MARGIN columns before and after it, as far as the longest wavelet reaches.
    """
    held, n, before, enough = list[np.ndarray](), 0, 0, (PIECE + 2 * MARGIN) * cqt.HOP_LENGTH
    for block in audio.stream(path, spec):
        held.append(block)
        n += len(block)
        while n >= enough:
            samples = np.concatenate(held)
            yield cqt.decibels(samples[:enough], spec)[:, before : before + PIECE]
            before, done = MARGIN, (PIECE if before else PIECE - MARGIN) * cqt.HOP_LENGTH
            held, n = [samples[done:]], n - done
    if not before and n < LEAST_S * spec.sample_rate_hz:
        raise AudioError(f"{path}: too short, {n / spec.sample_rate_hz:.1f} s; needs {LEAST_S:g} s")
    yield cqt.decibels(np.concatenate(held), spec)[:, before:]
