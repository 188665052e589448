"""Two versions of a work, looked at side by side: in another key the same picture, moved (notebook 08)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from songsim_lib.config import AudioSpec
from songsim_lib.covers.heard import Heard
from songsim_lib.cqt import SCALE
from songsim_lib.features import dequantise
from songsim_lib.metrics.retrieval import Labels

NOTATION = ("score_id", "start_bar", "transposition_semitones", "tempo")
VISIBLE_SEMITONES = 3  # a smaller step is hard to see in a picture of six octaves


def moved_back(heard: Heard, labels: Labels) -> pd.DataFrame:
    """Look at every two performances of one score that begin at the same bar: is one the other in another key?

    Returns
    -------
    One row a pair, the clearest first: `row`, `row_b` (positions in the catalog), `semitones` (by which b sounds
        higher), and how their constant-Q pictures correlate cell by cell, b stretched to a's tempo: `as_it_is`, and
        `moved` by as many semitones. No row where the recordings come without notation.
    """
    asks = heard.catalog.assign(row=np.arange(len(heard.catalog)))[labels.queries]
    found = []
    if set(NOTATION) <= set(asks.columns):
        both = asks.merge(asks, on=["work_id", "score_id", "start_bar"], suffixes=("", "_b"))
        for two in both[both["row"] < both["row_b"]].itertuples():
            one, other = (heard.excerpts.constant_q[row][0] for row in (two.row, two.row_b))
            semitones = int(two.transposition_semitones_b - two.transposition_semitones)
            unmoved, moved = (alike(one, other, by, two.tempo / two.tempo_b) for by in (0, semitones))
            found.append({"row": two.row, "row_b": two.row_b, "semitones": semitones, "as_it_is": unmoved,
                          "moved": moved})
    table = pd.DataFrame(found, columns=["row", "row_b", "semitones", "as_it_is", "moved"])
    return table.sort_values(["moved", "row"], ascending=[False, True], ignore_index=True)


def alike(one: np.ndarray, other: np.ndarray, semitones: int, stretch: float) -> float:
    """Correlate two constant-Q spectrograms cell by cell where they overlap.

    Parameters
    ----------
    one, other [shape=(SEMITONES, frames)].
    semitones : by which `other` sounds higher and is moved back; `stretch` is its time over that of `one`.
    """
    columns = np.round(np.arange(one.shape[1]) * stretch).astype(int)
    shared = columns < other.shape[1]
    low, high = max(0, -semitones), min(len(one), len(one) - semitones)
    a = one[low:high, shared]
    b = other[low + semitones : high + semitones, columns[shared]]
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def pair(heard: Heard, labels: Labels, pairs: pd.DataFrame) -> tuple[int, int, int | None]:
    """Choose two versions to look at, by rule: of pairs in visibly different keys the clearest; else the first pair.

    Parameters
    ----------
    pairs : of `moved_back`.

    Returns
    -------
    Their positions in the catalog, and by how many semitones the second sounds higher; None where nobody knows.
    """
    visible = pairs[pairs["semitones"].abs() >= VISIBLE_SEMITONES]
    if len(visible):
        row, row_b, semitones = visible[["row", "row_b", "semitones"]].iloc[0].astype(int)
        return row, row_b, semitones
    first = np.flatnonzero(labels.queries)[0]
    same = (labels.works == labels.works[first]) & (labels.recordings != labels.recordings[first])
    return int(first), int(np.flatnonzero(same)[0]), None


def pictures(heard: Heard, row: int, spec: AudioSpec) -> tuple[np.ndarray, np.ndarray]:
    """Give the first clip of a recording as log-mel (n_mels, n_frames) and as constant-Q (SEMITONES, frames), in dB."""
    clip = heard.excerpts.windows[np.searchsorted(heard.excerpts.owner, row)]
    return dequantise(clip.astype(np.float32), spec), dequantise(heard.excerpts.constant_q[row][0].astype(np.float32),
                                                                 SCALE)


def about_pairs(pairs: pd.DataFrame, semitones: int | None) -> str:
    """Say in words how far apart the chosen pair is, and how much moving helps all pairs (`moved_back`)."""
    if not len(pairs):
        return "These recordings come without notation: nobody knows by how many semitones their keys differ."
    moved = pairs[pairs["semitones"] != 0]
    more = int((moved["moved"] > moved["as_it_is"]).sum())
    chosen = (f"The version sounds {abs(semitones)} semitones {'higher' if semitones > 0 else 'lower'} than the query. "
              if semitones else "")
    return (f"{chosen}Over all {len(moved)} pairs in different keys, cells of the two constant-Q pictures correlate by "
            f"{moved['as_it_is'].mean():.2f} as they are and by {moved['moved'].mean():.2f} once the second is moved "
            f"back by what the catalog says: more than before in {more} of {len(moved)}. What is left differs by "
            "instruments and accompaniment: that must be learned.")
