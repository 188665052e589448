"""Spectrograms reach the device the same way, held there, read at once, or streamed from the disk."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
import torch

from songsim_lib import device, training_data
from songsim_lib.device import Batches, embed
from songsim_lib.features import dequantise
from songsim_lib.runs import fit

CPU = torch.device("cpu")


@pytest.fixture
def features(tmp_path):
    """40 spectrograms, mapped from disk."""
    path, shape = tmp_path / "features.npy", (40, tiny.SPEC.n_mels, tiny.SPEC.n_frames)
    np.save(path, np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    return np.load(path, mmap_mode="r")


@pytest.mark.parametrize("readers", [0, 2])
def test_batches_come_in_order_whoever_reads_them(features, readers):
    rows = np.random.default_rng(1).permutation(40)
    data = Batches(features, tiny.SPEC, CPU, readers=readers)
    found = list(data.stream(rows[start : start + 7] for start in range(0, 40, 7)))
    assert [len(batch) for batch in found] == [7, 7, 7, 7, 7, 5]
    expected = dequantise(torch.from_numpy(features[rows]).float(), tiny.SPEC).unsqueeze(1)
    assert torch.equal(torch.cat(found), expected)
    assert all(batch.is_contiguous(memory_format=torch.channels_last) for batch in found)


def test_what_the_device_holds_is_what_is_read(features):
    held, read = (Batches(features, tiny.SPEC, CPU) for _ in range(2))
    held.features = device._on(CPU, features, rows=7)
    rows = np.array([3, 39, 0, 3])
    assert torch.equal(held[rows], read[rows])
    assert torch.equal(torch.cat(list(held.chunks(rows, 3))), torch.cat(list(read.chunks(rows, 3))))


def test_a_reader_that_stops_early_leaves_no_process_behind(features):
    before = set(torch.multiprocessing.active_children())  # of other tests
    stream = Batches(features, tiny.SPEC, CPU, readers=2).stream(np.arange(5) for _ in range(100))
    next(stream)
    assert len(set(torch.multiprocessing.active_children()) - before) == 2
    stream.close()
    assert not set(torch.multiprocessing.active_children()) - before


def test_training_from_a_stream_gives_the_same_numbers(tmp_path, monkeypatch):
    plain = fit(tiny.study(tmp_path / "plain"), tiny.CNN)
    monkeypatch.setattr(training_data, "Batches", lambda *args: Batches(*args, readers=1))
    streamed = fit(tiny.study(tmp_path / "streamed"), tiny.CNN)
    assert plain.history.drop(columns="seconds").equals(streamed.history.drop(columns="seconds"))


def test_an_embedding_does_not_depend_on_the_stream(features):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(features[0].size, 4))
    one, other = (embed(model, Batches(features, tiny.SPEC, CPU, readers=n), np.arange(40), size=8) for n in (0, 2))
    assert np.array_equal(one, other)
