"""A disk that is full, or that may not be written to: what was there stays, nothing half is left, and it is said."""

from __future__ import annotations

import errno
import os
import resource
from contextlib import contextmanager
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import tiny
import torch
from matplotlib.figure import Figure

from songsim_lib import catalog, checkpoint, files, kept, prepare, report
from songsim_lib.search import engine
from songsim_lib.study import Study

ROOM_BYTES = 200  # what the disk still takes
pytestmark = pytest.mark.fault("full disk")



@contextmanager
def full_disk(room: int = ROOM_BYTES):
    """Let this process write no file beyond so many bytes: a real failure of the operating system, in mid-write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(monkeypatch: pytest.MonkeyPatch):
    """Let nothing be put in its place (permissions do not stop the root user, as whom tests may run)."""

    def refused(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refused)
        yield


def songs(n: int) -> pd.DataFrame:
    names = [f"t{i}" for i in range(n)]
    return pd.DataFrame({"track_id": names, "title": names, "artist": "x", "work_id": names, "recording_id": names,
                         "path": names})


def study(folder: Path) -> Study:
    return Study("tunebook", "smoke", output=str(folder))


def drawing(n: int) -> Figure:
    figure = Figure()
    figure.add_subplot().plot(np.random.default_rng(n).random(500 + n))
    return figure


def reported(folder: Path, n: int) -> None:
    """A report of one notebook; the notebook itself is there already."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# Study {n}")])
    with full_disk(resource.RLIM_INFINITY):  # there is room for what is not tested
        (folder / "00_a.ipynb").write_text(nbformat.writes(book))
    report.build(folder)


def indexed(folder: Path, n: int) -> None:
    vectors = np.random.default_rng(n).normal(size=(50 + n, 8)).astype(np.float32)
    engine.save(engine.build(vectors, np.arange(len(vectors)), engine.FLAT), folder / "engine.faiss")


# Whatever the study writes: name of the file -> how its content of number n is written into a folder.
WRITERS = {
    "catalog.parquet": lambda folder, n: catalog.save(songs(200 + n), folder / "catalog.parquet"),
    "last.ckpt": lambda folder, n: checkpoint.save_state(folder / "last.ckpt", {"x": torch.arange(500 + n)}),
    "model.safetensors": lambda folder, n: checkpoint.save_model(folder / "model.safetensors",
                                                                  torch.nn.Linear(40 + n, 10)),
    "results.json": lambda folder, n: files.write_json(folder / "results.json", list(range(300 + n))),
    "kept.npz": lambda folder, n: kept.keep(folder / "kept.npz", "x", {"a": np.arange(200 + n)}),
    "engine.faiss": indexed,
    "report.html": reported,
    "runs/study-tunebook-smoke-s0/figures/f.png": lambda folder, n: study(folder).save_figure(drawing(n), "f"),
    "runs/study-tunebook-smoke-s0/tables/t.csv": lambda folder, n: study(folder).save_table(songs(100 + n), "t"),
    "runs/study-tunebook-smoke-s0/results.json": lambda folder, n: study(folder).save_results(
        "section", list(range(300 + n))),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_what_was_there_stays_whole_and_nothing_half_is_left(name, fault, tmp_path, monkeypatch):
    write = WRITERS[name]
    write(tmp_path, 0)
    before = (tmp_path / name).read_bytes()
    there = sorted(tmp_path.rglob("*"))
    with full_disk() if fault == "full" else read_only(monkeypatch), pytest.raises((OSError, RuntimeError)) as told:
        write(tmp_path, 1)
    assert "File too large" in str(told.value) or "Read-only" in str(told.value), "the cause is named"
    assert (tmp_path / name).read_bytes() == before
    assert sorted(tmp_path.rglob("*")) == there, "no stray file"
    write(tmp_path, 1)
    assert (tmp_path / name).read_bytes() != before, "with room again, the new content is written"


def test_a_store_that_met_a_full_disk_is_made_later_and_is_the_same(tmp_path):
    table = tiny.recordings(tmp_path / "sound", n=6, works=6)
    whole = prepare.build(table, tmp_path / "whole", tiny.SPEC, 1, seed=0, workers=1)
    with full_disk(), pytest.raises(OSError, match="File too large"):
        prepare.build(table, tmp_path / "store", tiny.SPEC, 1, seed=0, workers=1)
    assert not (tmp_path / "store" / "spec.json").exists(), "unfinished, and known to be"
    made = prepare.build(table, tmp_path / "store", tiny.SPEC, 1, seed=0, workers=1)
    assert made.about["content"] == whole.about["content"]
    assert {path.name for path in made.folder.iterdir()} == {path.name for path in whole.folder.iterdir()}


def test_the_room_of_a_store_is_taken_before_hours_of_work(tmp_path, monkeypatch):
    """A mapped file that runs out of room later kills its process, without a word."""

    def no_room(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    table = tiny.recordings(tmp_path / "sound", n=6, works=6)
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", no_room)
        with pytest.raises(OSError, match=r"no room for the feature store, 0\.00 GB: No space left"):
            prepare.build(table, tmp_path / "store", tiny.SPEC, 1, seed=0, workers=1)
    assert list((tmp_path / "store").iterdir()) == [], "the room that was taken is free again"
    store = prepare.build(table, tmp_path / "store", tiny.SPEC, 1, seed=0, workers=1)
    on_disk = os.stat(store.folder / "features.npy")
    assert on_disk.st_blocks * 512 >= on_disk.st_size
