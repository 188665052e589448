"""What systems hear: the same windows as the store, read once, and a batch that goes on without a bad file."""

import numpy as np
import pytest
import soundfile
import tiny

from songsim_lib import audio, excerpts, features
from songsim_lib.excerpts import Excerpts

RATE = tiny.SPEC.sample_rate_hz


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    table = tiny.recordings(folder, n=4, works=2)
    soundfile.write(folder / "t03.wav", tiny.melody(3, seconds=3.3), RATE)
    return table


def test_a_long_recording_has_several_windows_and_a_short_one_has_one(songs, tmp_path):
    found, failed = excerpts.prepare(songs, tiny.SPEC, 60.0, tmp_path, workers=1)
    assert failed == {} and len(found) == 4
    assert found.owner.tolist() == [0, 1, 2, 3, 3, 3]
    assert found.windows.shape == (6, tiny.SPEC.n_mels, tiny.SPEC.n_frames) and found.windows.dtype == np.uint8
    assert all(chroma.shape[0] == 12 and np.isfinite(chroma).all() for chroma in found.chroma)
    assert found.chroma[3].shape[1] > found.chroma[0].shape[1]


def test_a_window_is_the_log_mel_of_its_second_of_sound(songs, tmp_path):
    found, _ = excerpts.prepare(songs, tiny.SPEC, 60.0, tmp_path, workers=1)
    samples = audio.load(songs["path"][3], tiny.SPEC)
    clip = samples[tiny.SPEC.clip_samples : 2 * tiny.SPEC.clip_samples]
    assert np.array_equal(found.windows[4], features.quantise(features.log_mel(clip, tiny.SPEC), tiny.SPEC))


def test_only_the_seconds_asked_for_are_heard(songs, tmp_path):
    found, _ = excerpts.prepare(songs, tiny.SPEC, 1.0, tmp_path, workers=1)
    assert found.owner.tolist() == [0, 1, 2, 3]
    assert len({chroma.shape for chroma in found.chroma}) == 1


def test_what_was_heard_is_read_and_not_heard_again(songs, tmp_path, monkeypatch):
    first, _ = excerpts.prepare(songs, tiny.SPEC, 2.0, tmp_path, workers=1)
    monkeypatch.setattr(excerpts, "analyse", lambda *_: pytest.fail("analysed again"))
    again, _ = excerpts.prepare(songs, tiny.SPEC, 2.0, tmp_path, workers=1)
    assert np.array_equal(first.windows, again.windows)
    assert all(np.array_equal(a, b) for a, b in zip(first.chroma, again.chroma, strict=True))
    with pytest.raises(pytest.fail.Exception, match="analysed again"):
        excerpts.prepare(songs, tiny.SPEC, 3.0, tmp_path, workers=1)


@pytest.mark.parametrize("left", [0, 40])
def test_a_damaged_file_in_the_cache_is_made_anew(left, songs, tmp_path):
    first, _ = excerpts.prepare(songs, tiny.SPEC, 2.0, tmp_path, workers=1)
    damaged = sorted(tmp_path.glob("*.npz"))[0]
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:left])
    again, failed = excerpts.prepare(songs, tiny.SPEC, 2.0, tmp_path, workers=1)
    assert failed == {} and np.array_equal(first.windows, again.windows)
    assert all(np.array_equal(a, b) for a, b in zip(first.chroma, again.chroma, strict=True))
    assert len(damaged.read_bytes()) == len(whole)


def test_parallel_and_serial_hear_the_same(songs, tmp_path):
    serial, _ = excerpts.prepare(songs, tiny.SPEC, 2.0, tmp_path / "a", workers=1)
    parallel, _ = excerpts.prepare(songs, tiny.SPEC, 2.0, tmp_path / "b", workers=2)
    assert np.array_equal(serial.windows, parallel.windows)
    clips = [audio.load(path, tiny.SPEC)[: 2 * tiny.SPEC.clip_samples] for path in songs["path"]]
    assert np.array_equal(excerpts.of_samples(clips, tiny.SPEC, workers=1).windows, serial.windows)


def test_a_bad_file_is_named_and_the_rest_goes_on(songs, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"RIFF no sound")
    soundfile.write(tmp_path / "short.wav", tiny.melody(0, seconds=0.5), RATE)
    table = songs.copy()
    table.loc[1, "path"], table.loc[2, "path"] = str(tmp_path / "bad.wav"), str(tmp_path / "short.wav")
    found, failed = excerpts.prepare(table, tiny.SPEC, 60.0, tmp_path / "cache", workers=1)
    assert len(found) == 2 and set(failed) == {"t01", "t02"}
    assert "bad.wav" in failed["t01"] and "too short, 0.5 s; needs 1.0 s" in failed["t02"]


def test_when_nothing_can_be_heard_the_first_reason_is_told(songs, tmp_path):
    table = songs.assign(path=[str(tmp_path / f"absent{i}.wav") for i in range(4)])
    with pytest.raises(audio.AudioError, match=r"none of the 4 recordings could be used.*absent0\.wav"):
        excerpts.prepare(table, tiny.SPEC, 60.0, tmp_path / "cache", workers=1)


def test_analyses_are_put_together_in_order():
    made = Excerpts.of([(np.full((k, 2, 3), k, np.uint8), np.zeros((12, k), np.float32),
                         np.zeros((k + 1, 72, 3), np.uint8)) for k in (1, 3, 2)])
    assert len(made) == 3 and made.owner.tolist() == [0, 1, 1, 1, 2, 2]
    assert [len(one) for one in made.constant_q] == [2, 4, 3]
    assert made.windows[:, 0, 0].tolist() == [1, 3, 3, 3, 2, 2]
