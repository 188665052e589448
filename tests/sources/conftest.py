"""Shared by the tests of sources that fetch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loopback import Loopback

from songsim_lib.fetch import sessions


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server that stands for all others, which nobody waits long for."""
    monkeypatch.setattr(sessions, "BACKOFF_S", 0.01)
    with Loopback() as server:
        monkeypatch.setenv("SONGSIM_MIRROR", server.address)
        yield server
