"""What untrusted text loses, and what it keeps."""

# ruff: noqa: RUF001 - letters that can pass for others are what this is about

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.cleaning import clean, one_line, safe_cut
from tests.messages.texts import FAMILY, FLAG, SCOTLAND, visible


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("a\r\nb\rc\u2028d\x0be\x85f", "a\nb\nc\nd\ne\nf"),
        ("tab\tstays\n", "tab\tstays\n"),
        ("\u202egnp.exe\u202c \u2066x\u2069 \u200e\u200f\u061c", "gnp.exe x "),
        ("zero\u200bwidth\ufeff\u2060\u00ad", "zerowidth"),
        ("half \ud83d", "half \ufffd"),
        ("hidden\U000e0061\U000e0062", "hidden"),
        ("x\U000e0100 葛\U000e0100", "x 葛\U000e0100"),
        ("ا\u200cب क्\u200dष", "ا\u200cب क्\u200dष"),
        ("❤\ufe0f", "❤\ufe0f"),
        (f"{FAMILY}{FLAG}{SCOTLAND}", f"{FAMILY}{FLAG}{SCOTLAND}"),
    ],
)
def test_only_what_is_invisible_and_dangerous_goes(text: str, cleaned: str) -> None:
    """Controls, bidirectional marks and hidden tags go; emoji and scripts stay whole."""
    assert clean(text) == cleaned


@given(st.text())
def test_nothing_visible_is_lost(text: str) -> None:
    """Cleaning keeps every visible character in its place, and cleaning twice changes nothing."""
    cleaned = clean(text)

    assert visible(cleaned) == visible(text)
    assert clean(cleaned) == cleaned
    cleaned.encode()


def test_a_title_has_one_line() -> None:
    """White space of every kind becomes single spaces."""
    assert one_line("  Weekly\r\n\t planning\u2028 ") == "Weekly planning"


@pytest.mark.parametrize(
    ("text", "at", "safe"),
    [
        ("ab", 1, 1),
        (f"a{FAMILY}b", 3, 1),
        (f"a{FAMILY}b", 1 + len(FAMILY), 1 + len(FAMILY)),
        ("e\u0301f", 1, 0),
        (f"{FLAG}{FLAG}", 1, 0),
        (f"{FLAG}{FLAG}", 2, 2),
        (f"{FLAG}{FLAG}", 3, 2),
        ("x👍🏽", 2, 1),
        (SCOTLAND, 3, 0),
        ("क्षa", 2, 0),
        ("\u1112\u1161\u11ab", 1, 0),
        ("ab", 2, 2),
    ],
)
def test_a_cut_falls_between_characters(text: str, at: int, safe: int) -> None:
    """Emoji sequences, flags, marks and syllables are never torn apart."""
    assert safe_cut(text, at) == safe


def test_an_endless_pile_of_marks_may_be_cut() -> None:
    """Longer than anything a person writes: the cut is made where it was asked for."""
    assert safe_cut("a" + "\u0301" * 500, 300) == 300
