"""A make-believe Slack on a terminal, as the people in it would see it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from bot.demo.fake_slack import Channel, PrivateAnswer, Team
from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.state import Message as SlackMessage
from bot.messages.kit import Message
from bot.messages.text_view import as_text

WIDTH = 92
_MENTION = re.compile(r"<?([@#])([UC]0[A-Z0-9]+)>?")


@dataclass(frozen=True, slots=True)
class Screen:
    """Prints what happens in a workspace. `zone` is the reader's time zone."""

    team: Team
    write: Callable[[str], object]
    zone: tzinfo
    width: int = field(default=WIDTH)

    def title(self, text: str) -> None:
        """Begin a scene."""
        self._print(f"\n── {text} ".ljust(self.width, "─"))

    def remark(self, text: str) -> None:
        """Say what no one in Slack says."""
        self._print(f"\n{text}")

    def typed(self, person: Person, line: str, channel: Channel) -> None:
        """Somebody types a command."""
        self._print(f"\n{self._name(person.id)} types in #{channel.name}:  {line}")

    def private(self, person: Person, answer: PrivateAnswer) -> None:
        """Something only one person sees."""
        self._print(f"\n  Only {self._name(person.id)} sees this:")
        self._message(_as_message(answer.text, answer.blocks), "    ")

    def thread(self, channel: Channel, parent: SlackMessage) -> None:
        """A message in a channel, and what stands under it."""
        self._print(f"\n  #{channel.name}")
        self._post(parent, "  ")
        replies = channel.replies(parent.ts)
        self._print(f"  └─ {len(replies)} {'reply' if len(replies) == 1 else 'replies'}")
        for reply in replies:
            self._post(reply, "     ")

    def _post(self, message: SlackMessage, margin: str) -> None:
        at = datetime.fromtimestamp(float(message.ts), self.zone)
        self._print(f"\n{margin}meeting-summary  APP  {at:%H:%M}")
        footer = [block for one in message.attachments for block in one["blocks"]]
        self._message(_as_message(message.text, message.blocks, footer), margin)
        for file in message.files:
            self._print(f"{margin}[file] {file.name}, {len(file.content or b'')} bytes")

    def _message(self, message: Message, margin: str) -> None:
        for line in self._with_names(as_text(message, timezone=self.zone)).split("\n"):
            self._print(*self._wrapped(line, margin))

    def _wrapped(self, line: str, margin: str) -> list[str]:
        """A long line in several, each as far in as its text begins."""
        mark = re.match(r"[ │>]*(?:• |\d+\. )?", line)
        indent = mark.group() if mark else ""
        rest = indent if "│" in indent or ">" in indent else " " * len(indent)
        return textwrap.wrap(
            line,
            self.width,
            initial_indent=margin,
            subsequent_indent=margin + rest,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
            replace_whitespace=False,
        ) or [margin.rstrip()]

    def _with_names(self, text: str) -> str:
        def name(found: re.Match[str]) -> str:
            kind, known_as = found.groups()
            channel = self.team.channels.get(known_as)
            return f"#{channel.name}" if kind == "#" and channel else f"@{self._name(known_as)}"

        return _MENTION.sub(name, text)

    def _name(self, user: str) -> str:
        known = self.team.users.get(user)
        return known.name if known else user

    def _print(self, *lines: str) -> None:
        for line in lines:
            self.write(f"{line}\n")


def _as_message(
    text: str, blocks: Sequence[Mapping[str, Any]], footer: Sequence[Mapping[str, Any]] = ()
) -> Message:
    return Message(text, tuple(blocks), tuple(footer))
