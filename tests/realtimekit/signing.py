"""Keys as RealtimeKit has one, and what it signs with it."""

from __future__ import annotations

import base64
import json
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RSA_512 = """-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALMEnUS9B7+XwfRT4bIMT7Jm20TNlbOe
BhowNDD+YxtPYzBnNHrbzNyJk5WOuW42pFDwMcOWVInnbyN1t6mh6TcCAwEAAQ==
-----END PUBLIC KEY-----
"""
"""Shorter than the library agrees to make."""


@cache
def key_number(number: int, *, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One of several keys, each made once."""
    assert number >= 0
    return rsa.generate_private_key(65_537, bits)


@cache
def elliptic_key() -> ec.EllipticCurvePrivateKey:
    """A key of another kind."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def edwards_key() -> ed25519.Ed25519PrivateKey:
    """A key of a kind that has one length only."""
    return ed25519.Ed25519PrivateKey.generate()


def pem_of(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> str:
    """The public half, as it is published."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode()


def published(pem: object) -> bytes:
    """What the key's address answers."""
    return json.dumps({"success": True, "data": {"publicKey": pem}, "message": ""}).encode()


def signed(
    body: bytes,
    key: rsa.RSAPrivateKey,
    *,
    pad: padding.AsymmetricPadding | None = None,
    digest: HashAlgorithm | None = None,
) -> str:
    """A body's signature as it comes in the header; in RealtimeKit's way unless told otherwise."""
    return base64.b64encode(key.sign(body, pad or padding.PKCS1v15(), digest or SHA256())).decode()
