"""What was subscribed to: whether it can be posted, and how new summaries are heard of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bot.domain.check import Check
from bot.domain.ids import AppId
from bot.domain.subscription import Subscription
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.messages.grammar import COMMAND
from bot.messages.sentences import kind_of, sentence_for
from bot.usecases.checks.spans import in_words
from bot.usecases.ports import Clock

MISSED_NOTICED = 3
"""How many summaries may be found by looking before events that used to come are missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What a workspace's channels subscribe to, and how their apps are listened to."""

    subscriptions: Sequence[Subscription]
    watched: Sequence[WatchedApp]
    missed: Mapping[AppId, int]
    """How many meetings of an app were found by looking since its last event, if any were."""


Listen: TypeAlias = Callable[[], Awaitable[Listening]]
"""Reads it from the database."""


@dataclass(frozen=True, slots=True)
class CheckSubscriptions:
    """The subscriptions of one workspace, and the webhooks of their apps."""

    listen: Listen
    has_address: bool
    """Whether this deployment has a public address, which webhooks need."""
    now: Clock

    async def __call__(self) -> Sequence[Check]:
        """Look. Raises `StoreError`."""
        listening = await self.listen()
        names = {each.app: each.name for each in listening.subscriptions}
        webhooks = [
            check_webhook(
                each,
                names[each.app],
                missed=listening.missed.get(each.app, 0),
                has_address=self.has_address,
                now=self.now(),
            )
            for each in listening.watched
            if each.app in names
        ]
        none = Check.good("Webhooks", "None is needed: no channel subscribes to anything.")
        return [*(webhooks or [none]), *check_pauses(listening.subscriptions)]


def check_pauses(subscriptions: Sequence[Subscription]) -> Sequence[Check]:
    """Whether everything that was subscribed to can be posted."""
    paused = [each for each in subscriptions if each.paused is not None]
    if not subscriptions:
        return []
    if not paused:
        return [Check.good("Subscriptions", f"{len(subscriptions)}, none of them paused.")]
    reasons = {each.paused or "": None for each in paused}
    why = " ".join(sentence_for(kind_of(reason)).happened for reason in reasons)
    return [
        Check.warning(
            "Subscriptions",
            f"{len(paused)} of {len(subscriptions)} cannot be posted at the moment: {why}",
            f"Run {COMMAND} subscriptions in the channel, which names the next step.",
        )
    ]


def check_webhook(
    watched: WatchedApp, name: str, *, missed: int, has_address: bool, now: datetime
) -> Check:
    """How an app's webhook stands: whether Cloudflare tells us of new summaries."""
    if not has_address:
        cause = f"{name}: new summaries are looked for every few minutes, since this bot has no "
        return Check.good("Webhooks", f"{cause}public address that Cloudflare could report to.")
    if watched.webhook_state is WebhookState.REFUSED:
        why = sentence_for(kind_of(watched.webhook_reason)).happened
        return Check.warning(
            "Webhooks",
            f"{name}: Cloudflare refused to report new summaries, so they are looked for every "
            f"few minutes. {why}",
            "Once that is put right, it is tried again within the hour.",
        )
    if watched.webhook_state is WebhookState.NONE:
        cause = f"{name}: Cloudflare was not asked yet to report new summaries."
        return Check.warning("Webhooks", cause, "Wait a few minutes: it is asked by itself.")
    return _heard(watched, name, missed, now)


def _heard(watched: WatchedApp, name: str, missed: int, now: datetime) -> Check:
    """What came from a webhook that is registered."""
    step = (
        "Let Cloudflare's POST requests to PUBLIC_URL through whatever stands in front of this bot."
    )
    if watched.heard_at is None:
        if not missed:
            return Check.good("Webhooks", f"{name}: registered. No meeting has ended since.")
        cause = f"{name}: registered, but nothing ever came. {_found(missed)}"
        return Check.warning("Webhooks", cause, step)
    ago = in_words(now - watched.heard_at)
    if missed >= MISSED_NOTICED:
        cause = f"{name}: registered, but nothing has come for {ago}. {_found(missed)}"
        return Check.warning("Webhooks", cause, step)
    return Check.good("Webhooks", f"{name}: registered. The last event came {ago} ago.")


def _found(missed: int) -> str:
    meetings = "meeting was" if missed == 1 else "meetings were"
    return f"Meanwhile {missed} {meetings} found by looking."
