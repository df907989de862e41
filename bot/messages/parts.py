"""A summary as the replies of a thread: numbered parts, smaller ones where Slack refuses one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from bot.messages.cleaning import clean
from bot.messages.cutting import measure, natural_place
from bot.messages.kit import (
    SECTION_MAX,
    Block,
    Message,
    context,
    escaped_prefix,
    fallback,
    rich_section,
    rich_text,
    text_element,
)
from bot.messages.markdown import render
from bot.messages.split import Blocks, halve, split
from bot.messages.text_view import blocks_text

PARTS_WITHOUT_FILE = 3
"""A longer summary is the first part and a file."""

_NOT_HALVED = 1_200
"""A part as small as this is shown as plain text when Slack refuses it."""

_CONTINUED = "continued"
_NOTHING = "The summary has no text."
_LOOK_AHEAD = 16


@dataclass(frozen=True, slots=True)
class Part:
    """One reply of a summary."""

    key: str
    """Its name in the outbox: the text's digest and a number, `3f0c…/2`, or `3f0c…/2.1` for a half.

    The same text always makes the same keys, and another text others.
    """
    message: Message
    plain: str = field(repr=False)
    """The part as plain text, whole and not escaped."""
    blocks: Blocks = field(repr=False, default=())
    """The message's blocks without the label."""
    label: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """The whole text as a file for the thread."""

    key: str
    name: str
    title: str
    text: str = field(repr=False)


def parts(text: str) -> tuple[Part, ...]:
    """Turn a summary into as few messages as Slack's limits allow; at least one."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    blocks = render(text) or (rich_text([rich_section([text_element(_NOTHING)])]),)
    messages = split(blocks)
    return tuple(
        _part(f"{digest}/{number}", content, _label(number, len(messages)))
        for number, content in enumerate(messages, 1)
    )


def _label(number: int, of: int) -> str:
    return f"Part {number} of {of}" if of > 1 else ""


def _part(key: str, blocks: Blocks, label: str) -> Part:
    plain = blocks_text(blocks)
    text = "\n\n".join(filter(None, (label, plain)))
    shown = (context(label), *blocks) if label else blocks
    return Part(key, Message(fallback(text), shown), plain, blocks, label)


def file_for(parts: Sequence[Part], text: str, *, day: date | None = None) -> File | None:
    """The file that stands in for all parts but the first, if there are more than three.

    Args:
        parts: all parts of the text.
        text: the summary itself; the file is its Markdown, without what is invisible.
        day: when the meeting was, for the file's name.
    """
    if len(parts) <= PARTS_WITHOUT_FILE:
        return None
    digest = parts[0].key.partition("/")[0]
    name = f"meeting-summary-{day:%Y-%m-%d}.md" if day else "meeting-summary.md"
    return File(f"{digest}/file", name, "The whole summary", clean(text))


def beside_file(part: Part) -> Part:
    """The first part, saying that the rest is in the file."""
    return _part(part.key, part.blocks, f"{part.label}. The whole summary is in the file here.")


def halves(part: Part) -> tuple[Part, ...]:
    """A part that Slack refused, in two; nothing if it is too small or cannot be cut.

    The same part always makes the same halves. A notice must be put under the last one again.
    """
    if sum(map(measure, part.blocks)) <= _NOT_HALVED:
        return ()
    two = halve(part.blocks)
    if two is None:
        return ()
    first, second = two
    return (
        _part(f"{part.key}.1", first, part.label),
        _part(f"{part.key}.2", second, _continued(part.label)),
    )


def _continued(label: str) -> str:
    if label.lower().endswith(_CONTINUED):
        return label
    return f"{label}, {_CONTINUED}" if label else _CONTINUED.capitalize()


def as_plain_text(part: Part) -> tuple[Part, ...]:
    """The last resort for a part: its words alone, at most 3,000 characters a message.

    Nothing is parsed in these messages. There is no simpler form of them: for a part that is
    plain text already the answer is nothing.
    """
    if any(block["type"] == "section" for block in part.blocks):
        return ()
    return tuple(
        Part(
            f"{part.key}.t{number}",
            Message(fallback(chunk), (_plain_section(chunk),)),
            chunk,
            (_plain_section(chunk),),
            part.label,
        )
        for number, chunk in enumerate(_chunks(part.plain), 1)
    )


def _plain_section(text: str) -> Block:
    return {
        "type": "section",
        "text": {"type": "plain_text", "text": text, "emoji": False},
        "expand": True,
    }


def _chunks(text: str) -> Iterator[str]:
    """Cut in natural places, so that a chunk fits even if Slack counts it escaped."""
    while text := text.strip():
        fits = escaped_prefix(text, SECTION_MAX)
        if fits == len(text):
            yield text
            return
        at = natural_place(text[: fits + _LOOK_AHEAD], fits)
        yield text[:at].rstrip()
        text = text[at:]
