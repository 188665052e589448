"""The constant-Q spectrogram: a key is a place in it, and both ways to compute it agree."""

import numpy as np
import pytest
import torch

from songsim_lib import audio, cqt
from songsim_lib.config import AudioSpec
from songsim_lib.sources import tunebook

SPEC = AudioSpec()


def tone(midi, seconds=3.0):
    at_s = np.arange(round(seconds * SPEC.sample_rate_hz)) / SPEC.sample_rate_hz
    return (0.5 * np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * at_s)).astype(np.float32)


@pytest.fixture(scope="module")
def clips():
    paths = tunebook.catalog().drop_duplicates("repertoire")["path"]
    return np.stack([audio.load(path, SPEC)[: SPEC.clip_samples] for path in paths])


@pytest.mark.parametrize("midi", [40, 57, 69, 93])
def test_a_tone_is_one_row_and_a_semitone_higher_the_next(midi):
    for shift in (0, 1, 12):
        drawn = cqt.cqt(tone(midi + shift), SPEC)
        assert drawn.shape == (cqt.SEMITONES, 1 + round(3.0 * SPEC.sample_rate_hz) // cqt.HOP_LENGTH)
        assert drawn[:, 20:40].mean(axis=1).argmax() == midi + shift - cqt.LOWEST_MIDI


def test_both_ways_agree_as_stated_on_real_clips(clips):
    one_by_one = np.stack([cqt.cqt(clip, SPEC) for clip in clips])
    at_once = cqt.batch(torch.from_numpy(clips), SPEC).numpy()
    assert at_once.shape == one_by_one.shape
    heard = one_by_one > -40
    apart = np.abs(at_once - one_by_one)[heard]
    assert heard.mean() > 0.2 and np.quantile(apart, 0.99) < 1


def test_it_lies_between_the_loudest_and_the_floor(clips):
    for drawn in (cqt.cqt(clips[0], SPEC), cqt.batch(torch.from_numpy(clips[:1]), SPEC).numpy()[0]):
        assert drawn.dtype == np.float32 and drawn.max() == pytest.approx(0, abs=1e-4) and drawn.min() >= -cqt.TOP_DB


def test_silence_is_the_floor_and_never_nan():
    silent = np.zeros(SPEC.clip_samples, dtype=np.float32)
    assert (cqt.cqt(silent, SPEC) == -cqt.TOP_DB).all()
    assert (cqt.batch(torch.from_numpy(silent[None]), SPEC) == -cqt.TOP_DB).all()


@pytest.mark.parametrize(("samples", "said"), [
    (np.zeros(1_000, np.float32), "takes a second"), (np.zeros((2, 44_100), np.float32), "mono"),
    (np.full(44_100, np.nan, np.float32), "NaN")])
def test_what_cannot_be_drawn_is_refused(samples, said):
    with pytest.raises(ValueError, match=said):
        cqt.cqt(samples, SPEC)
