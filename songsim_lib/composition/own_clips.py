"""The study's anchors and positives as constant-Q spectrograms; without torch, so that workers start quickly."""

from __future__ import annotations

import numpy as np

from songsim_lib.config import AudioSpec
from songsim_lib.cqt import SCALE, cqt
from songsim_lib.cutting import positive_clip, recording_window
from songsim_lib.features import quantise


def drawn(path: str, track: str, spec: AudioSpec, seed: int, positives: int) -> np.ndarray:
    """Draw a recording's clip and its positives anew, from sound [shape=(1 + positives, SEMITONES, frames)], uint8.

    Raises
    ------
    audio.AudioError : the recording can no longer be used; names it.
    """
    window = recording_window(path, track, spec, seed)
    made = (positive_clip(window, track, spec, seed, k) for k in range(positives))
    return np.stack([quantise(cqt(clip, spec), SCALE) for clip in (window[: spec.clip_samples], *made)])
