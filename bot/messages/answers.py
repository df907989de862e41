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
)
from bot.messages.text_view import blocks_text

BOT_NAME = "meeting-summary"
"""What the bot goes by in Slack, unless whoever installed it renamed it."""

_QUOTED_MAX = 300


def answer(happened: str, step: str, *more: Block, reference: str | None = None) -> Message:
    """Say what happened, then the next step, then whatever the step needs.

    Args:
        happened: a sentence in mrkdwn, anything untrusted in it escaped.
        step: likewise.
        more: what to choose from, what to paste, buttons.
        reference: what the log knows it by.
    """
    known_as = f"Reference {escape(reference)}" if reference else ""
    small_print = [context(known_as)] if known_as else []
    text = _joined(f"{happened} {step}", *_spoken(more), known_as)
    return Message(text, (section(f"{happened} {step}"), *more, *small_print))


def _spoken(blocks: Sequence[Block]) -> list[str]:
    """The lists among the blocks: a screen reader needs the line to paste as well."""
    shown = [block for block in blocks if block["type"] == "rich_text"]
    lists = [block for block in shown if block["elements"][0]["type"] == "rich_text_list"]
    return [escape(blocks_text([block])) for block in lists]


def _joined(*lines: str) -> str:
    """As many lines as a message's text holds, whole."""
    text = ""
    for line in filter(None, lines):
        longer = f"{text}\n{line}".lstrip("\n")
        if length(longer) <= TEXT_MAX:
            text = longer
    return text


def quoted(
    happened: str, typed: str, step: str, *more: Block, reference: str | None = None
) -> Message:
    """The same, with what a person typed between the two: nothing in it is parsed."""
    quote: Block = {"type": "section", "text": plain_text(typed, _QUOTED_MAX)}
    echo = escape(quote["text"]["text"])
    told = answer(f"{happened} {echo}", step, *more, reference=reference)
    return Message(told.text, (section(happened), quote, section(step), *told.blocks[1:]))


def report(title: str, lines: Sequence[str], *after: Block) -> Message:
    """Several lines of mrkdwn, in as few sections as their limit allows.

    Args:
        title: a sentence in mrkdwn.
        lines: none longer than a section may be.
        after: what stands under them.
    """
    sections: list[str] = []
    for line in lines:
        if sections and length(sections[-1]) + 1 + length(line) <= SECTION_MAX:
            sections[-1] += f"\n{line}"
        else:
            sections.append(line)
    return Message(_joined(title, *lines), (section(title), *map(section, sections), *after))


def when(details: SessionDetails) -> datetime | None:
    """The time to tell a session by: its start if it is known."""
    return details.started_at or details.ended_at or details.created_at
