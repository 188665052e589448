"""Chroma hears pitch classes, whatever the octave, the loudness or the tuning."""

import numpy as np
import pytest

from songsim_lib.chroma import FRAME_S, chroma
from songsim_lib.config import AudioSpec

SPEC = AudioSpec()
TUNE = (72, 76, 79, 77, 74, 71, 72, 67)


def play(pitches, seconds=4.0):
    """Notes one after the other, MIDI numbers, of four harmonics each."""
    time = np.arange(round(seconds / len(pitches) * SPEC.sample_rate_hz)) / SPEC.sample_rate_hz
    notes = [sum(np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * k * time) / k**2 for k in (1, 2, 3, 4))
             for pitch in pitches]
    return (0.2 * np.concatenate(notes)).astype(np.float32)


def alike(a, b):
    """Mean cosine of columns, which have unit length but for the median."""
    return float(((a * b).sum(axis=0) / np.linalg.norm(a, axis=0) / np.linalg.norm(b, axis=0)).mean())


def test_every_pitch_class_is_heard_where_it_belongs_in_any_octave():
    for pitch in (*range(60, 72), 57, 81):
        assert chroma(play([pitch], 1.0), SPEC).mean(axis=1).argmax() == pitch % 12


def test_a_transposed_tune_has_rolled_chroma():
    original = chroma(play(TUNE), SPEC)
    higher = chroma(play([pitch + 3 for pitch in TUNE]), SPEC)
    assert alike(np.roll(original, 3, axis=0), higher) > 0.95
    assert alike(original, higher) < 0.8


@pytest.mark.parametrize("cents", [-35, 30, 40])
def test_an_orchestra_that_tunes_elsewhere_is_heard_alike(cents):
    detuned = chroma(play([pitch + cents / 100 for pitch in TUNE]), SPEC)
    assert alike(chroma(play(TUNE), SPEC), detuned) > 0.98


def test_loudness_does_not_matter():
    sound = play(TUNE)
    assert np.allclose(chroma(sound, SPEC), chroma(0.1 * sound, SPEC), atol=0.01)


def test_the_frame_rate_is_what_its_constant_says():
    for seconds in (1.0, 4.0, 10.0):
        found = chroma(play(TUNE, seconds), SPEC)
        assert found.dtype == np.float32 and found.shape[0] == 12
        assert abs(found.shape[1] - seconds / FRAME_S) <= 1


def test_silence_is_zero_not_noise():
    assert not chroma(np.zeros(22_050, np.float32), SPEC).any()
    half = chroma(np.concatenate([play(TUNE, 2.0), np.zeros(44_100, np.float32)]), SPEC)
    assert np.isfinite(half).all() and half[:, :10].any(axis=0).all() and not half[:, -5:].any()


def test_sound_that_gives_no_chroma_is_named():
    with pytest.raises(ValueError, match=r"shape \(100,\)"):
        chroma(np.ones(100, np.float32), SPEC)
    with pytest.raises(ValueError, match=r"shape \(2, 22050\)"):
        chroma(np.ones((2, 22_050), np.float32), SPEC)
    broken = play(TUNE)
    broken[5] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        chroma(broken, SPEC)
