"""Which addresses may be connected to: public ones, and the mirror's.

A link in a csv, or a server's redirect, may name a machine of the local network or of the cloud one computes in.
Nothing is sent there: names are resolved here, every address is checked, and the connection is made to the
address that was checked, not to the name, which could resolve otherwise a moment later.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from songsim_lib.fetch.errors import FetchError

MIRROR = "SONGSIM_MIRROR"  # environment variable, such as http://127.0.0.1:8000
PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet.

    Private, loopback, link-local, multicast and reserved ones are not; an IPv6 address that stands for an
    IPv4 one (mapped, NAT64, 6to4, Teredo) is what that is.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def checked(host: str, port: int) -> list[str]:
    """Resolve a host to the IP addresses to connect to, all of them allowed.

    Raises
    ------
    FetchError : one of them is not public and the host is not the mirror.
    OSError : the name does not resolve.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not is_mirror(host, port) and not all(map(is_public, addresses)):
        raise FetchError(f"{host} is an address of a private network; only public ones are asked", "refused address")
    return addresses


def check_behind_proxy(url: str) -> None:
    """Check where a proxy is asked to go; a name that cannot be resolved here is left to the proxy.

    Raises
    ------
    FetchError : the host, or one of its addresses as resolved here, is not public.
    """
    with suppress(OSError):
        checked(*_place(urlsplit(url)))


def mirror() -> SplitResult | None:
    """Give the mirror's address; None where there is none.

    Raises
    ------
    FetchError : SONGSIM_MIRROR is not an http address.
    """
    text = os.environ.get(MIRROR, "").rstrip("/")
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in PORTS or not parts.hostname or parts.query:
        raise FetchError(f"{MIRROR}={text!r} should be like http://127.0.0.1:8000", "refused address")
    return parts


def is_mirror(host: str, port: int) -> bool:
    """Tell whether a host and port are the mirror's."""
    base = mirror()
    return base is not None and (host.strip("[]").lower(), port) == _place(base)


def at_mirror(url: str) -> bool:
    """Tell whether an address is one of the mirror's."""
    return is_mirror(*_place(urlsplit(url)))


def mirrored(url: str) -> str:
    """Give the address at which the mirror holds what is at `url`; `url` itself where there is no mirror.

    What is at the mirror already stays, and so does an address of a private network, which is then refused.
    """
    parts, base = urlsplit(url), mirror()
    if base is None or parts.scheme not in PORTS or not parts.hostname:
        return url
    if at_mirror(url) or _private_as_written(parts.hostname):
        return url
    host = parts.netloc.rpartition("@")[2]
    query = f"?{parts.query}" if parts.query else ""
    return f"{base.geturl()}/{host}{parts.path or '/'}{query}"


def _place(parts: SplitResult) -> tuple[str, int]:
    """Give host and port of an address."""
    return parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)


def _private_as_written(host: str) -> bool:
    """Tell whether a host is private by its text alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False
