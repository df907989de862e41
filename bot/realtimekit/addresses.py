"""Which network addresses a download may reach, checked on the address that is connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

import httpcore

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Look a host name and a port up: the addresses, as text, best first. Raises `OSError`."""

SocketOptions: TypeAlias = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 as seen from a network of IPv6 alone (RFC 6052): the last four bytes are the address."""


class ForbiddenAddress(Exception):
    """A host name leads to an address that is not public."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def may_connect(address: str, *, allow_local: bool) -> bool:
    """Whether an address is public; with `allow_local` loopback will do as well.

    Addresses that wrap an IPv4 address are judged by the one inside; all of IPv6 outside the
    range given out to the public is refused.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    inner = _unwrapped(ip) if isinstance(ip, IPv6Address) else ip
    if inner.is_loopback:
        return allow_local
    if isinstance(inner, IPv6Address) and inner not in _GLOBAL_UNICAST:
        return False
    return inner.is_global and not inner.is_multicast


def _unwrapped(ip: IPv6Address) -> IPv4Address | IPv6Address:
    if ip in _NAT64:
        return IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or ip


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only.

    A name is looked up once and the connection made to an address that was looked at: a name
    that changes between two lookups has nothing to gain. A single address that is not public
    condemns the name. TLS still checks the certificate against the name.
    """

    def __init__(self, *, allow_local: bool, resolve: Resolve = resolve) -> None:
        """With `allow_local`, loopback counts as public (tests and the demo)."""
        self._allow_local = allow_local
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a name that answers.

        Raises:
            ForbiddenAddress: the name leads to an address that is not public.
            httpcore.ConnectError, httpcore.ConnectTimeout: nobody answers.
        """
        failure: Exception = httpcore.ConnectError("no address")
        for address in await self._vetted(host, port):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _vetted(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("unknown host") from error
        if not all(may_connect(a, allow_local=self._allow_local) for a in addresses):
            raise ForbiddenAddress
        return addresses
