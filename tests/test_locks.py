"""Two at once: the second waits and finds the work done, and a lock whose owner was killed does not block."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
import tiny

from songsim_lib import prepare, runs
from songsim_lib.locks import alone, lock_of

pytestmark = pytest.mark.fault("two at once")

HOLD = """
import sys, time
from pathlib import Path
from songsim_lib.locks import alone
with alone(Path(sys.argv[1]), "at work"):
    print("holds", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock of a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "store")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip() == "holds"
    yield process
    process.kill()
    process.wait()


def test_a_lock_left_by_a_killed_process_does_not_block(tmp_path, other, capsys):
    threading.Timer(0.5, other.kill).start()
    start = time.monotonic()
    with alone(tmp_path / "store", "filling the store"):
        waited = time.monotonic() - start
    assert 0.4 < waited < 20
    assert capsys.readouterr().out == "another process is filling the store; waiting for it\n"


def in_turn(first, second, folder, capsys):
    """Let a second caller come while the first is at work; both results, and what was said."""
    found, begun = [], threading.Event()

    def begin():
        with alone(folder, "getting ready"):
            begun.set()
            time.sleep(0.5)
        found.append(first())

    one, two = threading.Thread(target=begin), threading.Thread(target=lambda: found.append(second()))
    one.start()
    begun.wait()
    two.start()
    one.join()
    two.join()
    return found, capsys.readouterr().out


def test_a_store_that_two_fill_is_filled_once(tmp_path, capsys):
    table, folder = tiny.recordings(tmp_path / "sound", n=6, works=6), tmp_path / "store"

    def fill():
        return prepare.build(table, folder, tiny.SPEC, 1, seed=0, workers=1).about

    found, said = in_turn(fill, fill, folder, capsys)
    assert found[0] == found[1] and len(list(folder.glob("*.partial*"))) == 0
    assert "waiting for it" in said


def test_what_two_train_is_trained_once(tmp_path, capsys, monkeypatch):
    study = tiny.study(tmp_path)
    monkeypatch.setattr("songsim_lib.models.imagenet_weights", lambda: None)

    def train():
        return runs.fit(study, tiny.CNN).metrics

    found, said = in_turn(train, train, study.run_folder("cnn_tiny"), capsys)
    assert found[0] == found[1], "with the same time of its end: trained once"
    assert "another process is training" in said and "already trained" in said


def test_a_lock_is_a_hidden_file_beside_the_folder(tmp_path):
    with alone(tmp_path / "deep" / "store", "at work"):
        assert lock_of(tmp_path / "deep" / "store").lock_file == str(tmp_path / "deep" / ".store.lock")
