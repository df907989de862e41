"""Which network addresses a download may reach."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realtimekit.addresses import ForbiddenAddress, PublicNetwork, may_connect, resolve
from tests.realtimekit.raw_server import raw_server, reply

PUBLIC = ["1.1.1.1", "104.16.0.1", "2606:4700::1111", "2a00:1450::200e", "64:ff9b::101:101"]
PRIVATE = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001:db8::1",
    "2002:a00:1::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
    "",
    "localhost",
    "1.1.1",
    "not an address",
]
LOOPBACK = ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("allow_local", [True, False])
def test_public_addresses_may_be_reached(address: str, *, allow_local: bool) -> None:
    """The internet is open, also through a translator to IPv4."""
    assert may_connect(address, allow_local=allow_local)


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("allow_local", [True, False])
def test_private_addresses_may_not(address: str, *, allow_local: bool) -> None:
    """Private, reserved, multicast and wrapped ones are closed, whatever the setting."""
    assert not may_connect(address, allow_local=allow_local)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_depends_on_the_setting(address: str) -> None:
    """This machine may be reached in tests and in the demo only."""
    assert may_connect(address, allow_local=True)
    assert not may_connect(address, allow_local=False)


@given(st.ip_addresses())
def test_what_may_be_reached_is_global(address: IPv4Address | IPv6Address) -> None:
    """No address passes that the standard library calls anything but global."""
    if may_connect(str(address), allow_local=False):
        assert address.is_global
        assert not address.is_multicast


class Names:
    """A resolver that answers in turn; the last answer again and again."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        """Answer with these."""
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Look a name up."""
        self.asked.append((host, port))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


async def test_connects_to_the_address_it_looked_at() -> None:
    """The name is looked up once; the next look-up could lead anywhere."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    network = PublicNetwork(allow_local=True, resolve=names)

    async with raw_server(reply("200 OK")) as server:
        stream = await network.connect_tcp("store.example.com", server.port, timeout=5)
        await stream.aclose()

    assert names.asked == [("store.example.com", server.port)]


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::ffff:127.0.0.1"], ["fd00::1"]]
)
async def test_one_forbidden_address_condemns_a_name(addresses: list[str]) -> None:
    """A name that leads to private addresses too is not connected to at all."""
    network = PublicNetwork(allow_local=False, resolve=Names(addresses))

    with pytest.raises(ForbiddenAddress):
        await network.connect_tcp("store.example.com", 443, timeout=5)


async def test_tries_the_next_address_when_one_is_dead() -> None:
    """A name of several addresses needs one that answers."""
    network = PublicNetwork(allow_local=True, resolve=Names(["127.0.0.2", "127.0.0.1"]))

    async with raw_server(reply("200 OK")) as server:
        stream = await network.connect_tcp("store.example.com", server.port, timeout=5)
        await stream.aclose()


async def test_nobody_answers() -> None:
    """Dead addresses are a failed connection."""
    network = PublicNetwork(allow_local=True, resolve=Names(["127.0.0.1"]))

    with pytest.raises(httpcore.ConnectError):
        await network.connect_tcp("store.example.com", 1, timeout=5)


@pytest.mark.parametrize("answer", [[], OSError("no such host")])
async def test_a_name_may_be_unknown(answer: Sequence[str] | OSError) -> None:
    """A name without addresses is a failed connection."""
    network = PublicNetwork(allow_local=True, resolve=Names(answer))

    with pytest.raises(httpcore.ConnectError):
        await network.connect_tcp("store.example.com", 443, timeout=5)


async def test_a_name_may_be_impossible() -> None:
    """A name no resolver would look up is a failed connection too."""
    network = PublicNetwork(allow_local=True)

    with pytest.raises(httpcore.ConnectError):
        await network.connect_tcp("127.0.0.1" + "." * 3, 443, timeout=5)


async def test_the_system_looks_names_up() -> None:
    """An address is its own answer."""
    assert list(await resolve("127.0.0.1", 443)) == ["127.0.0.1"]
