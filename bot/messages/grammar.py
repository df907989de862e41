"""What can be typed: the table behind the help, one row a form of the command."""

from __future__ import annotations

from dataclasses import dataclass

COMMAND = "/meeting-summary"

TITLE_MAX = 100
"""Characters of a subscription's title; longer text is a mistake and not worth storing."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the command and what it does, in a sentence without its full stop."""

    line: str
    does: str


FORMS: tuple[Form, ...] = (
    Form(f"{COMMAND} <app> <session>", "posts that meeting's summary here, in a thread"),
    Form(COMMAND, "lets you choose the app, a recent meeting and the channel"),
    Form(
        f'{COMMAND} subscribe <app> [title:"weekly*"]',
        "posts the summaries of coming meetings here by itself, of all or of those so titled",
    ),
    Form(f"{COMMAND} unsubscribe <app>", "stops that"),
    Form(f"{COMMAND} subscriptions", "shows what is posted here by itself"),
    Form(f"{COMMAND} status <session>", "shows where that summary was posted and why, or why not"),
    Form(f"{COMMAND} settings", "shows what is configured"),
    Form(f"{COMMAND} doctor", "checks the setup and says what to do (administrators only)"),
    Form(f"{COMMAND} help", "shows this"),
)
"""A new form of the command is a new row."""

KEYWORDS = frozenset(
    word
    for form in FORMS
    for word in form.line.removeprefix(COMMAND).split()[:1]
    if not word.startswith("<")
)
"""The first words of these lines, which no app can be called by."""


def line_for(app: str, session: str) -> str:
    """The line that asks for one session's summary."""
    return _line(app, session)


def subscribe_line(app: str, title: str | None = None) -> str:
    """The line that subscribes a channel. No title holds a double quotation mark."""
    return _line("subscribe", app, f'title:"{title}"' if title else "")


def unsubscribe_line(app: str) -> str:
    """The line that takes a subscription back."""
    return _line("unsubscribe", app)


def _line(*words: str) -> str:
    return " ".join(filter(None, (COMMAND, *words)))
