"""The clips that a study uses of a recording: its anchor and its positives, the same on every machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from songsim_lib import audio, augment, features
from songsim_lib.config import AudioSpec
from songsim_lib.files import digest
from songsim_lib.store import positive_name


def item_seed(seed: int, track_id: str, purpose: str) -> int:
    """Draw a recording's own seed, the same on every machine and for any number of workers."""
    return int(digest(f"{seed}/{track_id}/{purpose}")[:8], 16)


def recording_window(path: str | Path, track_id: str, spec: AudioSpec, seed: int) -> np.ndarray:
    """Cut the window of a recording that the study uses [shape=(spec.window_samples,)], always the same.

    Raises
    ------
    audio.AudioError : the recording cannot be used, or is silent where its clip is cut.
    """
    rng = np.random.default_rng(item_seed(seed, track_id, "window"))
    window = audio.window(audio.load(path, spec), spec, rng)
    if np.abs(window[: spec.clip_samples]).max() < audio.SILENCE_PEAK:  # its log-mel would be full of the loudest level
        raise audio.AudioError(f"{path}: silent where its clip is cut")
    return window


def positive_clip(window: np.ndarray, track_id: str, spec: AudioSpec, seed: int, k: int = 0) -> np.ndarray:
    """Make the k-th positive of a recording that the study uses [shape=(spec.clip_samples,)], always the same."""
    return augment.positive(window, spec, item_seed(seed, track_id, positive_name(k)))


def spectrograms(path: str, track_id: str, spec: AudioSpec, positives: int, seed: int) -> np.ndarray | str:
    """Draw one recording's anchor and positives.

    Returns
    -------
    [shape=(1 + positives, n_mels, n_frames)], uint8; or the reason why the recording cannot be used.
    """
    try:
        window = recording_window(path, track_id, spec, seed)
        clips = [window[: spec.clip_samples]]
        clips += [positive_clip(window, track_id, spec, seed, k) for k in range(positives)]
    except audio.AudioError as error:
        return str(error)
    except (ValueError, RuntimeError) as error:  # a library that cannot cope with this file
        return f"{path}: {error}"
    return np.stack([features.quantise(features.log_mel(clip, spec), spec) for clip in clips])
