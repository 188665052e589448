"""Any file becomes a clip, or an error that names it."""

import numpy as np
import pytest
import soundfile

from songsim_lib import audio
from songsim_lib.audio import AudioError
from songsim_lib.config import AudioSpec

SPEC = AudioSpec()


def tone(seconds: float, rate_hz: int, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate_hz)) / rate_hz)


@pytest.mark.parametrize(("name", "rate_hz"), [("a.wav", 8_000), ("a.flac", 48_000), ("a.mp3", 44_100),
                                               ("a.ogg", 22_050)])
def test_every_format_and_rate_arrives_mono_at_the_study_s_rate(tmp_path, name, rate_hz):
    stereo = np.stack([tone(13, rate_hz), tone(13, rate_hz)], axis=1)
    soundfile.write(tmp_path / name, stereo, rate_hz)
    samples = audio.load(tmp_path / name, SPEC)
    assert samples.ndim == 1 and samples.dtype == np.float32
    assert abs(len(samples) / SPEC.sample_rate_hz - 13) < 0.06
    spectrum = np.abs(np.fft.rfft(samples[: 10 * SPEC.sample_rate_hz]))
    assert abs(np.argmax(spectrum) / 10 - 440) < 1, "the pitch changed"


def bad_files(folder):
    soundfile.write(folder / "silent.wav", np.zeros(13 * 8_000), 8_000)
    soundfile.write(folder / "short.wav", tone(5, 8_000), 8_000)
    soundfile.write(folder / "empty.wav", np.zeros(0), 8_000)
    soundfile.write(folder / "nan.wav", np.full(13 * 8_000, np.nan, dtype="float32"), 8_000, subtype="FLOAT")
    (folder / "text.mp3").write_text("this is not music\n" * 100)
    (folder / "zero.ogg").write_bytes(b"")
    return {"silent.wav": "silent", "short.wav": "too short", "empty.wav": "empty", "nan.wav": "NaN",
            "text.mp3": "not readable", "zero.ogg": "not readable", "missing.wav": "no such file"}


def test_a_bad_file_is_named_with_its_reason(tmp_path):
    for name, reason in bad_files(tmp_path).items():
        with pytest.raises(AudioError, match=reason) as error:
            audio.load(tmp_path / name, SPEC)
        assert name in str(error.value)


def test_windows_are_random_but_repeatable():
    samples = np.arange(30 * SPEC.sample_rate_hz, dtype=np.float32)
    first, again, other = (audio.window(samples, SPEC, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert len(first) == SPEC.window_samples
    assert np.array_equal(first, again) and not np.array_equal(first, other)
