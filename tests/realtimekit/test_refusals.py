"""What a refusal means, in each of the envelopes it comes in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    AccountNotFound,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SessionNotFound,
    TokenRefused,
    UnexpectedReply,
)
from bot.realtimekit.refusals import judge, read_refusal
from bot.realtimekit.reply import Reply
from tests.realtimekit.replies import PAGE, backend, gateway, granted, json_reply, raw

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
CHAIN = {
    "success": False,
    "errors": [
        {
            "code": 9999,
            "message": "Invalid request",
            "error_chain": [{"code": 6111, "message": "Invalid format for Authorization header"}],
        }
    ],
}


def verdict(reply: Reply) -> RealtimeKitError:
    """What a refused reply means where a 404 is a missing session."""
    refusal = read_refusal(reply)
    assert refusal is not None
    return judge(refusal, reply, not_found=SessionNotFound, now=NOW)


@pytest.mark.parametrize("reply", [granted({}), raw(200), raw(204), raw(200, PAGE), raw(299)])
def test_a_success_is_no_refusal(reply: Reply) -> None:
    """Without a refusing status or body there is nothing to judge."""
    assert read_refusal(reply) is None


@pytest.mark.parametrize(
    "reply",
    [
        backend(404),
        gateway(404, 10),
        gateway(404, 10, messages=[], result=None),
        json_reply(404, {"message": "no such thing"}),
        json_reply(404, {"success": False}),
        json_reply(404, {"success": False, "error": "Not found"}),
        raw(404),
        raw(404, PAGE),
        json_reply(200, {"success": False, "error": {"code": 404, "message": "x"}}),
    ],
)
def test_every_envelope_says_not_found(reply: Reply) -> None:
    """A 404 means the same in whatever it is wrapped, even in a 200."""
    assert type(verdict(reply)) is SessionNotFound


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (gateway(400, 6003, messages=[], result=None), TokenRefused),
        (json_reply(400, CHAIN), TokenRefused),
        (gateway(400, 10, message="Authentication failed"), TokenRefused),
        (json_reply(400, {"message": "Unauthorized"}), TokenRefused),
        (gateway(401, 1000), TokenRefused),
        (gateway(403, 1000, message="Invalid API Token"), TokenRefused),
        (gateway(403, 9109, message="Invalid access token"), TokenRefused),
        (gateway(401, 10000), TokenRefused),
        (raw(401), TokenRefused),
        (json_reply(200, {"success": False, "error": {"code": 401}}), TokenRefused),
        (gateway(403, 10000), PermissionMissing),
        (
            gateway(403, 10000, message="Authentication error", messages=[], result=None),
            PermissionMissing,
        ),
        (json_reply(403, {"success": False}), PermissionMissing),
        (raw(403), PermissionMissing),
        (raw(403, PAGE), RealtimeKitUnavailable),
        (gateway(404, 7003, 7000), AccountNotFound),
        (gateway(400, 7003), AccountNotFound),
        (json_reply(403, {"errors": [{"code": "7003", "message": "x"}]}), AccountNotFound),
        (gateway(429, 10), RealtimeKitBusy),
        (raw(429, PAGE), RealtimeKitBusy),
        (backend(500), RealtimeKitUnavailable),
        (backend(502), RealtimeKitUnavailable),
        (gateway(503, 10), RealtimeKitUnavailable),
        (backend(504), RealtimeKitUnavailable),
        (raw(502, PAGE), RealtimeKitUnavailable),
        (raw(520, PAGE), RealtimeKitUnavailable),
        (raw(524, PAGE), RealtimeKitUnavailable),
        (raw(408), RealtimeKitUnavailable),
        (json_reply(200, {"success": False, "error": {"code": 500}}), RealtimeKitUnavailable),
        (raw(301, location="https://evil.example/"), UnexpectedReply),
        (raw(302, location="https://evil.example/"), UnexpectedReply),
        (raw(307, location="https://evil.example/"), UnexpectedReply),
        (raw(304), UnexpectedReply),
        (raw(100), UnexpectedReply),
        (raw(405), UnexpectedReply),
        (backend(422, '"page_no" must be a number'), UnexpectedReply),
        (json_reply(200, {"success": False}), UnexpectedReply),
        (gateway(200, 1, message="x"), UnexpectedReply),
        (json_reply(200, {"success": False, "error": {"code": 7}}), UnexpectedReply),
        (json_reply(200, {"success": False, "errors": "?", "error": [1]}), UnexpectedReply),
    ],
)
def test_reads_a_refusal_plainly(reply: Reply, error: type[RealtimeKitError]) -> None:
    """Status, codes and words together decide; each refusal has one plain reading."""
    assert type(verdict(reply)) is error


@pytest.mark.parametrize("status", [429, 503, 520])
def test_carries_the_wait(status: int) -> None:
    """How long to wait is kept, whether the limit or an outage is the reason."""
    assert verdict(raw(status, retry_after="7")).retry_after == 7.0


def test_a_wait_that_was_not_said_is_unknown() -> None:
    """Without a usable header the caller's own back-off decides."""
    assert verdict(raw(429)).retry_after is None


def test_the_detail_is_numbers_only() -> None:
    """The log gets status and codes; words from outside stay out, for they may quote anything."""
    error = verdict(gateway(403, 10000, 9109, message="Bearer abcdef was not accepted"))

    assert error.detail == "403 9109 10000"
    assert "abcdef" not in str(error)


@pytest.mark.parametrize("code", [True, -1, 10**12, "x", None, 1.5, [1]])
def test_a_strange_code_is_no_code(code: object) -> None:
    """Codes that are no small positive numbers are left out."""
    assert verdict(json_reply(404, {"errors": [{"code": code}, 5, None]})).detail == "404"


@given(
    st.integers(min_value=100, max_value=599),
    st.one_of(
        st.binary(),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
            lambda inner: st.one_of(
                st.lists(inner),
                st.dictionaries(
                    st.sampled_from(
                        ["success", "errors", "error", "message", "code", "error_chain"]
                    ),
                    inner,
                ),
            ),
        ).map(lambda content: json_reply(0, content).body),
    ),
)
def test_any_reply_can_be_judged(status: int, body: bytes) -> None:
    """No body makes the reader stumble: there is a refusal with a verdict, or none."""
    reply = raw(status, body)
    refusal = read_refusal(reply)

    if refusal is None:
        assert reply.succeeded
    else:
        verdict = judge(refusal, reply, not_found=SessionNotFound, now=NOW)
        assert isinstance(verdict, RealtimeKitError)


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_until_a_date_is_read(status: int) -> None:
    """By the present moment; the log learns the status."""
    error = verdict(raw(status, retry_after="Wed, 04 Mar 2026 10:30:45 GMT"))

    assert (error.detail, error.retry_after) == (str(status), 45.0)


def test_words_alone_and_a_byte_order_mark_are_read() -> None:
    """An error may be nothing but a sentence."""
    body = b"\xef\xbb\xbf" + json_reply(400, {"error": "Authentication failed"}).body

    assert type(verdict(raw(400, body))) is TokenRefused


@pytest.mark.parametrize(
    ("code", "detail"),
    [(1, "400 1"), (0, "400"), (999_999_999, "400 999999999")],
)
def test_only_numbers_that_can_be_codes_are_told(code: int, detail: str) -> None:
    """Zero stands for none."""
    assert verdict(json_reply(400, {"errors": [{"code": code}]})).detail == detail


def test_a_refusing_status_counts_before_what_the_body_repeats() -> None:
    """Only under a 200 does the body know better."""
    assert type(verdict(backend(404, code=500))) is SessionNotFound
