"""The key a passage sounds in."""

from __future__ import annotations

import numpy as np

from .music import Piece

# Krumhansl & Kessler 1982: how well each pitch class fits a major or minor key, from the tonic up.
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def key_of(piece: Piece) -> tuple[int, int, str]:
    """Tonic pitch class, mode (1 major, 0 minor) and how we know: "notated" in the source, or "estimated".

    Modes other than major and minor count by their third: mixolydian and lydian as major, dorian and phrygian
    as minor.
    """
    if piece.tonic is not None and piece.scale is not None:
        return piece.tonic, int(piece.scale in {"major", "mixolydian", "lydian"}), "notated"
    weights = np.zeros(12)
    for part in piece.parts:
        for note in part.notes:
            weights[note.pitch % 12] += min(note.duration, 4.0)
    fits = {(tonic, mode): np.corrcoef(np.roll(profile, tonic), weights)[0, 1]
            for mode, profile in ((1, MAJOR), (0, MINOR)) for tonic in range(12)}
    tonic, mode = max(fits, key=lambda key: fits[key])
    return tonic, mode, "estimated"
