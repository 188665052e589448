"""No server is asked more often than it allows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from loopback import Answer, Loopback

from songsim_lib import fetch

SCHEDULER_S = 0.03


def test_no_window_of_time_has_more_requests_than_the_rate_allows(mirror: Loopback) -> None:
    host = f"127.0.0.1:{mirror.port}"  # the mirror's rate counts for what comes from there
    session = fetch.session(rates={host: (5, 0.4)})
    mirror.add("a.example", "/*", Answer(b"yes"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: fetch.content(session, f"https://a.example/{number}"), range(16)))
    times = sorted(request.at_s for request in mirror.requests)
    assert len(times) == 16
    assert all(later - sooner > 0.4 - SCHEDULER_S for sooner, later in zip(times, times[5:], strict=False))
    assert times[-1] - times[0] < 3


def test_each_service_has_its_own_rate_and_all_others_the_polite_one() -> None:
    session = fetch.session()

    def rate(url: str) -> list[tuple[int, float]]:
        factory = session.get_adapter(url).limiter.bucket_factory  # type: ignore[attr-defined]
        return [(each.limit, each.interval / 1000) for each in factory.rates]

    assert rate("https://api.deezer.com/search?q=a") == rate("http://api.deezer.com/") == [(50, 5)]
    assert rate("https://itunes.apple.com/search") == [(20, 60)]
    assert rate("https://api.deezer.com.elsewhere.example/") == rate("http://127.0.0.1:8000/") == [(50, 1)]


def test_both_schemes_of_a_service_count_together() -> None:
    session = fetch.session()
    assert session.get_adapter("https://api.deezer.com/a") is session.get_adapter("http://api.deezer.com/a")


def test_tries_after_429_wait_longer_each_time(mirror: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("songsim_lib.fetch.sessions.BACKOFF_S", 0.1)
    mirror.add("a.example", "/", *[Answer(status=429)] * 3, Answer(b"yes"))
    fetch.content(fetch.session(), "https://a.example/")
    times = [request.at_s for request in mirror.requests]
    for (sooner, later), least in zip(pairwise(times), (0.1, 0.2, 0.4), strict=True):
        wait = later - sooner
        assert least <= wait < 1.5 * least + 0.2
