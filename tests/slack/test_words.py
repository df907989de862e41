"""The words of a command, freed of what Slack and keyboards put around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.words import Word, words

APP = "6b9c4f0e-52a7-4d5c-9a0b-1f3e7d2c8a41"
SESSION = "2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d"
DASHBOARD = f"https://dash.cloudflare.com/0a1b/realtime/kit/{APP}/sessions/{SESSION}?tab=ai"


def texts(line: str) -> list[str]:
    """The words of a line, as plain texts."""
    return [word.text for word in words(line)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", []),
        ("  standup \u00a0 \u2003 help ", ["standup", "help"]),
        ("standup\nhelp\thelp", ["standup", "help", "help"]),
        ("`standup`", ["standup"]),
        ("```standup```", ["standup"]),
        ("*standup* _x_ ~y~", ["standup", "x", "y"]),
        ("“standup” \u2018x\u2019 «y»", ["standup", "x", "y"]),
        ("standup, x. y! (z)", ["standup", "x", "y", "z"]),
        ("stand\u200bup\ufeff", ["standup"]),
        ("\u202estandup\u202c", ["standup"]),
        ("stand\x00up", ["standup"]),
        ("R&amp;D", ["R&D"]),
        ("R&amp;amp;D", ["R&D"]),
        ("&lt;app&gt;", ["app"]),
        ("&copy;", ["&copy"]),
        (SESSION.upper(), [SESSION]),
        (SESSION.replace("-", "\u2013"), [SESSION]),
        (SESSION.replace("-", "\u2011"), [SESSION]),
        ("Standup", ["Standup"]),
        ("<http://team.io|team.io>", ["team.io"]),
        ("<http://team.io>", ["team.io"]),
        ("<mailto:a@team.io|a@team.io>", ["a@team.io"]),
        (f"<{DASHBOARD}>", [APP, SESSION]),
        (f"<{DASHBOARD}|the meeting>", [APP, SESSION]),
        (DASHBOARD, [APP, SESSION]),
        (f"<https://x.example/?s={SESSION.upper()}>", [SESSION]),
        (f"<https://x.example/{SESSION}0|x>", ["x"]),
        ("<app> <session>", ["app", "session"]),
        ("a<b", ["a", "b"]),
        ("<>", []),
        ("…", []),
        ("standup — x", ["standup", "x"]),
    ],
)
def test_reads_what_was_meant(typed: str, meant: list[str]) -> None:
    """Decorations, addresses, entities and invisible characters do not reach a command."""
    assert texts(typed) == meant


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<#C012|general>", "#general"),
        ("<#C012|>", "#C012"),
        ("<@U012>", "@U012"),
        ("<@U012|ada>", "@ada"),
        ("<!here>", "@here"),
        ("<!subteam^S012|@team>", "@@team"),
    ],
)
def test_knows_a_mention(typed: str, shown: str) -> None:
    """A channel, a person or a group stays apart from words, readable but with no effect."""
    assert words(typed) == (Word(shown, mention=True),)


@given(st.text())
def test_takes_any_text(text: str) -> None:
    """Whatever is typed gives words without blanks, brackets around them or hidden characters."""
    for word in texts(text):
        assert word
        assert word == word.strip("`<>\"' ")
        assert word.isprintable() or not word.isascii()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("team:standup", ["team:standup"]),
        ("<https://example.com/a:b>", ["example.com/a:b"]),
        ("X XX -X-", ["X", "XX", "-X-"]),
    ],
)
def test_a_name_keeps_what_belongs_to_it(typed: str, meant: list[str]) -> None:
    """A colon makes no address of a name, an address loses its scheme alone, an X is a word."""
    assert texts(typed) == meant
