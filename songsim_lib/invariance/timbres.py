"""Six clearly different kinds of sound, made from nothing: the same melody can be played on each.

They are models of how sounds are built, not of any instrument, and are named so. Additive voices are sums of
partials; the plucked string is a noise burst in a delay line (Karplus and Strong 1983,
https://doi.org/10.2307/3680062), tuned and damped as by Jaffe and Smith (1983, https://doi.org/10.2307/3680063).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

HIGHEST = 0.45  # of the sample rate; partials above would fold back
VIBRATO_HZ = 5.2


class Timbre(Protocol):
    """A voice that can play a note of any pitch."""

    @property
    def name(self) -> str:
        """Which kind of sound it is."""

    @property
    def release_s(self) -> float:
        """How long a note fades after it has been held."""

    def note(self, pitch_hz: float, seconds: float, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
        """Sound one note [shape=(seconds * rate_hz,)], as loud as a sine of amplitude 1; `rng` varies the take."""


@dataclass(frozen=True)
class Additive:
    """A sum of sine partials, each `ratio` times the pitch and of some `weight`.

    Attributes
    ----------
    cutoff_hz : from here on partials fall by 12 dB an octave, whatever the pitch.
    opening : how much later each higher partial has entered, in attack times a unit of ratio (brass grows brighter).
    decay_s : in this time the lowest partial has fallen by 60 dB, higher ones sooner; infinite is a held tone.
    breath : noise around the pitch, beside a tone of 1.
    """

    name: str
    ratios: tuple[float, ...]
    weights: tuple[float, ...]
    attack_s: float
    release_s: float
    cutoff_hz: float = np.inf
    opening: float = 0.0
    decay_s: float = np.inf
    vibrato_cents: float = 0.0
    breath: float = 0.0

    def note(self, pitch_hz: float, seconds: float, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
        """Sound one note [shape=(seconds * rate_hz,)]."""
        time = np.arange(round(seconds * rate_hz)) / rate_hz
        ratios, weights = np.array(self.ratios)[:, None], np.array(self.weights)[:, None]
        heard = (ratios[:, 0] * pitch_hz < HIGHEST * rate_hz) & (weights[:, 0] > 0)
        ratios, weights = ratios[heard], weights[heard]
        bend = (2 ** (self.vibrato_cents / 1_200) - 1) / (2 * np.pi * VIBRATO_HZ)
        swing = bend * np.sin(2 * np.pi * (VIBRATO_HZ * time + rng.random()))
        turns = pitch_hz * ratios * (time + swing) + rng.random(ratios.shape)
        waves = np.sin(2 * np.pi * (turns - np.floor(turns)).astype(np.float32))  # single precision: twice as fast
        weights = weights / np.sqrt(1 + (ratios * pitch_hz / self.cutoff_hz) ** 4)
        attack = self.attack_s * (1 + self.opening * (ratios - 1))
        envelope = np.minimum(time / attack, 1)
        if np.isfinite(self.decay_s):
            envelope *= 10 ** (-3 * time * ratios / self.decay_s)
        tone = (weights * envelope * waves).sum(axis=0) / np.sqrt((weights**2).sum())
        return tone + self.breath * np.minimum(time / self.attack_s, 1) * _breath(pitch_hz, len(time), rate_hz, rng)


def _breath(pitch_hz: float, n: int, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
    """Noise of an octave above the pitch and two more [shape=(n,)]."""
    band = butter(1, [pitch_hz, min(4 * pitch_hz, HIGHEST * rate_hz)], "bandpass", fs=rate_hz, output="sos")
    return sosfilt(band, rng.standard_normal(n))


@dataclass(frozen=True)
class Plucked:
    """A string: one period of noise runs round a delay line and loses its high partials first."""

    name: str
    release_s: float
    decay_s: float

    def note(self, pitch_hz: float, seconds: float, rate_hz: int, rng: np.random.Generator) -> np.ndarray:
        """Sound one note [shape=(seconds * rate_hz,)]."""
        loss = 10 ** (-3 / (pitch_hz * self.decay_s))  # of the pitch itself, each time round
        turn = 2 * np.pi * pitch_hz / rate_hz
        # The loop mixes each sample with its neighbour, just so much that the pitch itself loses no more than that.
        share = 0.5 - np.sqrt(max(0.25 - (1 - loss**2) / (2 - 2 * np.cos(turn)), 0.0))
        smooth = np.array([1 - share, share]) * loss / abs(1 - share + share * np.exp(-1j * turn))
        whole, part = divmod(rate_hz / pitch_hz - share, 1)  # the rest of the period: samples, and an all-pass filter
        bend = (1 - part) / (1 + part)
        burst = np.zeros(round(seconds * rate_hz))
        pluck = rng.uniform(-1, 1, round(rate_hz / pitch_hz))[: len(burst)]
        burst[: len(pluck)] = pluck - pluck.mean()
        loop = np.concatenate([np.zeros(int(whole)), np.convolve(smooth, [bend, 1])])
        loop[:2] -= [1, bend]
        return lfilter([1, bend], -loop, burst)


def _harmonics(count: int, falling: float = 1.0, step: int = 1) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Every `step`-th harmonic up to `count`, the k-th of weight 1 / k ** falling."""
    numbers = range(1, count + 1, step)
    return tuple(map(float, numbers)), tuple(k**-falling for k in numbers)


REFERENCE = 0  # the index is played on it
TIMBRES: tuple[Timbre, ...] = (
    Additive("flute-like", (1, 2, 3, 4), (1, 0.25, 0.08, 0.03), attack_s=0.06, release_s=0.06, vibrato_cents=12,
             breath=0.05),
    Additive("reed-like (odd harmonics)", *_harmonics(15, 0.8, step=2), attack_s=0.03, release_s=0.05,
             cutoff_hz=3_000),
    Additive("organ-like", (1, 2, 3, 4, 6, 8), (1, 0.8, 0.4, 0.6, 0.3, 0.4), attack_s=0.01, release_s=0.04),
    Additive("brass-like", *_harmonics(20, 0.3), attack_s=0.03, release_s=0.06, cutoff_hz=1_800, opening=0.2,
             vibrato_cents=6),
    Plucked("plucked string (Karplus-Strong)", release_s=0.08, decay_s=4.0),
    # Modes of a free bar, as in a glockenspiel (Fletcher and Rossing, The Physics of Musical Instruments, chapter 19).
    Additive("bell-like (inharmonic)", (1, 2.756, 5.404, 8.933), (1, 0.6, 0.4, 0.25), attack_s=0.002, release_s=0.15,
             decay_s=3.0),
)
