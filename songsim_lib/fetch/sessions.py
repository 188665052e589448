"""A session that is polite (rates, patience, a name) and careful (public addresses only)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from random import uniform
from typing import Any

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.utils import select_proxy
from requests_ratelimiter import HostBucketFactory, Limiter, LimiterAdapter, Rate
from urllib3.exceptions import InvalidHeader

from songsim_lib import __version__
from songsim_lib.fetch import addresses
from songsim_lib.fetch.connections import POOLS
from songsim_lib.fetch.errors import FetchError
from songsim_lib.repository import address

# Requests per seconds, by host. Deezer and iTunes: FACTS.md, section 8; without a limit known, this is polite.
RATES: dict[str, tuple[int, float]] = {"api.deezer.com": (50, 5.0), "itunes.apple.com": (20, 60.0)}
OTHERS = (50, 1.0)
TIMEOUT_S = (10.0, 30.0)  # to connect; between one byte and the next
TRIES = 5
ANSWER_TRIES = 3  # where there is no answer at all; without a network this counts for each of thousands of songs
BACKOFF_S = 1.0  # before the second try; doubles each time
BACKOFF_MOST_S = 60.0  # also of what a server asks for with Retry-After
REDIRECTS = 5
AGAIN = (429, 500, 502, 503, 504)


class _Patience(urllib3.Retry):
    """Wait before the second try already, by chance a little longer, and never longer than `backoff_max`."""

    def get_backoff_time(self) -> float:
        tries = max(len(self.history), 1)
        return min(self.backoff_max, self.backoff_factor * 2 ** (tries - 1) * uniform(1, 1.5))

    def parse_retry_after(self, retry_after: str) -> float:
        try:
            return min(super().parse_retry_after(retry_after), self.backoff_max)
        except InvalidHeader:
            return 0  # the backoff then


class _Adapter(LimiterAdapter):
    """Keep to a rate, and connect to checked addresses only."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.PoolManager:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if isinstance(manager, urllib3.ProxyManager):  # SOCKS has pools of its own
            manager.pool_classes_by_scheme = POOLS
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if select_proxy(request.url or "", kwargs.get("proxies")):
            addresses.check_behind_proxy(request.url or "")
        return super().send(request, *args, **kwargs)

    def close(self) -> None:
        super().close()
        self.limiter.bucket_factory.close()  # which has a thread


class _Session(requests.Session):
    """Send every request, also that of a redirect, to the mirror if there is one, and never without a time-out."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT_S
        try:
            request.url = addresses.mirrored(request.url or "")
            if addresses.at_mirror(request.url):
                kwargs["proxies"] = {}  # a mirror is near
            return super().send(request, **kwargs)
        except (FetchError, requests.RequestException):
            raise
        except ValueError as error:  # of urllib.parse, as for "http://[::1"
            raise requests.exceptions.InvalidURL(str(error)) from error

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Send no credentials to where a redirect leads, those of ~/.netrc least of all."""
        prepared_request.headers.pop("Authorization", None)


def session(workers: int = 8, rates: Mapping[str, tuple[int, float]] = RATES) -> requests.Session:
    """Open a session through which everything is fetched; many threads may share it.

    It tries again after 429, 5xx and failed connections (Retry-After honoured up to `BACKOFF_MOST_S`, else exponential
    backoff with jitter), keeps to a rate per host, follows at most `REDIRECTS` redirects, and asks public http and
    https addresses only. Where a proxy is configured the connection goes to the proxy; then the host that
    the proxy is asked for is checked, as it resolves here. `SONGSIM_MIRROR` (environment) names a server that stands
    for all others: what is at https://HOST/PATH is fetched from {mirror}/HOST/PATH; only it may be private.

    Parameters
    ----------
    workers : threads that will use it at once.
    rates : (requests, seconds) by host, of which no more are sent; all others keep to `OTHERS`.

    Raises
    ------
    FetchError : when sending, for a refused address; what requests raises is left to `errors.explained`.
    """
    addresses.mirror()  # a wrong one is said at once
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings show whole addresses, with signatures
    new = _Session()
    new.headers.update({"User-Agent": f"songsim/{__version__} (+{address()})", "Accept-Encoding": "identity"})
    new.auth = lambda request: request  # none; else requests looks into ~/.netrc
    new.max_redirects = REDIRECTS
    new.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # none, whose jar threads would share
    for prefix in ("http://", "https://"):
        new.mount(prefix, _adapter(workers, OTHERS))
    for host, rate in rates.items():
        adapter: BaseAdapter = _adapter(workers, rate)  # one, so that both schemes count together
        for prefix in ("http://", "https://"):
            new.mount(f"{prefix}{host}/", adapter)
    return new


def _adapter(workers: int, rate: tuple[int, float]) -> _Adapter:
    """Make an adapter that keeps each of its hosts to a rate of (requests, seconds)."""
    requests_, seconds = rate
    patience = _Patience(
        total=TRIES - 1, connect=ANSWER_TRIES - 1, read=ANSWER_TRIES - 1, other=ANSWER_TRIES - 1, redirect=0,
        status_forcelist=AGAIN, allowed_methods=("GET",), backoff_factor=BACKOFF_S, backoff_max=BACKOFF_MOST_S,
        raise_on_status=False)
    limiter = Limiter(HostBucketFactory([Rate(requests_, int(seconds * 1000))]), buffer_ms=10)
    return _Adapter(limiter=limiter, max_retries=patience, pool_maxsize=workers)
