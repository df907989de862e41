"""Escaping, limits and block helpers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import kit
from tests.messages.texts import FAMILY


@given(st.text())
def test_escaped_text_holds_no_token(text: str) -> None:
    """No bracket is left to open a token, and reading the entities gives the text back."""
    escaped = kit.escape(text)

    assert "<" not in escaped
    assert ">" not in escaped
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_exactly_three_characters_are_escaped() -> None:
    """Slack reads no other entity."""
    assert kit.escape("""<a & "b" 'c'>""") == """&lt;a &amp; "b" 'c'&gt;"""


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    """Counted in UTF-16 units, the larger of the two ways Slack may count."""
    shortened = kit.shorten(text, limit)

    assert kit.length(shortened) <= limit
    assert shortened == text or shortened.endswith("…")


def test_astral_characters_count_twice() -> None:
    """An emoji is two units."""
    assert kit.length("a👍") == 3
    assert kit.prefix("👍👍👍", 5) == 2
    assert kit.shorten(FAMILY * 2, 15) == f"{FAMILY}…"


@given(st.text(alphabet=st.sampled_from("&<>a👍é"), max_size=3_000))
def test_the_fallback_text_fits_and_ends_outside_an_entity(text: str) -> None:
    """However much escaping makes of it."""
    fallback = kit.fallback(text)

    assert kit.length(fallback) <= kit.TEXT_MAX
    assert text.startswith(unescape(fallback).removesuffix("…"))
    assert fallback == kit.escape(text) or kit.length(fallback) > kit.TEXT_MAX - 10


def test_a_moment_is_shown_in_the_readers_zone_and_in_utc() -> None:
    """Whole seconds, and a fallback that says its zone."""
    at = datetime(2026, 11, 23, 13, 5, 59, 900_000, tzinfo=timezone(timedelta(hours=1)))

    shown = kit.moment(at, "{date_short_pretty} at {time}")

    assert shown == ("<!date^1795435559^{date_short_pretty} at {time}|23 Nov 2026, 12:05 UTC>")


@pytest.mark.parametrize("text", ["", " \u200b\n"])
def test_no_text_is_empty(text: str) -> None:
    """Slack refuses a whole message for one empty text."""
    assert kit.plain_text(text, 10)["text"] == "?"
    assert kit.listed([text])["elements"][0]["elements"][0]["elements"][0]["text"] == "?"


def test_untrusted_text_is_not_parsed() -> None:
    """Plain text reads no emoji codes, and mrkdwn makes no links of its own."""
    assert kit.plain_text(":tada:\n<!here>", 75) == {
        "type": "plain_text",
        "text": ":tada: <!here>",
        "emoji": False,
    }
    assert kit.mrkdwn("x")["verbatim"] is True


def test_a_button_keeps_to_its_limits() -> None:
    """Label and spoken label are cut, and only what was given is in it."""
    button = kit.button("Post " * 30, "act", value="v", spoken="Say " * 30)

    assert kit.length(button["text"]["text"]) <= 75
    assert kit.length(button["accessibility_label"]) <= 75
    assert set(button) == {"type", "text", "action_id", "value", "accessibility_label"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("R&D <!here> *x*", "`R&amp;D &lt;!here&gt; *x*`"),
        ("a `b`\nc", "`a 'b' c`"),
        ("x" * 101, f"`{'x' * 99}…`"),
        ("", "`?`"),
        ("\u200b ", "`?`"),
    ],
)
def test_a_name_is_set_as_code(name: str, shown: str) -> None:
    """On one line, cut, and with nothing in it that could end the code or mean anything."""
    assert kit.code(name) == shown
