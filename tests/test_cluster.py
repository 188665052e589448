"""On a cluster: two worker processes of Dask fill the same store, and the documentation's snippets run."""

from __future__ import annotations

import os
import re
import signal
import time
from functools import partial
from pathlib import Path
from unittest.mock import patch

import dask
import fsspec
import joblib
import pandas as pd
import pytest
import tiny
from distributed import Client, KilledWorker, LocalCluster
from support import ROOT

from songsim_lib import parallel, prepare
from songsim_lib.store import FeatureStore, StoreError, content_of

SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "data" / "README.md").read_text("utf-8"), re.DOTALL)


def snippet(word: str) -> str:
    """Find the code block of data/README.md in which a word stands."""
    (found,) = [code for code in SNIPPETS if word in code]
    return found


@pytest.fixture(scope="module")
def client():
    """Two worker processes of one thread each; a call that kills one of them is not tried again.

    Dask sets variables (MKL_NUM_THREADS) that later tests would train with.
    """
    with (patch.dict(os.environ), dask.config.set({"distributed.scheduler.allowed-failures": 0}),
          LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
          Client(cluster) as client):
        yield client
        client.wait_for_workers(2)  # one that is just being started again cannot be closed


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """Eight melodies, one of them an unusable recording."""
    table = tiny.recordings(tmp_path_factory.mktemp("sound"), n=8, works=8)
    Path(table["path"].iloc[3]).write_bytes(b"no sound")
    return table


@pytest.fixture(scope="module")
def here(catalog, tmp_path_factory):
    """The store that this process fills alone."""
    return prepare.build(catalog, tmp_path_factory.mktemp("here"), tiny.SPEC, 1, seed=0, workers=1)


def _process(_):
    return os.getpid()


def _dies_of(item, fatal):
    if item in fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_a_cluster_fills_the_same_store(client, catalog, here, tmp_path):
    with joblib.parallel_config(backend="dask"):
        there = prepare.build(catalog, tmp_path, tiny.SPEC, 1, seed=0)
    assert there.about == here.about  # the hash of its content among it
    pd.testing.assert_frame_equal(there.index, here.index)
    pd.testing.assert_frame_equal(there.failed, here.failed)
    assert list(there.failed["track_id"]) == ["t03"]


def test_the_cluster_s_processes_work_in_order_and_are_given_only_so_much_at_once(client):
    taken = []
    items = (taken.append(item) or item for item in range(3 * parallel.AHEAD))
    with joblib.parallel_config(backend="dask"):
        processes = set(parallel.run(_process, range(20)))
        results = parallel.run(abs, items)
        assert not taken and next(results) == 0
    time.sleep(0.2)
    assert len(taken) == parallel.AHEAD and [next(results) for _ in range(5)] == [1, 2, 3, 4, 5]
    results.close()
    assert len(processes) == 2 and os.getpid() not in processes


def test_a_call_that_kills_workers_is_told_and_the_others_are_done(client):
    deadly = partial(_dies_of, fatal=(3,))
    with joblib.parallel_config(backend="dask"):
        found = list(parallel.run(deadly, range(6), crashed=lambda item: f"died of {item}"))
        assert found == [0, 1, 2, "died of 3", 4, 5]
        with pytest.raises(KilledWorker):
            list(parallel.run(deadly, range(6)))
        with pytest.raises(TypeError):
            list(parallel.run(abs, ["a"]))


def test_the_snippet_for_a_cluster_runs(client, catalog, here, tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "build", lambda *given, **named: made.append(joblib.parallel.get_active_backend()[0]))
    made = []
    code = snippet("parallel_config").replace('"tcp://scheduler:8786"', repr(client.scheduler.address))
    exec(code, {"catalog": catalog, "folder": tmp_path, "spec": tiny.SPEC})
    assert made[0].__class__.__name__ == "DaskDistributedBackend"


def test_the_snippet_for_object_storage_brings_a_store_there_and_back(here, tmp_path):
    code = snippet("fsspec").replace('"s3"', '"memory"').replace("s3://", "memory://")
    exec(code, {"folder": here.folder, "other": tmp_path / "other"})
    again = FeatureStore.open(tmp_path / "other", tiny.SPEC)
    assert again.about == here.about and content_of(again.features) == here.about["content"]
    fsspec.filesystem("memory").rm("/", recursive=True)


def test_a_store_without_its_seal_is_none(here, tmp_path):
    for path in here.folder.iterdir():
        if path.name != "spec.json":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(StoreError, match="no finished feature store"):
        FeatureStore.open(tmp_path, tiny.SPEC)
