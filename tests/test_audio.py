"""Any file becomes a clip, or an error that names it."""

import tracemalloc

import numpy as np
import pytest
import soundfile
import sounds

from songsim_lib import audio, decode
from songsim_lib.audio import AudioError
from songsim_lib.config import AudioSpec

SPEC = AudioSpec()


@pytest.mark.parametrize(("name", "rate_hz"), [("a.wav", 8_000), ("a.flac", 48_000), ("a.mp3", 44_100),
                                               ("a.ogg", 22_050)])
def test_every_format_and_rate_arrives_mono_at_the_study_s_rate(tmp_path, name, rate_hz):
    soundfile.write(tmp_path / name, sounds.tone(13, rate_hz, channels=2), rate_hz)
    samples = audio.load(tmp_path / name, SPEC)
    assert samples.ndim == 1 and samples.dtype == np.float32
    assert abs(len(samples) / SPEC.sample_rate_hz - 13) < 0.06
    spectrum = np.abs(np.fft.rfft(samples[: 10 * SPEC.sample_rate_hz]))
    assert abs(np.argmax(spectrum) / 10 - 440) < 1, "the pitch changed"


@pytest.mark.parametrize(("name", "codec", "kind"), [("a.m4a", "aac", None), ("a.aac", "aac", "adts"),
                                                     ("a.mp4", "aac", None), ("a.m4a", "alac", None),
                                                     ("a.wma", "wmav2", "asf")])
def test_what_libsndfile_does_not_read_is_read_all_the_same(tmp_path, name, codec, kind):
    left_and_right = sounds.tone(13, channels=2) * [0.5, 1.5]
    samples = audio.load(sounds.encode(tmp_path / name, left_and_right, codec, kind=kind), SPEC)
    assert samples.dtype == np.float32 and abs(len(samples) / SPEC.sample_rate_hz - 13) < 0.06
    middle = samples[SPEC.sample_rate_hz : 11 * SPEC.sample_rate_hz]
    spectrum = np.abs(np.fft.rfft(middle))
    assert abs(np.argmax(spectrum) / 10 - 440) < 1, "the pitch changed"
    assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.5, rel=0.05), "the mean of both channels"


@pytest.mark.parametrize(("made", "called"), [("a.m4a", "a.mp3"), ("a.m4a", "a.wav"), ("a.wav", "a.m4a"),
                                              ("a.mp3", "a.flac"), ("a.flac", "a.aac")])
def test_the_content_decides_what_a_file_is_and_not_its_name(tmp_path, made, called):
    if made.endswith("m4a"):
        sounds.encode(tmp_path / made, sounds.tone(13), "aac")
    else:
        soundfile.write(tmp_path / made, sounds.tone(13), sounds.RATE_HZ)
    (tmp_path / made).rename(tmp_path / called)
    assert abs(len(audio.load(tmp_path / called, SPEC)) / SPEC.sample_rate_hz - 13) < 0.06


@pytest.mark.parametrize("what", sounds.BROKEN)
def test_a_broken_file_is_named_with_its_reason(tmp_path, what):
    ending, make, reason = sounds.BROKEN[what]
    make(tmp_path / f"broken{ending}")
    with pytest.raises(AudioError, match=rf"/broken\{ending}: .*({reason})"):
        audio.load(tmp_path / f"broken{ending}", SPEC)


def test_a_file_that_is_not_there_or_may_not_be_read_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"missing\.wav: no such file"):
        audio.load(tmp_path / "missing.wav", SPEC)
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(AudioError, match=r"folder\.wav: no such file"):
        audio.load(tmp_path / "folder.wav", SPEC)


def test_a_file_that_vanishes_while_it_is_read_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"gone\.mp3: not readable as audio \(No such file"):
        decode.read(tmp_path / "gone.mp3", 600)


@pytest.mark.parametrize("text", ["ffconcat version 1.0\nfile private.aac\n",
                                  "#EXTM3U\n#EXT-X-TARGETDURATION:13\n#EXTINF:13,\nprivate.aac\n#EXT-X-ENDLIST\n"])
@pytest.mark.parametrize("name", ["list.mp3", "list.m4a"])
def test_a_list_of_files_called_sound_does_not_lead_to_them(tmp_path, name, text):
    sounds.encode(tmp_path / "private.aac", sounds.tone(13), "aac", kind="adts")
    (tmp_path / name).write_text(text)
    with pytest.raises(AudioError, match="not readable"):
        audio.load(tmp_path / name, SPEC)


def test_a_damaged_place_costs_that_place_alone(tmp_path):
    path = sounds.encode(tmp_path / "a.m4a", sounds.tone(20), "aac")
    whole = bytearray(path.read_bytes())
    whole[100_000:100_200] = np.random.default_rng(1).bytes(200)
    path.write_bytes(whole)
    assert len(audio.load(path, SPEC)) > 19 * SPEC.sample_rate_hz


@pytest.mark.parametrize("name", ["a.flac", "a.m4a"])
def test_of_a_long_recording_the_beginning_is_read(tmp_path, name):
    sound = np.concatenate([sounds.tone(14), sounds.tone(6, hertz=880)])
    if name.endswith("m4a"):
        sounds.encode(tmp_path / name, sound, "aac")
    else:
        soundfile.write(tmp_path / name, sound, sounds.RATE_HZ)
    whole, part = (audio.load(tmp_path / name, SPEC, longest_s=seconds) for seconds in (600, 13))
    assert len(whole) > 19 * SPEC.sample_rate_hz and len(part) == 13 * SPEC.sample_rate_hz
    assert np.allclose(part[: 12 * SPEC.sample_rate_hz], whole[: 12 * SPEC.sample_rate_hz], atol=1e-5)


def test_a_recording_of_three_hours_does_not_fill_the_memory(tmp_path):
    n = 3 * 3_600 * 8_000
    with (tmp_path / "long.wav").open("wb") as file:  # zeros of unsigned 8 bits are full scale below 0, not silence
        file.write(sounds.wav_header(1, 8_000, n))
        file.truncate(44 + n)
    tracemalloc.start()
    samples = audio.load(tmp_path / "long.wav", SPEC)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(samples) == audio.LONGEST_S * SPEC.sample_rate_hz
    assert peak < 250e6, f"{peak / 1e6:.0f} MB"


def test_no_more_of_a_long_m4a_is_decoded_than_is_asked_for(tmp_path):
    path = sounds.encode(tmp_path / "long.m4a", sounds.tone(120), "aac")
    decode.read(path, 1)  # what is imported is not counted
    tracemalloc.start()
    samples, _ = decode.read(path, 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * samples.nbytes, f"{peak / 1e6:.1f} MB"


def test_windows_are_random_but_repeatable():
    samples = np.arange(30 * SPEC.sample_rate_hz, dtype=np.float32)
    first, again, other = (audio.window(samples, SPEC, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert len(first) == SPEC.window_samples
    assert np.array_equal(first, again) and not np.array_equal(first, other)
