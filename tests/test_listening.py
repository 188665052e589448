"""A recording of any length becomes points; what is no music is marked, what cannot be used is named."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
import soundfile
import sounds
import tiny
import torch
from support import ROOT

from songsim_lib import audio, cqt, decode
from songsim_lib.audio import AudioError
from songsim_lib.chain.memory import PeakMemory
from songsim_lib.composition.listening import LEAST_NOTE_DB, clearest_note_db, embed_file
from songsim_lib.composition.network import CompositionNet
from songsim_lib.config import AudioSpec
from songsim_lib.features import dequantise
from songsim_lib.models import Embedder
from songsim_lib.sources import tunebook

SPEC = AudioSpec()
RATE_HZ = SPEC.sample_rate_hz
COLUMN_S = cqt.HOP_LENGTH / RATE_HZ
CPU = torch.device("cpu")
COLOURS = {"white": 0.0, "pink": 0.5, "brown": 1.0}


class Witness(Embedder):
    """Hears what a network is given, and says the same to everything."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def features(self, x):
        raise NotImplementedError

    def forward(self, decibels):
        self.heard.append(decibels[:, 0].clone())
        return torch.ones(len(decibels), 1)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return CompositionNet((8, 8, 16, 16))


def noise(colour, seed, seconds=10.0, rate_hz=RATE_HZ):
    """Noise whose amplitude falls with frequency as its colour says [shape=(n,)]."""
    white = np.random.default_rng(seed).normal(size=round(seconds * rate_hz))
    hertz = np.fft.rfftfreq(len(white), 1 / rate_hz).clip(min=1)
    found = np.fft.irfft(np.fft.rfft(white) / hertz ** COLOURS[colour], len(white))
    return (0.1 * found / found.std()).astype(np.float32)


def song(seconds, rate_hz=RATE_HZ):
    """Eight notes [shape=(n,)], of exactly so many seconds."""
    return tiny.melody(1, seconds=seconds + 0.01, rate_hz=rate_hz)[: round(seconds * rate_hz)]


def written(path, samples, rate_hz=RATE_HZ, **how):
    soundfile.write(path, samples, rate_hz, **how)
    return path


def melody(path, seconds, rate_hz=RATE_HZ):
    return written(path, song(seconds, rate_hz), rate_hz)


@pytest.mark.parametrize(("seconds", "starts"), [
    (3.5, [0]), (10, [0]), (12, [0, 43]), (15, [0, 107]), (16, [0, 107]), (61, [*range(0, 1071, 107), 1098]),
    (62, [*range(0, 1071, 107), 1120])])
def test_windows_overlap_and_little_is_left_at_the_end(net, tmp_path, seconds, starts):
    points = embed_file(melody(tmp_path / "a.wav", seconds), net, SPEC, CPU)
    assert points.vectors.shape == (len(starts), 256) and points.vectors.dtype == np.float32
    assert np.linalg.norm(points.vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert points.starts_s == pytest.approx(np.array(starts) * COLUMN_S)
    assert points.valid.dtype == bool and points.valid.all()
    assert points.ends_s - points.starts_s == pytest.approx(min(seconds, (cqt.WINDOW - 1) * COLUMN_S), abs=COLUMN_S)


@pytest.mark.parametrize(("rate_hz", "seconds", "name"), [
    (22_050, 61, "a.wav"), (22_050, 477.7, "a.wav"), (44_100, 61.37, "a.flac"), (48_000, 23.777, "a.mp3"),
    (8_000, 11.3, "a.wav"), (44_100, 36, "a.m4a")])
def test_it_hears_what_one_hears_who_has_the_whole_recording_in_memory(tmp_path, rate_hz, seconds, name):
    sound = np.stack([song(seconds, rate_hz), noise("pink", 1, seconds, rate_hz)], axis=1)
    path = tmp_path / name
    if name.endswith("m4a"):
        sounds.encode(path, sound, "aac", rate_hz)
    else:
        written(path, sound, rate_hz)
    net, whole = Witness(), audio.load(path, SPEC, least_s=3)
    points = embed_file(path, net, SPEC, CPU)
    assert (points.starts_s / COLUMN_S).round().tolist() == cqt.starts(1 + len(whole) // cqt.HOP_LENGTH)
    heard, expected = torch.cat(net.heard).numpy(), dequantise(cqt.windows(whole, SPEC).astype(np.float32), cqt.SCALE)
    assert heard.shape == expected.shape
    assert np.abs(heard - expected).max() < 1.01 * cqt.TOP_DB / 255, "more than one step of a byte"


@pytest.mark.parametrize(("rate_hz", "seconds"), [(22_050, 7.3), (44_100, 7.30001), (48_000, 5.12345), (8_000, 9)])
def test_the_blocks_of_a_stream_make_up_the_recording(tmp_path, rate_hz, seconds):
    path = melody(tmp_path / "a.wav", seconds, rate_hz)
    blocks = list(audio.stream(path, SPEC))
    assert all(block.dtype == np.float32 for block in blocks)
    whole = audio.load(path, SPEC, least_s=3)
    assert np.concatenate(blocks).shape == whole.shape
    assert np.allclose(np.concatenate(blocks), whole, atol=1e-5)


@pytest.mark.parametrize("name", ["a.flac", "a.m4a"])
def test_of_a_stream_no_more_is_decoded_than_is_asked_for(tmp_path, name):
    if name.endswith("m4a"):
        sounds.encode(tmp_path / name, sounds.tone(20), "aac")
    else:
        written(tmp_path / name, sounds.tone(20), sounds.RATE_HZ)
    for seconds in (0.01, 4.0):
        blocks, rates = zip(*decode.stream(tmp_path / name, seconds), strict=True)
        assert set(rates) == {sounds.RATE_HZ} and sum(map(len, blocks)) == round(seconds * sounds.RATE_HZ)
        assert np.array_equal(np.concatenate(blocks), decode.read(tmp_path / name, seconds)[0])


def test_the_same_file_gives_the_same_points(net, tmp_path):
    path = melody(tmp_path / "a.wav", 23)
    first, again = (embed_file(path, net, SPEC, CPU) for _ in range(2))
    assert np.array_equal(first.vectors, again.vectors)


def test_a_recording_shorter_than_three_seconds_is_refused(net, tmp_path):
    with pytest.raises(AudioError, match=r"short\.wav: too short, 2\.0 s; needs 3 s"):
        embed_file(melody(tmp_path / "short.wav", 2), net, SPEC, CPU)


@pytest.mark.parametrize("what", sorted(set(sounds.BROKEN) - {"silence", "too short", "half of a streamed file"}))
def test_a_broken_file_is_named_with_its_reason(net, tmp_path, what):
    ending, make, reason = sounds.BROKEN[what]
    make(tmp_path / f"broken{ending}")
    with pytest.raises(AudioError, match=rf"/broken\{ending}: .*({reason})"):
        embed_file(tmp_path / f"broken{ending}", net, SPEC, CPU)


def test_a_file_that_is_not_there_is_named(net, tmp_path):
    with pytest.raises(AudioError, match=r"missing\.wav: no such file"):
        embed_file(tmp_path / "missing.wav", net, SPEC, CPU)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e20])
def test_a_damaged_sample_late_in_a_file_is_found(net, tmp_path, value):
    sound = song(40)
    sound[-5] = value
    path = written(tmp_path / "a.wav", sound, subtype="FLOAT")
    for read in (lambda: embed_file(path, net, SPEC, CPU), lambda: audio.load(path, SPEC)):
        with pytest.raises(AudioError, match=r"a\.wav: damaged, holds NaN, infinite or absurdly large samples"):
            read()


@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_of_a_file_that_was_cut_short_the_beginning_is_embedded(net, tmp_path, name):
    path = melody(tmp_path / name, 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    points = embed_file(path, net, SPEC, CPU)
    assert points.ends_s[-1] == pytest.approx(20, abs=0.1) and points.valid.all()


def test_what_libsndfile_cannot_decode_to_its_end_is_an_error_once_blocks_were_given(net, tmp_path):
    path = melody(tmp_path / "a.flac", 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"a\.flac: damaged after 1\d\.\d s"):
        embed_file(path, net, SPEC, CPU)
    assert len(decode.read(path, 600)[0]) > 15 * RATE_HZ, "FFmpeg reads what there is, from the beginning"


@pytest.mark.parametrize(("sound", "said"), [
    (np.zeros(25 * RATE_HZ), "is silent"), *((noise(colour, 0, 25), "holds no pitches") for colour in COLOURS)])
def test_silence_and_noise_are_embedded_marked_and_named(net, tmp_path, sound, said):
    path = written(tmp_path / "a.wav", sound)
    with pytest.warns(UserWarning, match=rf"a\.wav: {said}.*none of its 4 windows is valid"):
        points = embed_file(path, net, SPEC, CPU)
    assert np.isfinite(points.vectors).all() and not points.valid.any() and len(points.valid) == 4
    assert np.linalg.norm(points.vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_of_a_half_silent_recording_the_other_half_is_valid(net, tmp_path):
    sound = np.concatenate([song(20), np.zeros(20 * RATE_HZ)])
    with warnings.catch_warnings(action="error"):
        points = embed_file(written(tmp_path / "a.wav", sound), net, SPEC, CPU)
    assert points.valid.tolist() == [True] * 4 + [False] * 3 and np.isfinite(points.vectors).all()


@pytest.mark.parametrize("seconds", [3, 10])
def test_noise_holds_no_notes(seconds):
    sound = [noise(colour, seed, seconds) for colour in COLOURS for seed in range(1, 41)]
    found = [clearest_note_db(cqt.windows(one, SPEC)[0]) for one in sound]
    assert np.mean(np.array(found) < LEAST_NOTE_DB) > 0.99 and max(found) < 5


@pytest.mark.parametrize("midi", [36, 37, 60, 90, 107])
def test_a_tone_is_a_note_in_every_octave(midi):
    at_s = np.arange(10 * RATE_HZ) / RATE_HZ
    sound = 0.5 * np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * at_s).astype(np.float32)
    assert clearest_note_db(cqt.windows(sound, SPEC)[0]) > 30


def test_recordings_hold_notes():
    paths = tunebook.catalog().sample(60, random_state=0)["path"]
    windows = [levels for path in paths for levels in cqt.windows(audio.load(path, SPEC), SPEC)]
    found = np.array([clearest_note_db(levels) for levels in windows])
    assert len(found) >= 120 and found.min() > LEAST_NOTE_DB and np.quantile(found, 0.01) > 9


PROGRAM = """
import json, sys, time
import torch
from songsim_lib.composition.listening import embed_file
from songsim_lib.composition.network import CompositionNet
from songsim_lib.config import AudioSpec

torch.manual_seed(0)
net, began = CompositionNet((8, 8, 16, 16)), time.perf_counter()
points = embed_file(sys.argv[1], net, AudioSpec(), torch.device("cpu"))
print(json.dumps({"seconds": time.perf_counter() - began, "windows": len(points.vectors),
                  "valid": int(points.valid.sum()), "end_s": points.ends_s[-1]}))
"""


def embedded_alone(path, minutes):
    """Embed stereo music of so many minutes in a process of its own: what it found, and its peak memory in MB."""
    minute = np.stack([song(60, 44_100)] * 2, axis=1)
    with soundfile.SoundFile(path, "w", 44_100, 2) as file:
        for _ in range(minutes):
            file.write(minute)
    with PeakMemory(every_s=0.1) as watch:
        done = subprocess.run([sys.executable, "-c", PROGRAM, path], cwd=ROOT, text=True, capture_output=True,
                              timeout=3_600, check=True)
    return {**json.loads(done.stdout), "peak_mb": watch.peak_mb}


@pytest.mark.stress
@pytest.mark.parametrize("hours", [1, 3])
def test_hours_of_sound_take_as_little_memory_as_minutes(tmp_path, hours):
    short, long = (embedded_alone(tmp_path / f"{minutes}.flac", minutes) for minutes in (4, 60 * hours))
    print(short, long)
    assert long["windows"] == long["valid"] == 720 * hours - 1 and long["end_s"] == 3_600 * hours
    assert long["peak_mb"] - short["peak_mb"] < 200
