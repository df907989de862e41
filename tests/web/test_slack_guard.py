"""What passes the guard, and with which few words everything else is sent away."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.datastructures import Headers

from bot.web.slack_guard import (
    Refused,
    check_headers,
    check_signature,
    decode,
    is_probe,
    read_body,
)

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_795_435_200
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


class At(Clock):
    """A clock that stands still."""

    def now(self) -> float:
        """The one moment."""
        return NOW


VERIFIER = SignatureVerifier(SECRET, At())


def signed(text: str, *, at: int = NOW, secret: str = SECRET) -> Headers:
    """The headers Slack would send with a form."""
    signature = SignatureVerifier(secret).generate_signature(timestamp=str(at), body=text)
    return Headers(
        FORM | {"x-slack-request-timestamp": str(at), "x-slack-signature": str(signature)}
    )


def refusal(problem: pytest.ExceptionInfo[Refused]) -> tuple[HTTPStatus, str]:
    """What goes back."""
    return problem.value.status, problem.value.text


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        "application/json",
        "Application/JSON;charset=utf-8",
    ],
)
def test_takes_forms_and_json(content_type: str) -> None:
    """Slack sends commands and clicks as forms, events as JSON."""
    check_headers(Headers({"content-type": content_type, "content-length": "12"}))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ({"content-type": "text/plain"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ({"content-type": "multipart/form-data; boundary=x"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (FORM | {"content-encoding": "gzip"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (FORM | {"content-length": "-1"}, HTTPStatus.BAD_REQUEST),
        (FORM | {"content-length": "9" * 13}, HTTPStatus.BAD_REQUEST),
    ],
)
def test_refuses_by_headers(headers: dict[str, str], status: HTTPStatus) -> None:
    """Other content types, compressed bodies and those of no known length are not read."""
    with pytest.raises(Refused) as problem:
        check_headers(Headers(headers))

    assert problem.value.status == status


@pytest.mark.parametrize("name", ["content-type", "x-slack-signature", "x-slack-request-timestamp"])
def test_refuses_a_header_that_comes_twice(name: str) -> None:
    """Which of two headers counts is nothing to guess about."""
    value = FORM["content-type"].encode()
    twice = [(name.encode(), value), (name.encode(), value), (b"content-type", value)]

    with pytest.raises(Refused) as problem:
        check_headers(Headers(raw=twice))

    assert refusal(problem) == (HTTPStatus.BAD_REQUEST, f"more than one {name}")


def test_refuses_what_is_not_utf_8() -> None:
    """Slack's requests are UTF-8."""
    with pytest.raises(Refused) as problem:
        decode(b"text=\xff")

    assert refusal(problem) == (HTTPStatus.BAD_REQUEST, "not UTF-8")


@pytest.mark.parametrize("at", [NOW, NOW - 300, NOW + 300])
def test_takes_what_slack_signed(at: int) -> None:
    """A signature holds for five minutes, in both directions."""
    check_signature(signed("text=help", at=at), "text=help", VERIFIER)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (Headers(FORM), HTTPStatus.UNAUTHORIZED),
        (Headers({"x-slack-request-timestamp": str(NOW)}), HTTPStatus.UNAUTHORIZED),
        (Headers({"x-slack-signature": "v0=0"}), HTTPStatus.UNAUTHORIZED),
        (signed("text=help", at=NOW - 301), HTTPStatus.UNAUTHORIZED),
        (signed("text=help", at=NOW + 301), HTTPStatus.UNAUTHORIZED),
        (signed("text=help", secret="another"), HTTPStatus.UNAUTHORIZED),
        (signed("text=doctor"), HTTPStatus.UNAUTHORIZED),
    ],
)
def test_refuses_what_slack_did_not_sign(headers: Headers, status: HTTPStatus) -> None:
    """No signature, half of one, a stale or a forged one, or one of another text."""
    with pytest.raises(Refused) as problem:
        check_signature(headers, "text=help", VERIFIER)

    assert problem.value.status == status


@pytest.mark.parametrize("timestamp", ["now", "", "-5", "1e9", "١٢٣", "9" * 400, "1 "])
def test_refuses_a_timestamp_that_is_no_number(timestamp: str) -> None:
    """What Python would read as a number in some way is not yet a timestamp."""
    raw = [
        (b"x-slack-request-timestamp", timestamp.encode()),
        (b"x-slack-signature", b"v0=" + b"0" * 64),
    ]

    with pytest.raises(Refused) as problem:
        check_signature(Headers(raw=raw), "", VERIFIER)

    assert refusal(problem) == (HTTPStatus.BAD_REQUEST, "timestamp is not a number")


@pytest.mark.parametrize("signature", ["", "v0=", "v0=ABC", "v1=" + "0" * 64, "v0=é" + "0" * 63])
def test_refuses_a_malformed_signature(signature: str) -> None:
    """Nothing but 64 hexadecimal digits is compared with ours."""
    raw = [
        (b"x-slack-request-timestamp", str(NOW).encode()),
        (b"x-slack-signature", signature.encode("latin-1")),
    ]

    with pytest.raises(Refused) as problem:
        check_signature(Headers(raw=raw), "", VERIFIER)

    assert problem.value.status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    ("headers", "text", "probe"),
    [
        (FORM, "ssl_check=1&token=x", True),
        (FORM, "ssl_check=0", False),
        (FORM, "text=ssl_check", False),
        (FORM, "text=help", False),
        (FORM, "ssl_check=1&x=" + "x" * 2_000, False),
        (JSON, "ssl_check=1", False),
    ],
)
def test_knows_the_probe_of_the_certificate(
    headers: dict[str, str], text: str, *, probe: bool
) -> None:
    """Only a short form that says so gets past without a signature, and only to an empty answer."""
    assert is_probe(Headers(headers), text) is probe


@pytest.mark.parametrize(
    ("headers", "text", "body"),
    [
        (FORM, "command=%2Fmeeting-summary&text=", {"command": "/meeting-summary", "text": ""}),
        (
            FORM,
            "command=%2Fx&channel_name=payload-team",
            {"command": "/x", "channel_name": "payload-team"},
        ),
        (FORM, urlencode({"payload": '{"type":"block_actions"}'}), {"type": "block_actions"}),
        (JSON, '{"type":"event_callback","event":{}}', {"type": "event_callback", "event": {}}),
        (JSON, '{"type":"x","team":null,"event":null}', {"type": "x"}),
        (FORM, "", {}),
    ],
)
def test_reads_a_body(headers: dict[str, str], text: str, body: dict[str, Any]) -> None:
    """A form, a form around JSON, and JSON."""
    assert read_body(Headers(headers), text) == body


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        (JSON, ""),
        (JSON, "{"),
        (JSON, "[]"),
        (JSON, '"text"'),
        (JSON, "[" * 200_000),
        (JSON, '{"n":' + "9" * 5_000 + "}"),
        (JSON, "5"),
        (JSON, '{"event":5}'),
        (JSON, '{"type":5}'),
        (JSON, '{"actions":[5]}'),
        (JSON, '{"authorizations":{}}'),
        (JSON, '{"user":5}'),
        (FORM, "payload=x"),
        (FORM, "payload=[1]"),
        (FORM, "&".join(f"a{number}=1" for number in range(101))),
    ],
)
def test_refuses_a_body_nobody_can_read(headers: dict[str, str], text: str) -> None:
    """Also from Slack itself, too deep, too long and misshapen bodies go no further."""
    with pytest.raises(Refused) as problem:
        read_body(Headers(headers), text)

    assert problem.value.status == HTTPStatus.BAD_REQUEST


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["type", "event", "team", "user", "x"]), _JSON_VALUES))
def test_a_body_that_passes_has_the_shape_bolt_counts_on(body: dict[str, Any]) -> None:
    """Whatever is in the JSON, it is refused or what Bolt looks into is there to look into."""
    try:
        read = read_body(Headers(JSON), json.dumps(body))
    except Refused:
        return

    assert isinstance(read.get("event", {}), dict)
    assert isinstance(read.get("type", ""), str)
