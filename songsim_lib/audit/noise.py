"""Validation clips with other noise than the study's: none on the positives, or the same on every clip."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from audiomentations import Compose

from songsim_lib import augment, parallel
from songsim_lib.config import AudioSpec
from songsim_lib.cutting import item_seed, recording_window
from songsim_lib.features import log_mel, quantise
from songsim_lib.store import positive_name

AMPLITUDE_NOISE, SNR_NOISE = "gaussian noise", "noise at 5-10 dB SNR"  # names in augment.transforms()
KINDS = ("clean_positive", "noised_anchor", "noised_positive")


def clean_positive(window: np.ndarray, track_id: str, spec: AudioSpec, seed: int, k: int = 0) -> np.ndarray:
    """Make a recording's k-th positive without its noises [shape=(spec.clip_samples,)].

    The study's whole chain runs once, as for the study's own positive, so that stretch, pitch shift and gain draw
    what they drew there; then these three run alone with those draws.
    """
    chain = augment.transforms()
    augment.apply(Compose(list(chain.values())), window, spec, item_seed(seed, track_id, positive_name(k)))
    kept = [transform for name, transform in chain.items() if name not in (AMPLITUDE_NOISE, SNR_NOISE)]
    for transform in kept:
        transform.freeze_parameters()
    return augment.apply(Compose(kept), window, spec, seed=0)  # nothing is left to draw


def noised(clip: np.ndarray, track_id: str, spec: AudioSpec, seed: int, purpose: str) -> np.ndarray:
    """Lay noise of 5 to 10 dB SNR over a clip, as the last step of the study's chain does."""
    return augment.apply(augment.transforms()[SNR_NOISE], clip, spec, item_seed(seed, track_id, f"audit/{purpose}"))


def render(path: str, track_id: str, spec: AudioSpec, seed: int) -> np.ndarray:
    """Draw one recording in the three `KINDS` [shape=(3, n_mels, n_frames)], uint8."""
    window = recording_window(path, track_id, spec, seed)
    anchor, positive = window[: spec.clip_samples], clean_positive(window, track_id, spec, seed)
    clips = (positive, noised(anchor, track_id, spec, seed, "anchor"),
             noised(positive, track_id, spec, seed, "positive"))
    return np.stack([quantise(log_mel(clip, spec), spec) for clip in clips])


def render_all(recordings: pd.DataFrame, spec: AudioSpec, seed: int, workers: int = -1) -> dict[str, np.ndarray]:
    """Draw many recordings, in parallel: each of `KINDS` [shape=(n, n_mels, n_frames)], uint8.

    Parameters
    ----------
    recordings : needs `track_id` and `path`.

    Raises
    ------
    audio.AudioError : a recording can no longer be used; names it.
    """
    results = parallel.run(partial(render, spec=spec, seed=seed), recordings["path"].map(str), recordings["track_id"],
                           progress="clips with other noise", unit="recording", workers=workers)
    drawn = np.stack(list(results))
    return {kind: drawn[:, i] for i, kind in enumerate(KINDS)}
