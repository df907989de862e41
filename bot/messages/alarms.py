"""What an administrator is written to when something breaks, and when it is mended."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.check import Check
from bot.messages.answers import report
from bot.messages.cleaning import one_line
from bot.messages.grammar import COMMAND
from bot.messages.kit import Message, context, fallback
from bot.messages.reports import finding

_NAME_SHOWN = 60


def problems_found(problems: Sequence[Check]) -> Message:
    """Everything that broke, with its next step, in one message."""
    what = "something needs" if len(problems) == 1 else "some things need"
    return report(
        f"Meeting summaries may not be posted in this workspace: {what} putting right.",
        [finding(check) for check in problems],
        context(
            f"You are told once more when it is in order. Run `{COMMAND} doctor` to check again."
        ),
    )


def mended(names: Sequence[str], still: Sequence[str]) -> Message:
    """What is in order again, and what is not yet.

    Args:
        names: the checks that were told of as bad, and are no more.
        still: other checks that are bad.
    """
    rest = f"Still to be put right: {_listed(still)}." if still else "Nothing is left to be done."
    return report(f"In order again: {_listed(names)}.", [rest])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(fallback(one_line(name), _NAME_SHOWN) for name in names)
