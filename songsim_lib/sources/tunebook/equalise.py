"""The colour of a recording: three bands of equalisation, and sometimes the narrow band of an old machine.

Second-order sections after R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

SLOPE_ALPHA = np.sqrt(2) / 2  # alpha = sin(w) * this for a shelf of slope 1 and a peak of Q = 0.71
OLD_LOW_CUT_HZ = 120.0


@dataclass(frozen=True)
class Equaliser:
    """A low shelf, a peak and a high shelf (corner or centre in Hz, gain in dB); `lowpass_hz` for an old machine."""

    low_hz: float
    low_db: float
    mid_hz: float
    mid_db: float
    high_hz: float
    high_db: float
    lowpass_hz: float | None = None


def draw(rng: np.random.Generator, range_db: float = 6.0, old_share: float = 0.12) -> Equaliser:
    """An equaliser with gains within `range_db`; a share `old_share` of them is narrow as on an old recording."""
    def corner(low: float, high: float) -> float:
        return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))), 1)

    low, mid, high = (round(float(gain), 1) for gain in rng.uniform(-range_db, range_db, 3))
    narrow = corner(3500, 7000) if rng.random() < old_share else None
    return Equaliser(corner(120, 350), low, corner(500, 2500), mid, corner(3000, 6500), high, narrow)


def equalise(sound: np.ndarray, equaliser: Equaliser, rate_hz: int) -> np.ndarray:
    """Filter a sound [shape=(n,)]; the length stays."""
    sections = [_shelf(equaliser.low_hz, equaliser.low_db, rate_hz, high=False),
                _peak(equaliser.mid_hz, equaliser.mid_db, rate_hz),
                _shelf(equaliser.high_hz, equaliser.high_db, rate_hz, high=True)]
    if equaliser.lowpass_hz:
        band = [OLD_LOW_CUT_HZ, equaliser.lowpass_hz]
        sections += list(butter(1, band, "bandpass", fs=rate_hz, output="sos"))
        sections += list(butter(2, equaliser.lowpass_hz, fs=rate_hz, output="sos"))
    return sosfilt(np.array(sections), sound)


def _peak(centre_hz: float, gain_db: float, rate_hz: int) -> np.ndarray:
    gain, angle = 10 ** (gain_db / 40), 2 * np.pi * centre_hz / rate_hz
    alpha, cos = np.sin(angle) * SLOPE_ALPHA, np.cos(angle)
    return _section([1 + alpha * gain, -2 * cos, 1 - alpha * gain], [1 + alpha / gain, -2 * cos, 1 - alpha / gain])


def _shelf(corner_hz: float, gain_db: float, rate_hz: int, high: bool) -> np.ndarray:
    """A shelf of slope 1; the high one is the low one with the sign of the cosine turned."""
    gain, angle = 10 ** (gain_db / 40), 2 * np.pi * corner_hz / rate_hz
    wide = 2 * np.sqrt(gain) * np.sin(angle) * SLOPE_ALPHA
    cos, sign = (-np.cos(angle), -1) if high else (np.cos(angle), 1)
    up, down = gain + 1, gain - 1
    return _section([gain * (up - down * cos + wide), sign * 2 * gain * (down - up * cos),
                     gain * (up - down * cos - wide)],
                    [up + down * cos + wide, sign * -2 * (down + up * cos), up + down * cos - wide])


def _section(numerator: list[float], denominator: list[float]) -> np.ndarray:
    return np.array([*numerator, *denominator]) / denominator[0]
