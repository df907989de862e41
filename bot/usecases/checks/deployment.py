"""What all workspaces of a deployment share: database, worker, public address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Protocol, TypeAlias

from bot.domain.check import Check
from bot.errors import DatabaseInUse, DatabaseMissing
from bot.usecases.checks.spans import in_words

HEALTH_PATH = "/healthz"

SEEN_WITHIN = timedelta(minutes=2)
"""A worker says once a minute that it is there."""


class Schema(Protocol):
    """The database, as far as its tables go."""

    async def is_current(self) -> bool:
        """Whether the tables are this version's. Raises `BotError` or `OSError`."""


Reach: TypeAlias = Callable[[str], Awaitable[int]]
"""Takes an address, returns the HTTP status it answers with. Raises `OSError`."""


async def check_database(schema: Schema) -> Sequence[Check]:
    """Whether the database answers and has this version's tables."""
    try:
        current = await schema.is_current()
    except DatabaseInUse:
        return [Check.good("Database", "The running bot has it open.")]
    except DatabaseMissing:
        return [Check.good("Database", "There is none yet; the bot makes it when it starts.")]
    if current:
        return [Check.good("Database", "It answers, and its tables are current.")]
    return [Check.bad("Database", "Its tables are not this version's.", "Run `migrate`.")]


def check_worker(seen_at: datetime | None, now: datetime, *, is_serving: bool) -> Check:
    """Whether any process does the work.

    Args:
        seen_at: when one last said so.
        now: the present moment.
        is_serving: whether the bot runs, so that there has to be one.
    """
    step = "Start the process that does the work, and look into its log if it ended by itself."
    if seen_at is not None and now - seen_at <= SEEN_WITHIN:
        return Check.good("Worker", "A process does the work.")
    if seen_at is not None:
        ago = in_words(now - seen_at)
        cause = f"No process has done any work for {ago}: nothing is posted."
        return Check.bad("Worker", cause, step)
    cause = "No process has done any work yet: nothing is posted."
    return Check.bad("Worker", cause, step) if is_serving else Check.warning("Worker", cause, step)


async def check_address(public_url: str, reach: Reach) -> Sequence[Check]:
    """Whether this deployment answers at the address that Slack was given."""
    step = "Check PUBLIC_URL, that `web` runs, and what stands in front of it."
    try:
        status = await reach(public_url + HEALTH_PATH)
    except OSError:
        cause = "Nothing answers at PUBLIC_URL."
        return [Check.bad("Public address", cause, step, passing=True)]
    if status != HTTPStatus.OK:
        cause = f"PUBLIC_URL answers with status {status}."
        return [Check.bad("Public address", cause, step, passing=True)]
    return [Check.good("Public address", "This deployment answers at PUBLIC_URL.")]
