"""What a refusal by Cloudflare's API means, in each of the envelopes it comes in.

Requests pass two systems. Cloudflare's gateway refuses with `{"success": false, "errors":
[{"code", "message", "error_chain"}]}`, RealtimeKit itself with `{"success": false, "error":
{"code", "message"}}`, `{"message": …}` or a bare `{"success": false}`, and the network's edge
with a web page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from bot.errors import (
    AccountNotFound,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    TokenRefused,
    UnexpectedReply,
)
from bot.realtimekit.reply import Reply
from bot.realtimekit.retry_after import seconds_to_wait

# The gateway's codes. Sources: https://developers.cloudflare.com/api and the error messages of
# `wrangler`; 10000 stands for a dead token and for a missing permission alike.
_TOKEN_CODES = frozenset({1000, 6003, 6111})
_ROUTE_CODES = frozenset({7000, 7003})
_TOKEN_TEXT = re.compile(r"authenticat|authoriz|api[ _-]?token|access token|credential")
_DEAD_TOKEN_TEXT = re.compile(r"invalid (?:api|access) token")
_MISSING = r"\bno\b|\bnot\b|n't|without|missing|empty|unavailable"
_TRANSCRIPT_MISSING = re.compile(rf"transcri.*(?:{_MISSING})|(?:{_MISSING}).*transcri")
_SUMMARY_MISSING = re.compile(rf"summar.*(?:{_MISSING})|(?:{_MISSING}).*summar")
_STILL_COMING = re.compile(
    r"(?:\bnot|n't) (?:yet )?(?:ready|finished|complete)|\byet\b|in.?progress|being|pending|process"
    r"|already running|under way"
)
_LONGEST_TEXT = 2_000
_LARGEST_CODE = 999_999_999
_FAILURES = range(400, 600)
_DIGITS = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in one shape: the status that counts, its codes, its words in lower case."""

    status: int
    codes: frozenset[int]
    text: str

    @property
    def detail(self) -> str:
        """What an operator needs: the status and the codes, none of the words."""
        return " ".join(str(number) for number in (self.status, *sorted(self.codes)))

    @property
    def misses_transcript(self) -> bool:
        """Whether the words say that there is no transcript, rather than not yet."""
        return _TRANSCRIPT_MISSING.search(self.text) is not None and not self.says_wait

    @property
    def misses_summary(self) -> bool:
        """Whether the words say that there is no summary."""
        return _SUMMARY_MISSING.search(self.text) is not None

    @property
    def says_wait(self) -> bool:
        """Whether the words say that the work is under way."""
        return _STILL_COMING.search(self.text) is not None


def read_refusal(reply: Reply) -> Refusal | None:
    """Read a reply as a refusal; `None` when neither its status nor its body refuses."""
    envelope = _envelope(reply)
    if reply.succeeded and envelope.success is not False:
        return None
    complaints = tuple(envelope.complaints())
    codes = frozenset(c.code for c in complaints if c.code is not None)
    text = " ".join(c.message for c in complaints if c.message)[:_LONGEST_TEXT].lower()
    return Refusal(_status_that_counts(reply, envelope), codes, text)


def judge(
    refusal: Refusal, reply: Reply, *, not_found: type[RealtimeKitError], now: datetime
) -> RealtimeKitError:
    """What a refusal means when it is read plainly.

    Args:
        refusal: the refusal in one shape.
        reply: where it came from: its headers say how long to wait.
        not_found: what a 404 means at this endpoint.
        now: in UTC, to read a waiting time given as a date.
    """
    status = refusal.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = seconds_to_wait(reply.headers, now=now)
        return RealtimeKitBusy(refusal.detail, retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        wait = seconds_to_wait(reply.headers, now=now)
        return RealtimeKitUnavailable(refusal.detail, retry_after=wait)
    return _judge_client_error(refusal, reply, not_found)(refusal.detail)


def _judge_client_error(
    refusal: Refusal, reply: Reply, not_found: type[RealtimeKitError]
) -> type[RealtimeKitError]:
    if refusal.codes & _ROUTE_CODES:
        return AccountNotFound
    if _blames_token(refusal):
        return TokenRefused
    if refusal.status == HTTPStatus.FORBIDDEN:
        # The API refuses in JSON; a page means the network's edge blocked this machine.
        return RealtimeKitUnavailable if reply.is_markup else PermissionMissing
    # Redirects end here too, never followed: the token must not leave for another host.
    return not_found if refusal.status == HTTPStatus.NOT_FOUND else UnexpectedReply


def _blames_token(refusal: Refusal) -> bool:
    if refusal.status == HTTPStatus.UNAUTHORIZED or refusal.codes & _TOKEN_CODES:
        return True
    if refusal.status == HTTPStatus.BAD_REQUEST:
        return _TOKEN_TEXT.search(refusal.text) is not None
    return _DEAD_TOKEN_TEXT.search(refusal.text) is not None


def _only(kind: type) -> BeforeValidator:
    """Let values of one type through; anything else counts as absent."""
    return BeforeValidator(lambda value: value if isinstance(value, kind) else None)


def _code(value: object) -> int | None:
    number = int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if 0 < number <= _LARGEST_CODE else None


def _only_objects(value: object) -> list[object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object_or_words(value: object) -> object:
    if isinstance(value, str):
        return {"message": value}
    return value if isinstance(value, dict) else None


class _Complaint(BaseModel):
    """One error, whoever wrote it."""

    code: Annotated[int | None, BeforeValidator(_code)] = None
    message: Annotated[str | None, _only(str)] = None
    error_chain: Annotated[list[_Complaint], BeforeValidator(_only_objects)] = Field(default=[])

    def flattened(self) -> Iterable[_Complaint]:
        """This error and the ones it was made of."""
        yield self
        for cause in self.error_chain:
            yield from cause.flattened()


class _Envelope(BaseModel):
    """What the four envelopes have between them."""

    success: Annotated[bool | None, _only(bool)] = None
    errors: Annotated[list[_Complaint], BeforeValidator(_only_objects)] = Field(default=[])
    error: Annotated[_Complaint | None, BeforeValidator(_object_or_words)] = None
    message: Annotated[str | None, _only(str)] = None

    def complaints(self) -> Iterable[_Complaint]:
        """Every error named anywhere."""
        for error in self.errors:
            yield from error.flattened()
        if self.error is not None:
            yield from self.error.flattened()
        if self.message:
            yield _Complaint(message=self.message)


def _envelope(reply: Reply) -> _Envelope:
    try:
        return _Envelope.model_validate_json(reply.body.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError:
        return _Envelope()


def _status_that_counts(reply: Reply, envelope: _Envelope) -> int:
    # RealtimeKit repeats the HTTP status in `error.code`, sometimes under a 200.
    repeated = envelope.error.code if envelope.error is not None else None
    if reply.succeeded and repeated is not None and repeated in _FAILURES:
        return repeated
    return reply.status
