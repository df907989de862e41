"""A message is a value: its fallback text and its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Block: TypeAlias = Mapping[str, Any]
"""One Block Kit block, ready for JSON."""


@dataclass(frozen=True, slots=True)
class Message:
    """One Slack message.

    `text` is what screen readers and notifications read: mrkdwn, already escaped. `footer` is
    blocks shown under the message in an attachment of their own: Slack lets an attachment be
    edited while the message's blocks stay as they are, so the notice can be changed later
    without keeping the meeting's text.
    Source: https://docs.slack.dev/reference/methods/chat.update
    """

    text: str = field(repr=False)
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    footer: tuple[Block, ...] = field(default=(), repr=False)
