"""Whether RealtimeKit signed a webhook."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from bot.errors import RealtimeKitUnavailable
from bot.realtimekit.reply import Reply
from bot.realtimekit.webhook_signature import read_key, signature_of, verify
from tests.realtimekit.replies import PAGE, backend, gateway, granted, raw
from tests.realtimekit.signing import (
    RSA_512,
    edwards_key,
    elliptic_key,
    key_number,
    pem_of,
    published,
    signed,
)

KEY = key_number(0)
PUBLIC = KEY.public_key()
BODY = b'{"event": "meeting.summary", "title": "caf\xc3\xa9"}'
PEM = pem_of(KEY)


def test_takes_what_was_signed() -> None:
    """RSA with SHA-256, PKCS#1 v1.5, in Base64, over the bytes as they came."""
    assert verify(BODY, signed(BODY, KEY), PUBLIC)


def test_an_empty_body_can_be_signed() -> None:
    """Nothing is special about a length."""
    assert verify(b"", signed(b"", KEY), PUBLIC)


@pytest.mark.parametrize("blanks", [" {} ", "\t{}", "{}\n", "\r\n{}\r\n"])
def test_forgives_blanks_around_the_signature(blanks: str) -> None:
    """What a proxy may leave around a header's value changes nothing."""
    assert verify(BODY, blanks.format(signed(BODY, KEY)), PUBLIC)


@pytest.mark.parametrize(
    "body",
    [
        BODY + b" ",
        BODY + b"\n",
        BODY[:-1],
        b"",
        BODY.replace(b": ", b":"),
        BODY.replace(b"meeting", b"meetinG"),
        b"\xef\xbb\xbf" + BODY,
    ],
)
def test_the_bytes_count(body: bytes) -> None:
    """One byte more, less or other is another body, the same JSON written anew too."""
    assert not verify(body, signed(BODY, KEY), PUBLIC)


def _with_line_breaks(signature: str) -> str:
    return f"{signature[:76]}\n{signature[76:]}"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "   ",
        "not base64",
        "=",
        "====",
        "\u00e4\u00f6\u00fc",
        "sha256=0123456789abcdef",
        "a" * 1_000_000,
        base64.b64encode(b"short").decode(),
        _with_line_breaks(signed(BODY, KEY)),
        signed(BODY, KEY)[:-1],
        signed(BODY, KEY) + "AAAA",
        f"{signed(BODY, KEY)}, {signed(BODY, KEY)}",
        signed(BODY, key_number(1)),
        signed(BODY, KEY, pad=PSS(MGF1(SHA256()), PSS.MAX_LENGTH)),
        signed(BODY, KEY, digest=SHA1()),  # noqa: S303 - the forgery itself
    ],
    ids=range(16),
)
def test_refuses_every_other_signature(signature: str) -> None:
    """Another key, padding or digest, and whatever is no Base64, is no signature."""
    assert not verify(BODY, signature, PUBLIC)


@given(signature=st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_no_header_breaks_it(signature: str) -> None:
    """Any text in the header gives an answer."""
    assert not verify(BODY, signature, PUBLIC)


@pytest.mark.parametrize(
    "headers",
    [
        {"rtk-signature": "c2ln"},
        {"RTK-Signature": "c2ln"},
        {"dyte-signature": "c2ln"},
        {"Dyte-Signature": " c2ln "},
        {"rtk-signature": "c2ln", "dyte-signature": "b3RoZXI="},
        {"rtk-signature": "", "dyte-signature": "c2ln"},
        Headers({"Rtk-Signature": "c2ln"}),
    ],
)
def test_finds_the_signature_in_either_header(headers: dict[str, str]) -> None:
    """Some deployments still use the name of the product before; case never counts."""
    assert signature_of(headers) == "c2ln"


@pytest.mark.parametrize("headers", [{}, {"signature": "x"}, {"rtk-signature": " "}])
def test_a_request_may_carry_none(headers: dict[str, str]) -> None:
    """No header, or an empty one, is no signature."""
    assert signature_of(headers) is None


@pytest.mark.parametrize(
    "pem",
    [PEM, PEM.replace("\n", r"\n"), PEM.replace("\n", r"\r\n"), PEM.replace("\n", "\r\n")],
)
def test_reads_the_published_key(pem: str) -> None:
    """Line breaks may be real or spelled out."""
    assert read_key(raw(200, published(pem))).public_numbers() == PUBLIC.public_numbers()


@pytest.mark.parametrize(
    "reply",
    [
        raw(200, published(pem_of(elliptic_key()))),
        raw(200, published(pem_of(edwards_key()))),
        raw(200, published(RSA_512)),
        raw(200, published(pem_of(key_number(0, bits=1024)))),
        raw(200, published("")),
        raw(200, published("-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n")),
        raw(200, published("\ud800")),
        raw(200, published(None)),
        raw(200, published(5)),
        granted(None),
        granted({}),
        granted([]),
        raw(200, PAGE),
        raw(200, PEM.encode()),
        raw(200, b"[]"),
        raw(200),
        raw(204),
        raw(302, published(PEM), location="https://evil.example/"),
        raw(500, published(PEM)),
        backend(404),
        gateway(403, 10000),
        backend(200, code=500),
    ],
    ids=range(22),
)
def test_takes_no_other_key(reply: Reply) -> None:
    """Another kind, a short one, a page, a refusal: there is no key for now."""
    with pytest.raises(RealtimeKitUnavailable) as raised:
        read_key(reply)

    assert raised.value.detail
