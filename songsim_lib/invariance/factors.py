"""What is changed about a passage, how far, and how: everything else stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import python_stretch

from songsim_lib.config import AudioSpec

from .timbres import REFERENCE, TIMBRES

Change = Callable[[np.ndarray, float, AudioSpec, np.random.Generator], np.ndarray]

SETTLING_S = 0.25  # the vocoder's last block (0.12 s) fades out; it stays outside the query


@dataclass(frozen=True)
class Factor:
    """One thing that may differ between two performances.

    Attributes
    ----------
    levels : values of the factor, in the unit it is measured in; `unchanged` is the one that means "as it was".
    change : makes a query (spec.clip_samples,) of a window (spec.window_samples,) at a level; None where the melody
        is played anew, on the timbre whose number the level is.
    clip_share : length of the excerpts of this factor, in clips (see `stretched`).
    """

    name: str
    title: str
    unit: str
    levels: tuple[float, ...]
    unchanged: float
    change: Change | None
    clip_share: float = 1.0

    def thinned(self) -> Factor:
        """The factor at its two ends and unchanged, for a quick look."""
        ends = {min(self.levels), max(self.levels), self.unchanged}
        return replace(self, levels=tuple(level for level in self.levels if level in ends))

    def label(self, level: float) -> str:
        """A level in words: "+2", "clean", "bell-like"."""
        if self.change is None:
            return TIMBRES[int(level)].name
        if np.isinf(level):
            return "clean"
        return f"{level:+g}" if self.unchanged == 0 and level else f"{level:g}"


def transposed(window: np.ndarray, semitones: float, spec: AudioSpec, rng: np.random.Generator) -> np.ndarray:
    """Sing the passage higher or lower at the same speed.

    The very vocoder that the study's augmentation uses (python-stretch, as called by audiomentations' PitchShift).
    A shift by 0 goes through it too, so that the unchanged level shows what the vocoder alone does. As with any
    resampled voice the spectrum's envelope moves along: a transposition down leaves the highest bands empty.
    """
    return _vocoder(window, spec, semitones=semitones)


def stretched(window: np.ndarray, rate: float, spec: AudioSpec, rng: np.random.Generator) -> np.ndarray:
    """Play the passage faster (rate > 1) or slower in the same key, from the same first note on.

    All queries, and the index they are looked up in, are equally long at every rate: a rate of 1.6 uses up 1.6 s of
    music for each second, and a window of 12.5 s holds that much only for excerpts of 7.5 s (0.75 of a clip; the
    vocoder's last fading samples stay outside). So no query ends in silence or begins anew, but what it covers
    differs, as in a real performance cut after 7.5 s: 4.5 s of the indexed passage at rate 0.6, all of it and the
    4.5 s that follow at 1.6.

    Raises
    ------
    ValueError : the window is too short for this rate.
    """
    return _vocoder(window, spec, rate=rate)


def noisy(window: np.ndarray, snr_db: float, spec: AudioSpec, rng: np.random.Generator) -> np.ndarray:
    """Add white Gaussian noise, exactly `snr_db` below the clip's own RMS; infinite leaves the clip as it is."""
    clip = window[: spec.clip_samples]
    noise = rng.standard_normal(len(clip))
    gain = np.sqrt(np.mean(np.square(clip, dtype=np.float64)) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return (clip + gain * noise).astype(np.float32)


def later(window: np.ndarray, percent: float, spec: AudioSpec, rng: np.random.Generator) -> np.ndarray:
    """Begin the very same recording later, by so much of a clip: nothing in the music changes, only its place."""
    start = round(percent / 100 * spec.clip_samples)
    return window[start : start + spec.clip_samples]


def _vocoder(window: np.ndarray, spec: AudioSpec, semitones: float = 0.0, rate: float = 1.0) -> np.ndarray:
    """Run Signalsmith's stretch with its default preset, as the study does, and keep a clip from the beginning."""
    stretch = python_stretch.Signalsmith.Stretch()
    stretch.preset(1, spec.sample_rate_hz)
    stretch.setTransposeSemitones(semitones)
    stretch.setTimeFactor(rate)
    needed = window[: round((spec.clip_s + SETTLING_S) * rate * spec.sample_rate_hz)]
    changed: np.ndarray = np.asarray(stretch.process(np.ascontiguousarray(needed, dtype=np.float32)[None]))[0]
    if len(changed) < spec.clip_samples:
        raise ValueError(f"a window of {spec.window_s:g} s gives {len(changed) / spec.sample_rate_hz:.2f} s at rate "
                         f"{rate:g}, less than an excerpt of {spec.clip_s:g} s")
    return changed[: spec.clip_samples]


FACTORS = {
    factor.name: factor
    for factor in (
        Factor("transposition", "Key", "transposition (semitones)", (-6, -4, -2, -1, 0, 1, 2, 4, 6), 0, transposed),
        Factor("tempo", "Tempo", "speed (original = 1)", (0.6, 0.7, 0.85, 1, 1.15, 1.3, 1.6), 1, stretched,
               clip_share=0.75),
        Factor("noise", "Noise", "signal-to-noise ratio (dB)", (np.inf, 30, 20, 10, 5, 0), np.inf, noisy),
        Factor("start", "Start", "query begins later (% of the clip)", (0, 1, 2.5, 5, 10, 20), 0, later),
        Factor("instrument", "Instrument", "kind of sound", tuple(range(len(TIMBRES))), REFERENCE, None),
    )
}
