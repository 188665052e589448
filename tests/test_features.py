"""Augmentations and log-mel spectrograms, as the study made them but without its traps."""

import random
import threading

import librosa
import numpy as np
import pytest

from songsim_lib import augment, features
from songsim_lib.config import AudioSpec

SPEC = AudioSpec()


@pytest.fixture(scope="module")
def window() -> np.ndarray:
    """12.5 s of four harmonics with a beat: enough like music to stretch and shift."""
    time = np.arange(SPEC.window_samples) / SPEC.sample_rate_hz
    tone = sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 5))
    return (0.2 * tone * (1 + 0.5 * np.sin(2 * np.pi * 2 * time))).astype(np.float32)


def test_log_mel_is_librosa_s_with_its_defaults(window):
    clip = window[: SPEC.clip_samples]
    expected = librosa.power_to_db(librosa.feature.melspectrogram(y=clip, sr=22_050), ref=np.max)
    found = features.log_mel(clip, SPEC)
    assert found.shape == (128, 431)
    assert np.array_equal(found, expected)


def test_one_byte_costs_at_most_a_sixth_of_a_decibel(window):
    decibels = features.log_mel(window[: SPEC.clip_samples], SPEC)
    levels = features.quantise(decibels, SPEC)
    assert levels.dtype == np.uint8 and levels.nbytes <= 60_000
    back = features.dequantise(levels.astype(np.float32), SPEC)
    assert np.abs(back - decibels).max() <= 80 / 255 / 2 + 1e-4


def test_the_same_seed_gives_the_same_positive_and_another_seed_another(window):
    first, again, other = (augment.positive(window, SPEC, seed) for seed in (1, 1, 2))
    assert first.shape == (SPEC.clip_samples,)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_augmenting_leaves_everybody_else_s_random_numbers_alone(window):
    random.seed(0)
    np.random.seed(0)
    expected = (random.random(), np.random.rand())
    random.seed(0)
    np.random.seed(0)
    augment.positive(window, SPEC, 7)
    assert (random.random(), np.random.rand()) == expected


def test_no_positive_has_a_dead_tail(window):
    """The study stretched 10 s in place: at a rate of 1.25 its positives ended in 2 s of zeros."""
    stretch = augment.transforms()["time stretch"]
    stretch.p, stretch.min_rate, stretch.max_rate = 1.0, 1.25, 1.25
    ours = augment.apply(stretch, window, SPEC, 0)
    clip = window[: SPEC.clip_samples]
    theirs = stretch(samples=clip, sample_rate=SPEC.sample_rate_hz)
    tail = SPEC.sample_rate_hz // 2
    assert np.abs(theirs[-tail:]).max() < 1e-6, "the trap this test guards against is gone"
    assert np.sqrt(np.mean(ours[-tail:] ** 2)) > 0.5 * np.sqrt(np.mean(ours**2))


@pytest.mark.parametrize("seed", range(12))
def test_positives_are_as_loud_at_the_end_as_in_the_middle(window, seed):
    positive = augment.positive(window, SPEC, seed)
    second = SPEC.sample_rate_hz
    rms = [np.sqrt(np.mean(part**2)) for part in (positive[4 * second : 6 * second], positive[-second // 2 :])]
    assert rms[1] > 0.5 * rms[0]


def test_the_chain_is_the_study_s():
    chain = augment.transforms()
    limits = {name: {k: v for k, v in vars(t).items() if k.startswith(("min", "max")) or k == "p"}
              for name, t in chain.items()}
    assert list(limits.values()) == [
        {"p": 0.5, "min_amplitude": 0.001, "max_amplitude": 0.015},
        {"p": 0.5, "min_rate": 0.8, "max_rate": 1.25},
        {"p": 0.5, "min_semitones": -4, "max_semitones": 4},
        {"p": 1.0, "min_gain_db": -5, "max_gain_db": 5},
        {"p": 1.0, "min_snr_db": 5, "max_snr_db": 10},
    ]


def test_another_thread_that_draws_at_random_changes_no_positive(window):
    """A worker of a cluster has such threads."""
    alone = [augment.positive(window, SPEC, seed) for seed in range(4)]
    done = threading.Event()

    def draw():
        while not done.wait(1e-4):
            random.random()

    thread = threading.Thread(target=draw)
    thread.start()
    try:
        beside = [augment.positive(window, SPEC, seed) for seed in range(4)]
    finally:
        done.set()
        thread.join()
    assert np.array_equal(alone, beside)
