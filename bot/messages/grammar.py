"""What can be typed: the table behind the help, one row a form of the command."""

from __future__ import annotations

from dataclasses import dataclass

COMMAND = "/meeting-summary"


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the command and what it does, in a sentence without its full stop."""

    line: str
    does: str


FORMS: tuple[Form, ...] = (
    Form(f"{COMMAND} <app> <session>", "posts that meeting's summary here, in a thread"),
    Form(COMMAND, "lets you choose the app, a recent meeting and the channel"),
    Form(f"{COMMAND} status <session>", "shows where that summary was posted, or why not"),
    Form(f"{COMMAND} settings", "shows what is configured"),
    Form(f"{COMMAND} doctor", "checks the setup and says what to do (administrators only)"),
    Form(f"{COMMAND} help", "shows this"),
)
"""A new form of the command is a new row."""


def line_for(app: str, session: str) -> str:
    """The line that asks for one session's summary."""
    return " ".join(filter(None, (COMMAND, app, session)))
