"""The form every private answer has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.summary import SessionDetails
from bot.messages.kit import (
    SECTION_MAX,
    TEXT_MAX,
    Block,
    Message,
    context,
    escape,
    length,
    plain_text,
    section,
    shorten,
)

_QUOTED_MAX = 300
_LINE_MAX = 1_000


def answer(happened: str, step: str, *more: Block, reference: str | None = None) -> Message:
    """Say what happened, then the next step, then whatever the step needs.

    Args:
        happened: a sentence in mrkdwn, anything untrusted in it escaped.
        step: likewise.
        more: what to choose from, what to paste, buttons.
        reference: what the log knows it by.
    """
    known_as = [context(f"Reference {escape(reference)}")] if reference else []
    text = " ".join([happened, step, *([f"Reference {escape(reference)}."] if reference else [])])
    return Message(text, (section(f"{happened} {step}"), *more, *known_as))


def quoted(
    happened: str, typed: str, step: str, *more: Block, reference: str | None = None
) -> Message:
    """The same, with what a person typed between the two: nothing in it is parsed."""
    quote: Block = {"type": "section", "text": plain_text(typed, _QUOTED_MAX)}
    echo = escape(quote["text"]["text"])
    plain = answer(f"{happened} {echo}", step, reference=reference)
    shown = answer(happened, step, *more, reference=reference).blocks[1:]
    return Message(plain.text, (section(happened), quote, section(step), *shown))


def report(title: str, lines: Sequence[str], *after: Block) -> Message:
    """Several lines of mrkdwn, in as few sections as their limit allows.

    Args:
        title: a sentence in mrkdwn.
        lines: each cut to 1,000 characters; whoever makes them keeps them shorter.
        after: what stands under them.
    """
    lines = [shorten(line, _LINE_MAX) for line in lines]
    sections: list[str] = []
    for line in lines:
        if sections and length(sections[-1]) + 1 + length(line) <= SECTION_MAX:
            sections[-1] += f"\n{line}"
        else:
            sections.append(line)
    text = title
    for line in lines:
        if length(text) + 1 + length(line) > TEXT_MAX:
            break
        text += f"\n{line}"
    return Message(text, (section(title), *map(section, sections), *after))


def when(details: SessionDetails) -> datetime | None:
    """The time to tell a session by: its start if it is known."""
    return details.started_at or details.ended_at or details.created_at
