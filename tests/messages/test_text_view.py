"""A message as a person sees it, in plain text."""

from __future__ import annotations

from datetime import timedelta, timezone

from bot.messages.kit import Message, actions, button, context, header, section
from bot.messages.markdown import render
from bot.messages.summary import notice, parent, with_notice
from bot.messages.tables import aligned_text
from bot.messages.text_view import as_text
from tests.fakes import ASKER, NOON, a_session
from tests.messages.test_markdown import MEETING
from tests.messages.test_summary import DELIVERY

TERMINAL = """\
Weekly planning & review

We agreed to ship on Friday; details in the plan (https://docs.example.com/plan?v=2).
@alice: please tell <!channel> :tada:

Decisions

1. Keep the old API
  • until March
    • or longer
  • with a warning note
Bob objected.
2. Rename it:
    git mv a b
3. Done

> As Carol said:
> fine
> • first
> • second
>     code

Owners

Who  What                                  When
Bob  spec (https://docs.example.com/spec)  Mon
Eve                                        Tue

────────

7. Later
8. Even later"""

INDIA = timezone(timedelta(hours=5, minutes=30))


def test_a_summary_in_a_terminal() -> None:
    """Lists, quotes, code, links and a table in columns."""
    assert as_text(Message("", render(MEETING))) == TERMINAL


def test_a_thread_in_the_readers_zone() -> None:
    """Dates are resolved from their tokens; what stands in the attachment has a bar."""
    message = with_notice(
        parent(a_session(), asker=ASKER),
        notice(NOON + timedelta(days=6), now=NOON, delivery=DELIVERY),
    )

    assert as_text(message, timezone=INDIA) == (
        "Weekly planning\n"
        "\n"
        "Monday, November 23, 2026 at 3:45 PM · 45 minutes\n"
        "\n"
        "│ The summary's file can be downloaded from Cloudflare until Nov 29, 2026 at 5:30 PM."
        " Written by AI, so it can be inaccurate.\n"
        "│\n"
        "│ [Get the file]"
    )


def test_a_message_without_blocks_is_its_text() -> None:
    """Tokens are read, then entities, each once."""
    text = "See <https://a.example|the &amp;lt; notes> or <https://b.example>, <@U1>, <#C1|general>"

    assert as_text(Message(text)) == (
        "See the &lt; notes (https://a.example) or https://b.example, @U1, #C1"
    )


def test_buttons_are_in_brackets() -> None:
    """In a row, or beside a section."""
    both = actions(button("One", "a"), button("Two", "b"))
    beside = section("Text", accessory=button("Three", "c"))

    assert as_text(Message("", (header("H"), both, beside, context("x", "y")))) == (
        "H\n\n[One] [Two]\n\nText  [Three]\n\nx  y"
    )


def test_columns_are_aligned_by_what_is_seen() -> None:
    """A wide character takes two columns, a mark none."""
    rows = [["会议", "x"], ["e\u0301", "y"], ["abcdef", ""]]

    assert aligned_text(rows) == "会议    x\ne\u0301       y\nabcdef"


def test_one_wide_cell_does_not_blow_up_a_table() -> None:
    """Where columns would take too much room, cells are set apart by tabs."""
    rows = [["x" * 500, "a"], *([["b", "c"]] * 50)]

    assert aligned_text(rows).splitlines()[:2] == [f"{'x' * 500}\ta", "b\tc"]


def test_rows_of_different_lengths() -> None:
    """Short ones end early."""
    assert aligned_text([["a"], ["b", "c"]]) == "a\nb  c"
