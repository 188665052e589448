"""A melody of the corpus as a passage of notes, and the passage as sound."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from songsim_lib.sources.tunebook.music import Piece, around_again, excerpt

from .timbres import Timbre

LONGEST_REST_S = 0.7  # as in the corpus: nobody is silent for longer
FEWEST_NOTES = 8  # fewer are no melody
ARTICULATION = 0.95  # of a note's written length is held
PEAK = 0.5


class Played(NamedTuple):
    """A note in a passage: when it begins, how long it lasts (seconds), its MIDI pitch."""

    start_s: float
    lasts_s: float
    pitch: int


def passage(piece: Piece, start_bar: int, seconds: float) -> tuple[Played, ...]:
    """Choose `seconds` of a melody in its own key and tempo, from a bar on where it does not rest for long.

    The bars are tried in order from `start_bar`; a piece that ends goes round again.

    Raises
    ------
    ValueError : there is no such passage; names the score.
    """
    quarters = seconds * piece.quarter_bpm / 60
    turns = 1 + int(np.ceil(quarters / piece.length))
    endless = around_again(piece, turns)
    for step in range(len(piece.bars)):
        cut = excerpt(endless, (start_bar + step) % len(piece.bars), quarters)
        notes = tuple(Played(note.onset * 60 / piece.quarter_bpm,
                             min(note.duration, quarters - note.onset) * 60 / piece.quarter_bpm, note.pitch)
                      for note in cut.melody)
        if len(notes) >= FEWEST_NOTES and _longest_rest(notes, seconds) <= LONGEST_REST_S:
            return notes
    raise ValueError(f"{piece.score_id}: its melody has no {seconds:g} s without a rest of {LONGEST_REST_S:g} s")


def _longest_rest(notes: tuple[Played, ...], seconds: float) -> float:
    starts = np.array([note.start_s for note in notes] + [seconds])
    ends = np.maximum.accumulate([0.0] + [note.start_s + note.lasts_s for note in notes])
    return float((starts - ends).max())


def play(notes: tuple[Played, ...], timbre: Timbre, seconds: float, rate_hz: int,
         rng: np.random.Generator) -> np.ndarray:
    """Play a passage on one timbre, dry and alone, its peak at 0.5 of full scale.

    Returns
    -------
    [shape=(seconds * rate_hz,)], float32
    """
    sound = np.zeros(round(seconds * rate_hz))
    for note in notes:
        pitch_hz = 440 * 2 ** ((note.pitch - 69) / 12)
        held = ARTICULATION * note.lasts_s
        tone = timbre.note(pitch_hz, held + timbre.release_s, rate_hz, rng)
        release = np.arange(len(tone)) / rate_hz - held
        tone *= np.clip(1 - release / timbre.release_s, 0, 1)
        begin = round(note.start_s * rate_hz)
        tone = tone[: len(sound) - begin]
        sound[begin : begin + len(tone)] += tone
    return (PEAK * sound / np.abs(sound).max()).astype(np.float32)
