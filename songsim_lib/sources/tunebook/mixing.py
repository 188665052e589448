"""Several players in one room: levels, reverberation, equalisation, and the final scale."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, oaconvolve, sosfilt

from .equalise import equalise
from .perform import Performance
from .synth import RATE_HZ, Track, player

FRAME = 1200  # samples: 50 ms


def loudness_db(sound: np.ndarray) -> float:
    """Root mean square of what sounds (the 50 ms frames within 30 dB of the loudest), in dB."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    power = (frames**2).mean(axis=1)
    heard = power[power > power.max() * 1e-3]
    return 10 * float(np.log10(heard.mean())) if len(heard) and power.max() > 0 else -np.inf


def room(sound: np.ndarray, rng: np.random.Generator, seconds: float, wet_db: float) -> np.ndarray:
    """Put a dry sound into a room: decaying noise as impulse response, `seconds` to fall by 60 dB."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    response = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    response = sosfilt(butter(1, [200, 5000], "bandpass", fs=RATE_HZ, output="sos"), response)
    response /= np.sqrt((response**2).sum())
    return sound + 10 ** (wet_db / 20) * oaconvolve(sound, response)[: len(sound)]


def mix(tracks: tuple[Track, ...], seconds: float, rng: np.random.Generator, performance: Performance,
        peak_db: float) -> np.ndarray:
    """Play every track at its level in one room, equalised and scaled to a peak: int16 [shape=(n,)] at 24 kHz.

    Raises
    ------
    ValueError : nothing sounds.
    """
    total = np.zeros(round(seconds * RATE_HZ))
    for track in tracks:
        sound = player().play(track, seconds)
        loud = loudness_db(sound)
        if np.isfinite(loud):
            total += sound * 10 ** ((track.level_db - loud) / 20)
    total = equalise(room(total, rng, performance.hall_s, performance.wet_db), performance.equaliser, RATE_HZ)
    fade = int(0.02 * RATE_HZ)
    total[-fade:] *= np.linspace(1, 0, fade)
    peak = np.abs(total).max()
    if peak == 0:
        raise ValueError("the performance is silent")
    return np.round(total / peak * 10 ** (peak_db / 20) * 32767).astype(np.int16)
