"""The study's positives: a clip as it would sound re-pitched, re-timed, louder, and through noise."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from audiomentations import AddGaussianNoise, AddGaussianSNR, Compose, Gain, PitchShift, TimeStretch
from audiomentations.core.transforms_interface import BaseWaveformTransform

from songsim_lib.config import AudioSpec


def transforms() -> dict[str, BaseWaveformTransform]:
    """Build the five augmentations of the study, in its order and with its probabilities (FACTS, section 1)."""
    return {
        "gaussian noise": AddGaussianNoise(min_amplitude=0.001, max_amplitude=0.015, p=0.5),
        "time stretch": TimeStretch(min_rate=0.8, max_rate=1.25, leave_length_unchanged=True, p=0.5),
        "pitch shift": PitchShift(min_semitones=-4, max_semitones=4, p=0.5),
        "gain": Gain(min_gain_db=-5, max_gain_db=5, p=1.0),
        "noise at 5-10 dB SNR": AddGaussianSNR(min_snr_db=5, max_snr_db=10, p=1.0),
    }


# What draws at random in audiomentations: it takes from the module `random`, as other threads do at any time.
_DRAWING = [module for name, module in list(sys.modules.items())
            if name.startswith("audiomentations.") and getattr(module, "random", None) is random]


@contextmanager
def seeded(seed: int) -> Iterator[random.Random]:
    """Make audiomentations repeatable: inside the block it draws from the generator that is given here.

    Whatever other threads draw then (those of a Dask worker do) changes nothing. Noise comes from NumPy's global
    generator, whose own state is put back afterwards; so one thread of a process may be inside.
    """
    own, numpy_state = random.Random(seed), np.random.get_state()
    np.random.seed(seed % 2**32)
    for module in _DRAWING:
        module.random = own  # type: ignore[attr-defined]
    try:
        yield own
    finally:
        for module in _DRAWING:
            module.random = random  # type: ignore[attr-defined]
        np.random.set_state(numpy_state)


def apply(transform: BaseWaveformTransform | Compose, window: np.ndarray, spec: AudioSpec, seed: int) -> np.ndarray:
    """Augment a window and keep the clip at its start.

    A stretch to 1.25 times the speed leaves 10 s of music in a 12.5 s window, so the clip has no dead tail.

    Parameters
    ----------
    window [shape=(spec.window_samples,)]

    Returns
    -------
    [shape=(spec.clip_samples,)], float32
    """
    with seeded(seed):
        changed = transform(samples=window.astype(np.float32), sample_rate=spec.sample_rate_hz)
    return changed[: spec.clip_samples]


def positive(window: np.ndarray, spec: AudioSpec, seed: int) -> np.ndarray:
    """Make the positive of the clip at the start of `window` with the study's whole chain.

    Parameters and result as in `apply`.
    """
    return apply(Compose(list(transforms().values())), window, spec, seed)


def describe() -> list[str]:
    """List the chain's settings in words that change when the chain changes."""
    return [f"{name}: {transform.__class__.__name__} {_settings(transform)}"
            for name, transform in transforms().items()]


def _settings(transform: BaseWaveformTransform) -> dict[str, object]:
    return {key: value for key, value in sorted(vars(transform).items())
            if isinstance(value, int | float | str) and key not in {"are_parameters_frozen"}}
