"""A folder in which some files are broken: the rest is in the store, and each broken one is named with its reason."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
import sounds
import tiny

from songsim_lib import prepare
from songsim_lib.sources.folder import catalog

SPEC = replace(tiny.SPEC, window_s=12.5)  # short clips, but recordings as long as the study asks for

def folder(root: Path, whole: int, broken: int) -> dict[str, str]:
    """Fill a folder with sound in three formats and broken files of every kind; return these with their reasons."""
    root.mkdir()
    endings = [".flac", ".mp3", ".wav"]
    for number in range(whole):
        soundfile.write(root / f"{number:04d}{endings[number % 3]}", tiny.melody(number, seconds=13), 22_050)
    sounds.encode(root / "0000.m4a", sounds.tone(13), "aac")
    shutil.move(root / "0000.m4a", root / "0000.flac")  # wrongly called, but sound
    reasons = {}
    for number in range(broken):
        ending, make, reason = sounds.BROKEN[list(sounds.BROKEN)[number % len(sounds.BROKEN)]]
        make(root / f"broken {number:02d}{ending}")
        reasons[f"broken {number:02d}{ending}"] = reason
    return reasons


def check(root: Path, store_folder: Path, whole: int, broken: int) -> None:
    reasons = folder(root, whole, broken)
    store = prepare.build(catalog(root), store_folder, SPEC, positives=0, seed=0, workers=2)
    assert set(store.failed["track_id"]) == set(reasons) and len(store.failed) == broken
    assert store.index["track_id"].nunique() == len(store.index) == whole
    assert "0000.flac" in set(store.index["track_id"])
    for track, reason in store.failed.itertuples(index=False):
        assert re.search(f"/{track}: .*({reasons[track]})", reason), reason
    assert store.features[store.index["row"]].any(axis=(1, 2)).all()


@pytest.mark.fault("corrupt sound")
def test_one_file_in_three_is_broken_and_the_others_are_used(tmp_path):
    check(tmp_path / "music", tmp_path / "store", whole=40, broken=20)


@pytest.mark.stress
def test_of_a_thousand_files_fifty_are_broken(tmp_path):
    check(tmp_path / "music", tmp_path / "store", whole=950, broken=50)


@pytest.mark.fault("corrupt sound")
def test_a_file_that_vanishes_after_it_was_listed_is_named(tmp_path):
    folder(tmp_path / "music", whole=5, broken=0)
    table = catalog(tmp_path / "music")
    (tmp_path / "music" / "0003.flac").unlink()
    store = prepare.build(table, tmp_path / "store", SPEC, positives=1, seed=0, workers=1)
    assert store.failed["track_id"].tolist() == ["0003.flac"] and "no such file" in store.failed["reason"][0]
    assert len(store.index) == 2 * 4
