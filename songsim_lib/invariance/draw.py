"""Which passages are compared: one recording of each of N works, and its melody where the notation is known."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from songsim_lib.config import AudioSpec
from songsim_lib.sources.tunebook import melodies as notation
from songsim_lib.text import named

from .melody import Played, passage


class Passage(NamedTuple):
    """What one work gives: a recording, and the notes of its melody; none where the notation is not known."""

    track_id: str
    path: str
    notes: tuple[Played, ...] = ()


def works(recordings: pd.DataFrame, n_works: int, seed: int) -> pd.DataFrame:
    """Draw at most `n_works` works at random, and one recording of each.

    Parameters
    ----------
    recordings : needs `track_id`, `work_id` and `path`.

    Returns
    -------
    Their rows, by `track_id`: the same for the same seed, in whatever order the recordings are listed.

    Raises
    ------
    ValueError : a column is missing, or there are fewer than two works to tell apart.
    """
    missing = [name for name in ("track_id", "work_id", "path") if name not in recordings]
    if missing:
        raise ValueError(f"the recordings lack the column(s) {', '.join(missing)}")
    unknown = recordings.loc[recordings["work_id"].isna(), "track_id"]
    if len(unknown):
        raise ValueError(f"no work is given for the recording(s) {named(unknown)}")
    shuffled = recordings.sort_values("track_id").sample(frac=1, random_state=seed).drop_duplicates("work_id")
    if n_works < 2 or len(shuffled) < 2:
        raise ValueError(f"{n_works} work(s) asked for, {len(shuffled)} given: a query needs at least two works "
                         "to be found among")
    # One recording a work first: a work that was recorded often is not more likely to be drawn.
    drawn = shuffled.sort_values("work_id").sample(min(n_works, len(shuffled)), random_state=seed)
    return drawn.sort_values("track_id")


def passages(drawn: pd.DataFrame, spec: AudioSpec, melodies: Path | None = None) -> list[Passage]:
    """Add to each recording a clip's length of its melody, from the bar that the recording begins at.

    Parameters
    ----------
    drawn : of `works`; the melody is looked up by `score_id`, and begins at `start_bar` where that is given.
    melodies : table of notation (`songsim_lib.sources.tunebook.melodies`); None when there is none.
    """
    scores = drawn["score_id"] if "score_id" in drawn else pd.Series(None, index=drawn.index, dtype=object)
    pieces = notation.load(melodies, scores.dropna()) if melodies and scores.notna().any() else {}
    bars = drawn["start_bar"].fillna(0) if "start_bar" in drawn else pd.Series(0, index=drawn.index)
    made, resting = [], []
    for track_id, path, score, bar in zip(drawn["track_id"], drawn["path"], scores, bars, strict=True):
        notes: tuple[Played, ...] = ()
        if score in pieces:
            try:
                notes = passage(pieces[score], int(bar), spec.clip_s)
            except ValueError as error:
                resting.append(str(error))
        made.append(Passage(str(track_id), str(path), notes))
    if resting:
        warnings.warn(f"{len(resting)} melodies are not played: {named(resting, '; ')}", stacklevel=2)
    return made
