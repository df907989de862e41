"""What can be asked for after `/meeting-summary`, one class a form of the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.ids import SessionId
from bot.messages.grammar import COMMAND, line_for, subscribe_line, unsubscribe_line


@dataclass(frozen=True, slots=True)
class PostSummary:
    """Post a session's summary here; `app` is an id, an alias or a name, or empty."""

    app: str
    session: SessionId


@dataclass(frozen=True, slots=True)
class OpenPicker:
    """Let the person choose an app, a session and a channel."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be asked for."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Post this app's summaries here by themselves; those with such a title, if one is given."""

    app: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Post this app's summaries no longer."""

    app: str


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Say what is posted here by itself."""


@dataclass(frozen=True, slots=True)
class Status:
    """Say what became of a session's summary."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Say what is configured."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Check the set-up and say what is wrong with it."""


Command: TypeAlias = (
    PostSummary
    | OpenPicker
    | Subscribe
    | Unsubscribe
    | Subscriptions
    | Help
    | Status
    | ShowSettings
    | Doctor
)

WORDS: Mapping[type[Subscriptions | Help | ShowSettings | Doctor], str] = {
    Subscriptions: "subscriptions",
    Help: "help",
    ShowSettings: "settings",
    Doctor: "doctor",
}
"""The commands that are one word."""


def as_line(command: Command) -> str:
    """Write a command as a person would type it."""
    match command:
        case PostSummary(app, session):
            return line_for(app, session)
        case OpenPicker():
            return COMMAND
        case Subscribe(app, title):
            return subscribe_line(app, title)
        case Unsubscribe(app):
            return unsubscribe_line(app)
        case Status(session):
            return f"{COMMAND} status {session}"
        case _:
            return f"{COMMAND} {WORDS[type(command)]}"
