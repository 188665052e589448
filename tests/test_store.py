"""The feature store: repeatable, resumable, and it never loses a recording silently."""

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import tiny

from songsim_lib import audio, cutting, features, prepare
from songsim_lib.store import FeatureStore, StoreError


def build(table, folder, **kwargs):
    return prepare.build(table, folder, tiny.SPEC, **({"positives": 2, "seed": 0, "workers": 1} | kwargs))


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return tiny.recordings(tmp_path_factory.mktemp("sound"), n=8, works=6)


def content(store):
    return hashlib.sha256(store.features.tobytes()).hexdigest()


def test_the_store_is_the_same_for_any_number_of_workers(table, tmp_path):
    one, two = (build(table, tmp_path / str(n), workers=n) for n in (1, 2))
    assert content(one) == content(two)
    assert one.about["content"] == two.about["content"]


def test_another_seed_gives_other_positives(table, tmp_path):
    assert content(build(table, tmp_path / "a")) != content(build(table, tmp_path / "b", seed=1))


def test_every_clip_is_found_under_its_name(table, tmp_path):
    store = build(table, tmp_path)
    assert store.features.shape == (8 * 3, tiny.SPEC.n_mels, tiny.SPEC.n_frames)
    assert len(store.index) == 24 and store.index["row"].is_unique
    window = cutting.recording_window(table.loc[5, "path"], "t05", tiny.SPEC, 0)
    clip = cutting.positive_clip(window, "t05", tiny.SPEC, 0, k=1)
    expected = features.quantise(features.log_mel(clip, tiny.SPEC), tiny.SPEC)
    assert np.array_equal(store.features[store.rows(["t05"], "positive_1")[0]], expected)
    with pytest.raises(KeyError, match="nobody"):
        store.rows(["nobody"])


def test_bad_recordings_are_listed_and_the_rest_goes_on(table, tmp_path):
    broken = table.copy()
    soundfile.write(tmp_path / "silent.wav", np.zeros(40_000), 22_050)
    soundfile.write(tmp_path / "short.wav", tiny.melody(0, seconds=0.5), 22_050)
    (tmp_path / "text.wav").write_text("not sound")
    for row, name in enumerate(["silent.wav", "short.wav", "text.wav", "missing.wav"]):
        broken.loc[row, "path"] = str(tmp_path / name)
    store = build(broken, tmp_path / "store")
    assert store.failed["track_id"].tolist() == ["t00", "t01", "t02", "t03"]
    for reason, word in zip(store.failed["reason"], ["silent", "short", "readable", "no such file"], strict=True):
        assert word in reason
    assert set(store.index["track_id"]) == {"t04", "t05", "t06", "t07"}


def test_when_nothing_is_usable_the_first_reason_is_given(table, tmp_path):
    with pytest.raises(audio.AudioError, match="none of the 8"):
        build(table.assign(path="/nowhere.wav"), tmp_path)


def test_an_interrupted_build_goes_on_where_it_stopped(table, tmp_path, monkeypatch):
    whole = build(table, tmp_path / "whole")
    original, calls = prepare._work, []

    def interrupted(waiting, *args):
        for n, item in enumerate(original(waiting, *args)):
            if n == 5:
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr(prepare, "_work", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(table, tmp_path / "parts")
    with pytest.raises(StoreError, match="no finished"):
        FeatureStore.open(tmp_path / "parts", tiny.SPEC)
    with (tmp_path / "parts" / "progress.jsonl").open("a") as journal:
        journal.write('["t05", "')  # a line cut short by the interruption
    monkeypatch.setattr(prepare, "_work", lambda todo, *args: calls.extend(todo["track_id"]) or original(todo, *args))
    resumed = build(table, tmp_path / "parts")
    assert calls == ["t05", "t06", "t07"]
    assert content(resumed) == content(whole)
    assert sorted(path.name for path in resumed.folder.iterdir()) == [
        "failed.csv", "features.npy", "index.parquet", "spec.json"]


def test_a_finished_store_is_not_made_again(table, tmp_path, monkeypatch):
    build(table, tmp_path)
    monkeypatch.setattr(prepare, "_work", lambda *_: pytest.fail("the store was made again"))
    assert build(table, tmp_path).about["rows"] == 24


def test_a_store_made_with_other_settings_is_refused_by_name(table, tmp_path):
    build(table, tmp_path)
    with pytest.raises(StoreError, match="n_mels is 32, asked for 64"):
        FeatureStore.open(tmp_path, replace(tiny.SPEC, n_mels=64))


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY garbage"])
def test_a_damaged_store_is_refused(table, tmp_path, damage):
    build(table, tmp_path)
    (tmp_path / "features.npy").write_bytes(damage)
    with pytest.raises(StoreError, match="damaged"):
        _ = FeatureStore.open(tmp_path, tiny.SPEC).features


def test_a_store_that_does_not_fit_its_index_is_refused(table, tmp_path):
    store = build(table, tmp_path)
    about = json.loads((tmp_path / "spec.json").read_text()) | {"rows": 99}
    with pytest.raises(StoreError, match="expected uint8"):
        _ = FeatureStore(store.folder, store.spec, about).features


def test_a_full_size_clip_takes_at_most_60_kb_and_a_batch_reads_in_5_ms(tmp_path):
    import time

    features = np.lib.format.open_memmap(tmp_path / "f.npy", "w+", np.uint8, (400, 128, 431))
    features[:] = 7
    mapped = np.load(tmp_path / "f.npy", mmap_mode="r")
    assert mapped[0].nbytes <= 60_000
    times = []
    for _ in range(15):
        rows = np.random.default_rng(0).integers(400, size=96)
        start = time.perf_counter()
        mapped[rows]
        times.append(time.perf_counter() - start)
    assert min(times) < 0.005, SimpleNamespace(times=times)


def test_names_of_recordings_that_failed_keep_their_zeros(table, tmp_path):
    table = table.assign(track_id=[f"{i:03d}" for i in range(len(table))])
    table.loc[1, "path"] = str(tmp_path / "missing.wav")
    assert build(table, tmp_path / "store").failed["track_id"].tolist() == ["001"]


def test_a_recording_that_is_silent_where_its_clip_is_cut_is_listed(table, tmp_path):
    samples = np.zeros(200 * tiny.SPEC.sample_rate_hz, dtype=np.float32)
    samples[:100] = 0.5
    soundfile.write(tmp_path / "hidden_track.wav", samples, tiny.SPEC.sample_rate_hz)
    table = table.copy()
    table.loc[0, "path"] = str(tmp_path / "hidden_track.wav")
    [reason] = build(table, tmp_path / "store").failed["reason"]
    assert reason.endswith("silent where its clip is cut")


def test_a_file_replaced_by_another_of_equal_size_makes_another_store(table, tmp_path):
    path = tmp_path / "song.wav"
    contents = []
    for seed in (0, 1):
        sound = 0.1 * np.random.default_rng(seed).standard_normal(3 * tiny.SPEC.window_samples)
        soundfile.write(path, sound, tiny.SPEC.sample_rate_hz)
        changed = table.copy()
        changed.loc[0, "path"] = str(path)
        contents.append(content(build(changed, tmp_path / "store")))
    assert contents[0] != contents[1]
