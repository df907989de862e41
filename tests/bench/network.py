"""A far-away network on this machine: certificates of its own, and a delay on every byte."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificates:
    """Whom to trust, and what a server on this machine shows (with its key); both PEM."""

    authority: Path
    server: Path


def make_certificates(folder: Path) -> Certificates:
    """Make an authority and a certificate of it for 127.0.0.1, good for an hour."""
    authority, server = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench authority")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    ca = x509.BasicConstraints(ca=True, path_length=0)
    signed = [
        _certificate(ca_name, authority).add_extension(ca, critical=True),
        _certificate(name, server, issuer=ca_name)
        .add_extension(here, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        ),
    ]
    pems = [
        each.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        for each in signed
    ]
    key = server.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    made = Certificates(folder / "authority.pem", folder / "server.pem")
    made.authority.write_bytes(pems[0])
    made.server.write_bytes(pems[1] + key)
    return made


def _certificate(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, *, issuer: x509.Name | None = None
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer or name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


@dataclass(slots=True)
class FarAway:
    """A way to a server on this machine that takes time, a new connection one round trip more."""

    target: int
    round_trip: float
    port: int = 0
    opened: int = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection's bytes both ways."""
        self.opened += 1
        connected_at = time.perf_counter() + self.round_trip
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(
            self._one_way(reader, back, connected_at), self._one_way(there, writer, connected_at)
        )

    async def _one_way(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, not_before: float
    ) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(pieces, writer))
        with suppress(ConnectionError):
            while piece := await reader.read(65536):
                at = max(time.perf_counter(), not_before) + self.round_trip / 2
                pieces.put_nowait((at, piece))
        pieces.put_nowait((time.perf_counter() + self.round_trip / 2, b""))
        await arriving

    @staticmethod
    async def _arrive(
        pieces: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            at, piece = await pieces.get()
            await asyncio.sleep(at - time.perf_counter())
            if not piece:
                writer.close()
                return
            writer.write(piece)


@asynccontextmanager
async def far_away(target: int, round_trip: float) -> AsyncIterator[FarAway]:
    """Open a slow way to a port of this machine, for as long as the block runs."""
    way = FarAway(target, round_trip)
    server = await asyncio.start_server(way.carry, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        server.close()
