"""Pictures of sound have time in seconds, frequency in Hz and level in dB."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid

from songsim_lib.config import AudioSpec
from songsim_lib.plots import augmentation, signal

SPEC = AudioSpec()


@pytest.fixture
def level_db() -> np.ndarray:
    """A random spectrogram of a clip."""
    return np.random.default_rng(0).uniform(-80, 0, (SPEC.n_mels, SPEC.n_frames)).astype(np.float32)


def test_a_waveform_of_two_seconds_ends_at_two_seconds():
    ax = signal.waveform(np.zeros(2 * SPEC.sample_rate_hz), SPEC.sample_rate_hz).axes[0]
    assert ax.get_xlim() == (0, 2) and ax.get_xlabel() == "time (s)"


def test_a_log_mel_spectrogram_is_labelled_in_seconds_hertz_and_decibels(level_db):
    picture, bar = signal.mel_spec_example(level_db, SPEC).axes
    assert picture.get_xlabel() == "time (s)" and "Hz" in picture.get_ylabel() and "dB" in bar.get_ylabel()
    assert picture.images[0].get_clim() == (-80, 0)
    assert picture.get_xlim()[1] == pytest.approx(SPEC.n_frames * SPEC.hop_length / SPEC.sample_rate_hz)


def test_a_tone_lies_at_its_label_on_the_mel_axis():
    from songsim_lib import features

    tone = np.sin(2 * np.pi * 1024 * np.arange(SPEC.sample_rate_hz) / SPEC.sample_rate_hz).astype(np.float32)
    loudest = features.log_mel(tone, SPEC).mean(axis=1).argmax()
    bands, labels = signal.mel_ticks(SPEC)
    assert abs(bands[labels.index("1,024")] - loudest) < 1


def test_labels_of_the_mel_axis_do_not_crowd():
    bands, labels = signal.mel_ticks(SPEC)
    assert np.diff(np.sort(bands)).min() > 0.07 * SPEC.n_mels and len(labels) >= 5


def test_the_mel_curve_rises_from_nothing_to_the_whole_axis():
    for line in signal.hz_to_mel(SPEC).axes[0].lines[:2]:
        share = line.get_ydata()
        assert share[0] == 0 and share[-1] == pytest.approx(100) and (np.diff(share) > 0).all()


def test_every_drawn_mel_filter_has_area_one():
    for line in signal.mel_filters(SPEC).axes[0].lines[3:]:  # in the bass, steps of 11 Hz are too coarse to add up
        assert trapezoid(line.get_ydata(), line.get_xdata()) == pytest.approx(1, abs=0.1)


def test_the_quantisation_figure_counts_every_cell(level_db):
    error = np.random.default_rng(1).uniform(-0.1, 0.1, level_db.shape)
    ax = signal.quantisation(error, 80 / 255).axes[0]
    assert sum(bar.get_height() for bar in ax.patches) == error.size and "dB" in ax.get_xlabel()


@pytest.mark.parametrize("pictures, columns", [(1, 1), (1, 2), (3, 2), (3, 1), (8, 2)])
def test_every_spectrogram_stands_under_its_name_on_one_colour_scale(level_db, pictures, columns):
    figure = augmentation.spectrograms({f"number {k}": level_db for k in range(pictures)}, SPEC, columns)
    shown = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title(loc="left") for ax in shown] == [f"number {k}" for k in range(pictures)]
    assert {ax.images[0].get_clim() for ax in shown} == {(-80, 0)}


def test_a_dead_tail_is_measured_in_seconds():
    clip = np.ones(3 * SPEC.sample_rate_hz)
    clip[2 * SPEC.sample_rate_hz :] = 0
    assert augmentation.silent_tail_s(clip, SPEC.sample_rate_hz) == pytest.approx(1)
    assert augmentation.silent_tail_s(np.ones(100), SPEC.sample_rate_hz) == 0
    assert augmentation.silent_tail_s(np.zeros(SPEC.sample_rate_hz), SPEC.sample_rate_hz) == 1
    titles = [ax.get_title(loc="left") for ax in augmentation.dead_tails({"dead": clip}, SPEC.sample_rate_hz).axes]
    assert titles == ["dead: 1.00 s of zeros at the end"]


@pytest.mark.parametrize("margin", [0.2, 1.0])
def test_hard_semi_hard_and_easy_negatives_add_up_and_lie_where_they_belong(margin):
    rng = np.random.default_rng(2)
    d_positive, d_negative = rng.uniform(0, 2, 500), rng.uniform(0, 2, 500)
    ax = augmentation.negative_difficulty(d_positive, d_negative, margin).axes[0]
    bars = {kind: [bar for bar in group if bar.get_height()] for kind, group in
            zip(augmentation.COLOURS, ax.containers, strict=True)}
    gap = d_negative - d_positive
    assert sum(bar.get_height() for group in bars.values() for bar in group) == 500
    assert sum(bar.get_height() for bar in bars["easy"]) == (gap >= margin).sum()
    assert max(bar.get_x() + bar.get_width() for bar in bars["hard"]) < 1e-9
    assert min(bar.get_x() for bar in bars["easy"]) > margin - 1e-9
