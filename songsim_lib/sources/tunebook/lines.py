"""A melody as one line of notes, and the short runs in it that propose what may be the same tune."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .music import Note, Piece, meter_beats

REPEATED_BARS = (32, 24, 16, 12, 8, 6, 4)
RUN = 6  # intervals in a run of the line
SKELETON_RUN = 6  # intervals in a run of the notes on the beats
MOST_HOLDERS = 150  # a run that more lines than this have in common says nothing
PROPOSALS = 40  # candidates kept for each line
LEAST_SHARED = 15.0  # nats of information two lines must share to be compared at all
LEAST_A_NOTE = 0.2  # of it for every note: in long lines chance repeats more
CORPUS = 5_000  # lines in a corpus that tells rare runs from common ones; smaller ones count as if so large


@dataclass(frozen=True)
class Line:
    """One voice of a score: chords reduced to their top note, repeated notes joined, repeats played once.

    `pitch` MIDI numbers, `weight` durations in units of the line's commonest note, limited to [0.5, 3],
    `strong` whether a note begins on a beat, `bar` the bar it begins in, counted as in `Piece.bars`;
    all [shape=(n_notes,)]. `beats` lists the pitches that sound on every beat.
    """

    score_id: str
    part: int
    pitch: np.ndarray
    weight: np.ndarray
    strong: np.ndarray
    bar: np.ndarray
    beats: np.ndarray


def line_of(piece: Piece, part: int = 0) -> Line:
    """The line of one part of a piece."""
    top: dict[float, Note] = {}
    for note in piece.parts[part].notes:
        place = round(note.onset, 4)
        if place not in top or note.pitch > top[place].pitch:
            top[place] = note
    notes = [top[place] for place in sorted(top)]
    onset = np.array([note.onset for note in notes])
    pitch = np.array([note.pitch for note in notes], np.int16)
    bar = np.searchsorted([bar.onset for bar in piece.bars], onset + 1e-6, side="right") - 1
    lasts = np.minimum(np.append(onset[1:], piece.length) - onset, 4.0)
    durations, counts = np.unique(np.round(lasts, 3), return_counts=True)
    unit = max(float(durations[counts.argmax()]), 0.125)
    played_once = np.isin(bar, np.flatnonzero(_first_time(piece, onset, pitch, bar)))
    beats = _beats(piece, unit)
    strong = np.isin(np.round(onset * 96), np.round(beats * 96))
    sounding = np.searchsorted(onset, beats + 1e-6, side="right") - 1
    sounding = sounding[sounding >= 0]
    joined = np.flatnonzero(played_once & np.append(True, (np.diff(pitch) != 0) | ~played_once[:-1]))
    held = np.add.reduceat(np.where(played_once, lasts, 0.0), joined) if len(joined) else lasts
    return Line(piece.score_id, part, pitch[joined], np.clip(held / unit, 0.5, 3.0).astype(np.float32),
                strong[joined], bar[joined].astype(np.int32), pitch[sounding[played_once[sounding]]])


def _beats(piece: Piece, unit: float) -> np.ndarray:
    """Places every two units (three in compound meters) from each bar line, in quarter notes."""
    places = [np.arange(bar.onset - bar.missing, bar.onset + bar.length - 1e-6,
                        unit * (3 if meter_beats(bar.meter)[1] == 1.5 else 2)) for bar in piece.bars]
    return np.concatenate(places)


def _first_time(piece: Piece, onset: np.ndarray, pitch: np.ndarray, bar: np.ndarray) -> np.ndarray:
    """Which bars are played for the first time: not those of a part that is repeated at once [shape=(n_bars,)].

    The last bar of a part may differ, as first and second endings do.
    """
    place = np.round(onset - np.array([piece.bars[number].onset for number in bar]), 3)
    content = [tuple(zip(place[bar == n].tolist(), pitch[bar == n].tolist(), strict=True))
               for n in range(len(piece.bars))]
    first, number = np.ones(len(content), bool), 0
    while number < len(content):
        length = next((size for size in REPEATED_BARS if _repeats(content, number, size)), 0)
        first[number + length : number + 2 * length] = False
        number += 2 * length or 1
    return first


def _repeats(content: list[tuple], begin: int, length: int) -> bool:
    """Whether `length` bars come again at once, but for the last of them."""
    one, two = content[begin : begin + length], content[begin + length : begin + 2 * length]
    return len(two) == length and one[:-1] == two[:-1] and (length > REPEATED_BARS[-1] or one[-1] == two[-1])


def runs(line: Line) -> set[tuple[int, ...]]:
    """All runs of intervals in a line and in its skeleton, each marked by which of the two it is from."""
    found: set[tuple[int, ...]] = set()
    for kind, pitches, length in ((0, line.pitch, RUN), (1, line.beats, SKELETON_RUN)):
        steps = np.diff(pitches.astype(int))
        found.update((kind, *steps[i : i + length].tolist()) for i in range(len(steps) - length + 1)
                     if np.ptp(steps[i : i + length]) > 0)
    return found


def propose(lines: Sequence[Line], least: float = LEAST_SHARED,
            least_a_note: float = LEAST_A_NOTE) -> list[tuple[int, int, float]]:
    """Pairs of lines that share rare runs, (first, second, information shared in nats), first < second.

    A run counts with its information, log(n_lines / n_holders), as if there were at least `CORPUS` lines (Downie &
    Nelson 2000 compare n-grams of intervals; the weight is the usual inverse document frequency). Two lines must
    share `least` nats, and `least_a_note` for every note of the shorter one.
    """
    table = _shared(lines)
    sizes = np.array([len(line.pitch) for line in lines])
    pairs: dict[tuple[int, int], float] = {}
    for row in range(table.shape[0]):
        begin, end = table.indptr[row], table.indptr[row + 1]
        others, score = table.indices[begin:end], table.data[begin:end]
        keep = (others != row) & (score >= np.maximum(least, least_a_note * np.minimum(sizes[row], sizes[others])))
        others, score = others[keep], score[keep]
        for place in np.argsort(-score, kind="stable")[:PROPOSALS]:
            other = int(others[place])
            pairs[min(row, other), max(row, other)] = float(score[place])
    return [(first, second, shared) for (first, second), shared in sorted(pairs.items())]


def _shared(lines: Sequence[Line]) -> sparse.csr_matrix:
    """Information that every two lines share, in nats [shape=(n_lines, n_lines), sparse]."""
    names: dict[tuple[int, ...], int] = {}
    rows, columns = [], []
    for number, line in enumerate(lines):
        for run in runs(line):
            rows.append(number)
            columns.append(names.setdefault(run, len(names)))
    has = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(lines), len(names)))
    holders = np.asarray(has.sum(axis=0)).ravel()
    useful = np.flatnonzero((holders > 1) & (holders <= MOST_HOLDERS))
    weighted = has[:, useful] @ sparse.diags(np.sqrt(np.log(max(len(lines), CORPUS) / holders[useful])))
    return (weighted @ weighted.T).tocsr()


def all_lines(pieces: Iterable[Piece], every_part: bool = False) -> list[Line]:
    """The melody of every piece, or every part of it; parts with fewer notes than a run are left out."""
    made = [line_of(piece, part) for piece in pieces for part in range(len(piece.parts) if every_part else 1)
            if piece.parts[part].notes]
    return [line for line in made if len(line.pitch) > RUN]
