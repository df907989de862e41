"""No log line shows a secret, however it is wrapped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SlackBusy
from bot.redaction import MASK, describe_exception, redact, redact_value

SECRETS = st.sampled_from(
    [
        "xoxb-123-456-AbC",
        "xoxe.xoxb-1-AbC",
        "xapp-1-A1-2-abc",
        "cfut_AbCdEf123",
        "cfat_AbCdEf123",
        "https://hooks.slack.com/commands/T1/2/abc",
        "https:\\/\\/hooks.slack.com\\/commands\\/T1\\/2\\/abc",
        "https://files.example.com/s.txt?X-Amz-Signature=abc123",
        "postgres://bot:hunter2@db.example.com/bot",
    ]
)
AROUND = st.text(st.characters(exclude_characters="\\", codec="utf-8"), max_size=20)


@given(SECRETS, AROUND, AROUND)
def test_a_secret_never_survives(secret: str, before: str, after: str) -> None:
    """Tokens, hooks, presigned and database addresses are masked wherever they stand."""
    text = redact(f"{before} {secret} {after}")

    assert secret not in text
    assert MASK in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {MASK}"),
        ("/s.txt?X-Amz-Signature=abc&part=2", f"/s.txt?X-Amz-Signature={MASK}&part=2"),
        (
            "/slack/oauth_redirect?code=1.2&state=s",
            f"/slack/oauth_redirect?code={MASK}&state={MASK}",
        ),
        ("GET /setup/a-B_c1 HTTP/1.1", f"GET /setup/{MASK} HTTP/1.1"),
        ("refresh_token=abc", f"refresh_token={MASK}"),
        ("see https://docs.slack.dev/messaging", "see https://docs.slack.dev/messaging"),
        ("https://a.example.com/x?y=1 failed", f"https://a.example.com/{MASK} failed"),
        ("a\x1b[31mb", "a [31mb"),
        ("state=posted code=404", "state=posted code=404"),
    ],
)
def test_what_is_masked_and_what_stays(text: str, shown: str) -> None:
    """Only the secret part goes; what an operator needs stays."""
    assert redact(text) == shown


def test_names_that_hold_secrets_are_masked_whole() -> None:
    """A value under such a name is not looked at: its form may be anything."""
    event = {"answer_url": "x", "api_token": "y", "headers": {"a": "b"}, "body": "text", "key": "k"}

    clean = redact_value("event", event)

    assert clean == {
        "answer_url": MASK,
        "api_token": MASK,
        "headers": MASK,
        "body": MASK,
        "key": "k",
    }


def test_values_are_redacted_however_deep() -> None:
    """Lists and mappings are looked through; numbers stay numbers; lines stay lines."""
    clean = redact_value("facts", {"list": ["xoxb-1", 2, None, True], "text": "a\nb", "n": 1.5})

    assert clean == {"list": [MASK, 2, None, True], "text": "a b", "n": 1.5}


def test_a_long_value_is_shortened() -> None:
    """A log line is no place for a whole document."""
    shown = redact_value("text", "a" * 10_000)

    assert isinstance(shown, str)
    assert len(shown) == 2_001


def test_an_error_of_a_library_keeps_its_words_to_itself() -> None:
    """A library's error may quote a whole request; the path it took is shown instead."""
    try:
        try:
            raise ValueError("what was said in the meeting")
        except ValueError as error:
            raise SlackBusy("429 xoxb-1-2") from error
    except SlackBusy as error:
        shown = describe_exception(error)

    assert "what was said" not in shown
    assert "builtins.ValueError" in shown
    assert f"bot.errors.SlackBusy: 429 {MASK}" in shown
    assert "test_redaction.py" in shown


def test_an_operating_systems_error_is_quoted() -> None:
    """Which address refused a connection is what an operator needs."""
    shown = describe_exception(ConnectionRefusedError(111, "Connection refused"))

    assert shown.endswith("Connection refused")


def test_every_error_of_a_group_is_described() -> None:
    """A group's errors are listed under it."""
    group = ExceptionGroup("all of it", [SlackBusy("one"), SlackBusy("two")])

    shown = describe_exception(group)

    assert "| bot.errors.SlackBusy: one" in shown
    assert "| bot.errors.SlackBusy: two" in shown
