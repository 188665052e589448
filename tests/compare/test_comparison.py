"""Two files in, one comparison out, whatever the files are."""

import json
import math

import librosa
import numpy as np
import pytest
import soundfile
import sounds as files
import torch
from made import RATE_HZ, SPEC, as_mp3, noise, tune

from songsim_lib import text
from songsim_lib.audio import AudioError
from songsim_lib.compare import sound, wording
from songsim_lib.compare.comparison import compare
from songsim_lib.composition.listening import embed_file
from songsim_lib.composition.network import CompositionNet

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return CompositionNet((8, 8, 16, 16))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("songs")
    soundfile.write(place / "a.wav", tune(0, 14), RATE_HZ)
    soundfile.write(place / "b.wav", np.concatenate([tune(1, 4), tune(0, 9, 3, 1.2)]), RATE_HZ)
    return place


@pytest.fixture(scope="module")
def found(folder, net):
    return compare(folder / "a.wav", folder / "b.wav", net=net, device=CPU)


def test_the_comparison_says_key_tempo_and_where(found):
    assert found.semitones == 3 and found.tempo_ratio == pytest.approx(1.2, rel=0.06)
    assert found.b.duration_s == pytest.approx(11.5, abs=0.01) and not found.recording.same
    line = found.one_line()
    assert "\n" not in line and line.startswith("a.wav and b.wav: undecided; 0:0") and "3 semitones higher" in line
    assert -1 <= found.composition.similarity <= 1 and found.alignment.similarity > 1


def test_the_nearest_windows_come_first_and_lie_inside_the_recordings(found):
    cosines = [pair.cosine for pair in found.composition.windows]
    assert cosines and cosines == sorted(cosines, reverse=True)
    assert all(0 <= pair.start_b_s < pair.end_b_s <= 11.6 for pair in found.composition.windows)


def test_a_sound_that_was_read_is_heard_as_its_file_is(folder, net):
    again, file = sound.points(sound.hear(folder / "a.wav", SPEC), net, CPU), embed_file(folder / "a.wav", net, SPEC)
    assert again.vectors == pytest.approx(file.vectors, abs=1e-4) and (again.valid == file.valid).all()
    assert again.starts_s == pytest.approx(file.starts_s) and again.ends_s == pytest.approx(file.ends_s)


def leaves(value):
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from leaves(item)
    else:
        yield value


def test_json_holds_plain_finite_values_in_a_fixed_order(found):
    told = found.as_dict()
    assert json.loads(found.to_json()) == told
    assert list(told) == ["schema", "a", "b", "semitones", "tempo_ratio", "passages", "composition", "alignment",
                          "recording", "calibrated", "answer", "verdict"]
    assert all(type(leaf) in (str, int, float, bool, type(None)) for leaf in leaves(told))
    assert all(math.isfinite(leaf) for leaf in leaves(told) if isinstance(leaf, float))


def test_it_is_deterministic_and_symmetric(folder, net, found):
    assert compare(folder / "a.wav", folder / "b.wav", net=net, device=CPU).to_json() == found.to_json()
    back = compare(folder / "b.wav", folder / "a.wav", net=net, device=CPU)
    assert back.passages == tuple(passage.mirrored() for passage in found.passages)
    assert (back.a, back.b, back.semitones) == (found.b, found.a, -found.semitones)
    for witness in ("composition", "alignment", "recording"):
        assert getattr(back, witness).similarity == pytest.approx(getattr(found, witness).similarity, abs=1e-5)


def test_a_file_and_itself_or_its_mp3_are_the_same_recording_throughout(folder, net):
    coded = folder / "a.mp3"
    coded.write_bytes(b"")
    soundfile.write(coded, as_mp3(tune(0, 14)), RATE_HZ, format="MP3", subtype="MPEG_LAYER_III")
    for other in (folder / "a.wav", coded):
        same = compare(folder / "a.wav", other, net=net, device=CPU)
        assert same.recording.same and same.semitones == 0 and same.tempo_ratio == pytest.approx(1, abs=0.01)
        assert same.passages[0].start_a_s < 0.5 and same.passages[0].end_a_s > 13
        assert same.composition.similarity > 0.95 and "the same recording" in same.one_line()


def test_other_rates_channels_and_names_make_no_difference(folder, net, found):
    name = folder / "Žluťoučký kůň 音楽 (live).flac"
    upsampled = librosa.resample(tune(0, 14), orig_sr=RATE_HZ, target_sr=48_000)
    soundfile.write(name, np.stack([upsampled, upsampled], axis=1), 48_000)
    again = compare(name, folder / "b.wav", net=net, device=CPU)
    assert again.semitones == 3 and abs(again.passages[0].start_b_s - found.passages[0].start_b_s) < 0.5
    assert json.loads(again.to_json())["a"]["path"] == str(name) and "音楽" in again.one_line()


def test_noise_against_music_is_nothing_and_says_so(folder, net):
    soundfile.write(folder / "noise.wav", noise(0, 12), RATE_HZ)
    nothing = compare(folder / "a.wav", folder / "noise.wav", net=net, device=CPU)
    assert not nothing.recording.same and not nothing.passages and nothing.semitones is nothing.tempo_ratio is None
    assert nothing.composition.similarity is None and "noise.wav: silent, or no pitches" in nothing.composition.note
    assert "no passage found" in nothing.one_line()
    json.loads(nothing.to_json())


@pytest.mark.parametrize("kind", ["silence", "a web page", "no samples", "not a number"])
def test_a_file_that_cannot_be_used_is_named(folder, net, tmp_path, kind):
    ending, make, reason = files.BROKEN[kind]
    make(tmp_path / f"broken{ending}")
    with pytest.raises(AudioError, match=f"broken.*{reason}"):
        compare(folder / "a.wav", tmp_path / f"broken{ending}", net=net, device=CPU)


def test_missing_short_and_long_files_are_named(folder, net, tmp_path):
    soundfile.write(tmp_path / "short.wav", tune(0, 2), RATE_HZ)
    soundfile.write(tmp_path / "hour.wav", np.full(3_600 * 4_000, 0.1, np.float32), 4_000)
    for name, reason in (("gone.wav", "no such file"), ("short.wav", "too short, 2.0 s; needs 5"),
                         ("hour.wav", "longer than 10 minutes.*cut out the part")):
        with pytest.raises(AudioError, match=f"{name}: {reason}"):
            compare(tmp_path / name, folder / "a.wav", net=net, device=CPU)


def test_words_say_what_numbers_say():
    assert text.clock(65.9) == "1:05" and wording.key(-1) == "1 semitone lower"
    assert wording.tempo(None) == "at a tempo that cannot be told" and wording.tempo(0.8) == "at 0.80 times the tempo"
    assert sound.LEAST_S < sound.LONGEST_S
