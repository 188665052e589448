"""One recording is recognised through noise, coding and cuts; another performance of the same music is not it."""

import numpy as np
import pytest
from made import RATE_HZ, SPEC, as_mp3, noise, noisy
from scipy import signal

from songsim_lib.compare import fingerprint, witnesses
from songsim_lib.compare.landmarks import SAME, landmarks, overlay
from songsim_lib.models import StudyCNN

CUT_S = 3.333
BAND = signal.butter(2, [400, 2_500], "bandpass", fs=RATE_HZ)


def cut(samples):
    return samples[round(CUT_S * RATE_HZ) :]


CHANGES = {
    "10 dB of noise": lambda x: noisy(x, 10),
    "5 dB of noise": lambda x: noisy(x, 5),
    "MP3": as_mp3,
    "a hundredth as loud": lambda x: 0.01 * x,
    "band-pass": lambda x: signal.lfilter(*BAND, x).astype(np.float32),
    "cut": cut,
    "cut, noise and MP3": lambda x: as_mp3(noisy(cut(x), 5)),
}


@pytest.fixture(scope="module")
def points(sounds):
    return [landmarks(samples, RATE_HZ) for samples in sounds]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_the_same_recording(sounds, points, change):
    for number in (0, 2, 4, 6):
        share, offset_s = overlay(points[number], landmarks(CHANGES[change](sounds[number]), RATE_HZ))
        assert share >= SAME and offset_s == pytest.approx(-CUT_S if "cut" in change else 0, abs=0.06)


def test_other_performances_and_other_works_are_not(points):
    shares = [overlay(points[i], points[j])[0] for i in range(0, 20, 2) for j in (i + 1, (i + 3) % 20)]
    assert max(shares) < 0.8 * SAME


def test_a_copy_inside_other_music_has_its_place(sounds, points):
    longer = np.concatenate([sounds[2], sounds[0], sounds[4]])
    share, offset_s = overlay(points[0], landmarks(longer, RATE_HZ))
    assert share > 2 * SAME and offset_s == pytest.approx(len(sounds[2]) / RATE_HZ, abs=0.06)


def test_noises_and_silence_are_not_the_same():
    one, other, none = (landmarks(x, RATE_HZ) for x in (noise(0, 12), noise(1, 12), np.zeros(12 * RATE_HZ, np.float32)))
    assert overlay(one, one)[0] == pytest.approx(1) and overlay(one, other)[0] < SAME
    assert overlay(none, none)[0] == overlay(one, none)[0] == 0


def test_the_witness_gives_an_offset_only_for_the_same_recording(sounds):
    same = witnesses.recording(cut(sounds[0]), sounds[0], SPEC)
    assert same.same and same.offset_s == pytest.approx(CUT_S, abs=0.06)
    other = witnesses.recording(sounds[2], sounds[0], SPEC)
    assert not other.same and other.offset_s is None


def test_a_network_of_the_study_can_take_the_landmarks_place(sounds):
    net = StudyCNN(dropout=0.0)
    same = fingerprint.recording(sounds[0], sounds[0][:150_000], SPEC, net)
    assert same.heard_by == "network" and same.same is None and -1 <= same.similarity <= 1
    itself = fingerprint.recording(sounds[0], sounds[0], SPEC, net, same_from=0.99)
    assert itself.same and itself.similarity == pytest.approx(1, abs=1e-2)
