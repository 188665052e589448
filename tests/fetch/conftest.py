"""Shared by the tests of the downloader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from loopback import mirror

from songsim_lib.fetch import sessions, streams

__all__ = ["mirror"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for hundredths of what one waits for a real server."""
    monkeypatch.setattr(sessions, "BACKOFF_S", 0.01)
    monkeypatch.setattr(streams, "GRACE_S", 0.5)


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of real MP3."""
    path = tmp_path_factory.mktemp("song") / "song.mp3"
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * 22_050)
    soundfile.write(path, noise, 22_050, format="MP3")
    return Path(path).read_bytes()
