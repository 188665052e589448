"""From sound to picture: the log-mel spectrogram and its one-byte form."""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np

from songsim_lib.config import AudioSpec

LEVELS = 255


def log_mel(samples: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Draw a clip as a log-mel spectrogram, as the study did (FACTS, section 1).

    Parameters
    ----------
    samples [shape=(n,)] : mono clip at `spec.sample_rate_hz`.

    Returns
    -------
    [shape=(n_mels, 1 + n // hop_length)], float32, dB below the clip's loudest point, in [-top_db, 0].
    """
    power = librosa.feature.melspectrogram(y=samples, sr=spec.sample_rate_hz, n_fft=spec.n_fft,
                                           hop_length=spec.hop_length, n_mels=spec.n_mels)
    return librosa.power_to_db(power, ref=np.max, top_db=spec.top_db)


def quantise(decibels: np.ndarray, spec: AudioSpec) -> np.ndarray:
    """Store dB in [-top_db, 0] as one byte: 80 dB in 255 steps of 0.31 dB, an error of at most 0.16 dB."""
    return np.round((decibels / spec.top_db + 1) * LEVELS).astype(np.uint8)


def dequantise(levels: Any, spec: AudioSpec) -> Any:
    """Turn stored bytes, cast to float (an array or a torch tensor), back into dB in [-top_db, 0], where they lie."""
    levels /= LEVELS
    levels -= 1
    levels *= spec.top_db
    return levels
