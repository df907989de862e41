"""What a request must be before anything looks into it. Pure: bytes and headers in.

A request is measured, then read as text, then its signature is checked, and only then parsed, so
that whoever does not know the signing secret gets no further than a digest of a short text.
Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError
from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers

BODY_MAX = 1_000_000
"""Bytes. A submitted window is the largest that Slack sends, at most a quarter of this."""

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_FIELDS_MAX = 100
_PROBE_MAX = 2_000
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_ONCE = ("content-type", "x-slack-request-timestamp", "x-slack-signature")


class Refused(Exception):
    """Not a request of Slack's; `status` and the short text go back to whoever sent it."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        """Refuse."""
        super().__init__(text)
        self.status = status
        self.text = text


def check_headers(headers: Headers) -> None:
    """Look at the headers, before the body is read. Raises `Refused`."""
    for name in _ONCE:
        if len(headers.getlist(name)) > 1:
            raise Refused(HTTPStatus.BAD_REQUEST, f"more than one {name}")
    if _media_type(headers) not in (_FORM, _JSON):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported content type")
    if headers.get("content-encoding", "identity") != "identity":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported content encoding")
    if not _NUMBER.fullmatch(headers.get("content-length", "0")):
        raise Refused(HTTPStatus.BAD_REQUEST, "content length is not a number")


def decode(body: bytes) -> str:
    """Read a body as text. Raises `Refused`."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        problem = Refused(HTTPStatus.BAD_REQUEST, "not UTF-8")
    raise problem


def is_probe(headers: Headers, text: str) -> bool:
    """Whether Slack only tries the certificate, which it does without a signature.

    Source: https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    if len(text) > _PROBE_MAX or _media_type(headers) != _FORM or "ssl_check" not in text:
        return False
    return _read_form(text).get("ssl_check") == "1"


def check_signature(headers: Headers, text: str, verifier: SignatureVerifier) -> None:
    """Check that Slack signed this text within the last five minutes. Raises `Refused`."""
    timestamp = headers.get("x-slack-request-timestamp")
    signature = headers.get("x-slack-signature")
    if timestamp is None or signature is None:
        raise Refused(HTTPStatus.UNAUTHORIZED, "not signed")
    if not _NUMBER.fullmatch(timestamp):
        raise Refused(HTTPStatus.BAD_REQUEST, "timestamp is not a number")
    # The comparison in constant time raises an error for letters outside ASCII.
    if not _SIGNATURE.fullmatch(signature) or not verifier.is_valid(text, timestamp, signature):
        raise Refused(HTTPStatus.UNAUTHORIZED, "not signed by Slack, or too long ago")


def read_body(headers: Headers, text: str) -> dict[str, Any]:
    """Read a signed text as what Bolt works with. Raises `Refused`.

    Bolt's own reader takes every form with the word "payload" anywhere in it, such as the name
    of a channel, for one with a field of that name, and finds nothing.
    """
    if _media_type(headers) == _JSON:
        return _check_shape(_read_json(text))
    form = _read_form(text)
    return _check_shape(_read_json(form["payload"]) if "payload" in form else form)


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _read_form(text: str) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS_MAX))
    except ValueError:
        problem = Refused(HTTPStatus.BAD_REQUEST, "not a form")
    raise problem


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        problem = Refused(HTTPStatus.BAD_REQUEST, "not JSON")
    raise problem


class _Shape(BaseModel):
    """What Bolt looks into without looking first."""

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    type: str | None = None
    command: str | None = None
    event: dict[str, Any] | None = None
    view: dict[str, Any] | None = None
    actions: list[dict[str, Any]] | None = None
    authorizations: list[dict[str, Any]] | None = None
    response_urls: list[dict[str, Any]] | None = None
    user: str | dict[str, Any] | None = None
    team: str | dict[str, Any] | None = None
    channel: str | dict[str, Any] | None = None
    enterprise: str | dict[str, Any] | None = None


def _check_shape(body: object) -> dict[str, Any]:
    if isinstance(body, dict) and _has_shape(body):
        # Bolt takes a field that is there for one that is not empty.
        return {name: value for name, value in body.items() if value is not None}
    raise Refused(HTTPStatus.BAD_REQUEST, "not understood")


def _has_shape(body: dict[str, Any]) -> bool:
    try:
        _Shape.model_validate(body)
    except ValidationError:
        return False
    return True
