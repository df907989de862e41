"""From a presigned link to the text behind it, against servers that misbehave."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import ipaddress
import logging
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.domain.ids import SessionId
from bot.domain.summary import SummaryLink
from bot.errors import (
    LinkExpired,
    LinkRefused,
    NotASummary,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SummaryEmpty,
    SummaryExpired,
    SummaryTooLarge,
)
from bot.realtimekit.download import MOST_REDIRECTS, Downloader
from tests.realtimekit.raw_server import Act, endless, raw_server, reply, reset, says, silent

TARGET = "/rtk%2Fsummaries%2f1/a+b~c//../d.txt?z=1&a=%7e%2F%2f&empty=&sig=AbC%3d+x"
TEXT = b"## Summary\n\nAll went well.\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
NOW = dt.datetime(2026, 3, 4, 10, 30, tzinfo=dt.UTC)


class Observed:
    """What `observe` was told."""

    def __init__(self) -> None:
        """Nothing so far."""
        self.calls: list[tuple[str, str]] = []

    def __call__(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Write a download down."""
        assert seconds >= 0
        self.calls.append((endpoint, outcome))


class Names:
    """A resolver that knows one address for every name."""

    def __init__(self, *addresses: str) -> None:
        """Answer with these."""
        self._addresses = addresses
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Look a name up."""
        assert port
        self.asked.append(host)
        return self._addresses


def link_to(url: str) -> SummaryLink:
    """A link as the API gives it."""
    return SummaryLink(SessionId("session"), url, None)


async def download(
    url: str,
    *,
    allow_local: bool = True,
    observed: Observed | None = None,
    names: Names | None = None,
    deadline: float = 10.0,
    trusting: ssl.SSLContext | None = None,
) -> str:
    """Download once."""
    downloader = Downloader(
        allow_local=allow_local,
        observe=observed or Observed(),
        now=lambda: NOW,
        deadline=deadline,
        resolve=names or Names("127.0.0.1"),
        ssl_context=trusting,
    )
    try:
        return await downloader.download(link_to(url))
    finally:
        await downloader.aclose()


async def download_from(act: Act, *, deadline: float = 10.0) -> str:
    """Download once from a server that acts so."""
    async with raw_server(act) as server:
        return await download(f"http://127.0.0.1:{server.port}{TARGET}", deadline=deadline)


async def test_sends_the_link_byte_for_byte() -> None:
    """Escapes, signs, order and dots arrive as they were signed, and nothing else comes along."""
    async with raw_server(reply("200 OK", TEXT)) as server:
        text = await download(f"http://127.0.0.1:{server.port}{TARGET}#fragment")

    assert text == TEXT.decode()
    assert server.heads == [
        (
            f"GET {TARGET} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            "Accept: */*\r\nAccept-Encoding: gzip, identity\r\n\r\n"
        ).encode()
    ]


async def test_keeps_no_cookies() -> None:
    """What a store sets is not sent back."""
    async with raw_server(reply("200 OK", TEXT, "Set-Cookie: a=b; Path=/")) as server:
        downloader = Downloader(allow_local=True, observe=Observed())
        for _ in range(2):
            await downloader.download(link_to(f"http://127.0.0.1:{server.port}/"))
        await downloader.aclose()

    assert b"cookie" not in server.heads[1].lower()


@pytest.mark.parametrize(
    "act",
    [
        reply("200 OK", TEXT, "Content-Type: text/plain; charset=utf-8"),
        reply("200 OK", TEXT, "Content-Type: text/markdown"),
        reply("200 OK", TEXT, "Content-Type: application/octet-stream"),
        reply("200 OK", TEXT),
        reply("200 OK", gzip.compress(TEXT, mtime=0), "Content-Encoding: gzip"),
        reply("200 OK", b"\xef\xbb\xbf" + TEXT.replace(b"\n", b"\r\n")),
        says(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT),
        says(
            CHUNKED,
            b"5\r\n" + TEXT[:5] + b"\r\n",
            b"%x\r\n" % len(TEXT[5:]) + TEXT[5:] + b"\r\n0\r\n\r\n",
        ),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(TEXT) + TEXT + b"and more"),
    ],
)
async def test_reads_a_summary_however_it_is_sent(act: Act) -> None:
    """Types, chunks, compression and marks do not matter to the text."""
    assert await download_from(act) == TEXT.decode()


BOMB = gzip.compress(bytes(100_000_000), compresslevel=1, mtime=0)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (reply("200 OK"), SummaryEmpty),
        (reply("200 OK", b" \n "), SummaryEmpty),
        (reply("200 OK", b"<html>", "Content-Type: text/plain"), NotASummary),
        (reply("200 OK", TEXT, "Content-Type: text/html"), NotASummary),
        (reply("200 OK", TEXT, "Content-Encoding: br"), NotASummary),
        (reply("200 OK", TEXT, "Content-Encoding: zstd"), NotASummary),
        (reply("200 OK", TEXT, "Content-Encoding: gzip"), RealtimeKitUnavailable),
        (reply("200 OK", b"x" * 10_000_000), SummaryTooLarge),
        (endless(CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n"), SummaryTooLarge),
        (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536), SummaryTooLarge),
        (reply("200 OK", BOMB, "Content-Encoding: gzip"), SummaryTooLarge),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + TEXT), RealtimeKitUnavailable),
        (says(CHUNKED, b"5\r\nabc"), RealtimeKitUnavailable),
        (says(CHUNKED, b"what\r\n"), RealtimeKitUnavailable),
        (says(b"nonsense\r\n\r\n"), RealtimeKitUnavailable),
        (reset, RealtimeKitUnavailable),
        (reply("403 Forbidden", b"<Error><Code>ExpiredRequest</Code></Error>"), LinkExpired),
        (reply("400 Bad Request", b"<Error><Code>ExpiredRequest</Code></Error>"), LinkExpired),
        (reply("400 Bad Request", b"<Error><Code>InvalidArgument</Code></Error>"), NotASummary),
        (reply("404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>"), SummaryExpired),
        (reply("503 Slow Down", b"<Error><Code>SlowDown</Code></Error>"), RealtimeKitUnavailable),
        (reply("503 Slow Down", b"x" * 3_000_000), RealtimeKitUnavailable),
        (reply("503 Slow Down", TEXT, "Content-Encoding: br"), RealtimeKitUnavailable),
        (reply("416 Range Not Satisfiable"), NotASummary),
        (reply("302 Found"), NotASummary),
        (reply("302 Found", b"", "Location: "), NotASummary),
    ],
)
async def test_survives_what_a_store_may_do(act: Act, error: type[RealtimeKitError]) -> None:
    """Every file, lie and failure ends as the one error that fits."""
    with pytest.raises(RealtimeKitError) as raised:
        await download_from(act)

    assert type(raised.value) is error


@pytest.mark.parametrize(
    "act",
    [
        silent(),
        silent(b"HTTP/1.1 200 OK\r\n"),
        silent(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n#"),
    ],
)
async def test_a_slow_store_runs_into_the_deadline(act: Act) -> None:
    """Silence at any point ends in time."""
    with pytest.raises(RealtimeKitUnavailable) as raised:
        await download_from(act, deadline=0.2)

    assert raised.value.detail == "timeout"


async def test_a_slow_name_runs_into_the_deadline() -> None:
    """Looking the name up counts as well."""

    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    downloader = Downloader(allow_local=False, observe=Observed(), deadline=0.1, resolve=never)
    with pytest.raises(RealtimeKitUnavailable):
        await downloader.download(link_to("https://store.example.com/"))
    await downloader.aclose()


async def test_nobody_listens() -> None:
    """A refused connection is an outage."""
    with pytest.raises(RealtimeKitUnavailable):
        await download("http://127.0.0.1:1/")


async def test_errors_do_not_quote_what_was_sent() -> None:
    """The library's complaint about a broken chunk quotes the text; ours does not."""
    with pytest.raises(RealtimeKitUnavailable) as raised:
        await download_from(says(CHUNKED, b"a secret of the meeting\r\n"))

    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def redirect(location: str, status: str = "302 Found") -> Act:
    """Send somewhere else."""
    return reply(status, b"ignored", f"Location: {location}")


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
async def test_follows_a_redirect_by_hand(status: str) -> None:
    """The next address is asked as carefully as the first."""
    async with raw_server(redirect("/b%2Fc?x=+", status), reply("200 OK", TEXT)) as server:
        text = await download(f"http://127.0.0.1:{server.port}/a")

    assert text == TEXT.decode()
    assert server.heads[1].startswith(b"GET /b%2Fc?x=+ HTTP/1.1\r\n")


async def test_follows_as_many_redirects_as_allowed() -> None:
    """Three hops are fine."""
    hops = [redirect(f"/{n}") for n in range(MOST_REDIRECTS)]
    async with raw_server(*hops, reply("200 OK", TEXT)) as server:
        assert await download(f"http://127.0.0.1:{server.port}/") == TEXT.decode()


async def test_a_redirect_loop_ends() -> None:
    """The fourth hop is not made."""
    observed = Observed()
    async with raw_server(redirect("/again")) as server:
        with pytest.raises(LinkRefused):
            await download(f"http://127.0.0.1:{server.port}/", observed=observed)

    assert len(server.heads) == MOST_REDIRECTS + 1
    assert observed.calls == [("download", "link_refused")]


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "http://[fd00::1]/",
        "ftp://127.0.0.1/",
        "http://a@127.0.0.1/",
        "http://127.1/",
    ],
)
async def test_a_redirect_is_checked_like_a_link(location: str) -> None:
    """A store cannot send the downloader where a link may not."""

    async def literal(host: str, _port: int) -> Sequence[str]:
        return [host]

    async with raw_server(redirect(location)) as server:
        downloader = Downloader(allow_local=True, observe=Observed(), resolve=literal)
        with pytest.raises(LinkRefused):
            await downloader.download(link_to(f"http://127.0.0.1:{server.port}/"))
        await downloader.aclose()

    assert len(server.heads) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://store.example.com/a",
        "https://store.example.com:8443/a",
        "https://a@store.example.com/",
        "https://store.example.com/a b",
        "file:///etc/passwd",
    ],
)
async def test_a_bad_link_is_not_even_looked_up(url: str) -> None:
    """What its text rules out is neither asked about nor given away."""
    names = Names("1.1.1.1")

    with pytest.raises(LinkRefused):
        await download(url, allow_local=False, names=names)
    with pytest.raises(LinkRefused):
        Downloader(allow_local=False, observe=Observed()).check(link_to(url))

    assert names.asked == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fd00::1", "0.0.0.0"],  # noqa: S104
)
async def test_a_name_of_a_private_address_is_refused(address: str) -> None:
    """Whatever the name, the address behind it must be public."""
    with pytest.raises(LinkRefused):
        await download("https://store.example.com/a", allow_local=False, names=Names(address))


async def test_observes_a_download() -> None:
    """One call with its final status, redirects included."""
    observed = Observed()
    async with raw_server(redirect("/b"), reply("404 Not Found")) as server:
        with pytest.raises(SummaryExpired):
            await download(f"http://127.0.0.1:{server.port}/a", observed=observed)

    assert observed.calls == [("download", "404")]


@pytest.mark.usefixtures("talkative_libraries")
async def test_logs_nothing_of_the_link(caplog: pytest.LogCaptureFixture) -> None:
    """With everything logged, neither the link nor a redirect's address is."""
    caplog.set_level(logging.DEBUG)
    async with raw_server(redirect("/next?sig=hush"), reply("200 OK", TEXT)) as server:
        await download(f"http://127.0.0.1:{server.port}/first?sig=hush")

    assert "hush" not in caplog.text
    assert "All went well" not in caplog.text


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS for `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = dt.datetime.now(dt.UTC)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "chain.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(chain)
    return serving, ssl.create_default_context(cafile=str(chain))


async def test_the_certificate_must_name_the_host(tmp_path: Path) -> None:
    """Connected to the vetted address, TLS asks for and checks the name of the link."""
    asked: list[str | None] = []
    serving, trusting = certificate(tmp_path, "store.example.com")
    serving.sni_callback = lambda _socket, name, _context: asked.append(name)

    async with raw_server(reply("200 OK", TEXT), tls=serving) as server:
        url = f"https://store.example.com:{server.port}{TARGET}"
        text = await download(url, trusting=trusting)

    assert text == TEXT.decode()
    assert asked == ["store.example.com"]
    assert f"Host: store.example.com:{server.port}\r\n".encode() in server.heads[0]


async def test_a_certificate_of_another_name_is_no_connection(tmp_path: Path) -> None:
    """The right address with the wrong name is not talked to."""
    serving, trusting = certificate(tmp_path, "other.example.com")

    async with raw_server(reply("200 OK", TEXT), tls=serving) as server:
        with pytest.raises(RealtimeKitUnavailable):
            await download(f"https://store.example.com:{server.port}/", trusting=trusting)

    assert server.heads == []


async def test_an_unknown_authority_is_no_connection(tmp_path: Path) -> None:
    """Without a say in the matter, only the usual authorities are trusted."""
    serving, _ = certificate(tmp_path, "store.example.com")

    async with raw_server(reply("200 OK", TEXT), tls=serving) as server:
        with pytest.raises(RealtimeKitUnavailable):
            await download(f"https://store.example.com:{server.port}/")

    assert server.heads == []
