"""The key that events are signed with."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bot.demo.fake_realtimekit import FakeRealtimeKit
from bot.demo.fake_realtimekit.scripted import edge_page, json_reply
from bot.demo.fake_realtimekit.signing import KEY_PATH, rsa_key
from tests.demo.fake_realtimekit.calling import NOWHERE, Caller

BODY = '{"event":"meeting.ended","title":"Größe"}'.encode()


async def published(call: Caller) -> str:
    """The key as anybody may fetch it."""
    reply = (await call.http.get(KEY_PATH)).json()
    assert (reply["success"], reply["message"]) == (True, "")
    pem: str = reply["data"]["publicKey"]
    return pem


def verify(pem: str, body: bytes, signature: str) -> None:
    """Check a signature as the real service's documentation does. Raises `InvalidSignature`."""
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, RSAPublicKey)
    assert key.key_size == 2048
    key.verify(base64.b64decode(signature, validate=True), body, PKCS1v15(), SHA256())


async def test_the_published_key_verifies(call: Caller, kit: FakeRealtimeKit) -> None:
    """A body as it was signed, and no other one."""
    pem, signature = await published(call), kit.events.sign(BODY)

    verify(pem, BODY, signature)
    with pytest.raises(InvalidSignature):
        verify(pem, BODY + b" ", signature)


async def test_a_rotated_key(call: Caller, kit: FakeRealtimeKit) -> None:
    """The old one is no longer published, and does not verify what is signed from now on."""
    old = await published(call)

    kit.events.rotate_key()

    signature = kit.events.sign(BODY)
    verify(await published(call), BODY, signature)
    with pytest.raises(InvalidSignature):
        verify(old, BODY, signature)


async def test_escaped_newlines(call: Caller, kit: FakeRealtimeKit) -> None:
    """The same key, on one line."""
    kit.events.key.escapes_newlines = True

    pem = await published(call)

    assert "\n" not in pem
    assert pem.replace("\\n", "\n") == kit.events.key.pem


async def test_any_other_key(call: Caller, kit: FakeRealtimeKit) -> None:
    """What is published need not be what signs, nor a key at all."""
    kit.events.key.published = "nonsense"

    assert await published(call) == "nonsense"


async def test_fetches_are_counted_and_can_be_spoiled(call: Caller, kit: FakeRealtimeKit) -> None:
    """An error, a page and an empty answer, then the key again; all of them are written down."""
    empty = json_reply(200, {"success": True, "data": None, "message": ""})
    kit.script.add("webhook_key", json_reply(500, {}), edge_page(200), empty)

    replies = [await call.http.get(KEY_PATH) for _ in range(3)]
    await published(call)

    assert [reply.status_code for reply in replies] == [500, 200, 200]
    assert len(kit.calls("webhook_key")) == 4
    assert kit.key_url == NOWHERE + KEY_PATH


def test_keys_are_made_once_a_process() -> None:
    """Making one takes long; a number names the same one again, another one another."""
    assert rsa_key(1) is rsa_key(1)
    assert rsa_key(1) is not rsa_key(2)
