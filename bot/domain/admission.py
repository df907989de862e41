"""Whether a summary may be posted where it is wanted: the decision alone, from known facts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.audience import Audience, Consent, ConversationKind
from bot.domain.ids import AppId
from bot.domain.policy import AllowedChannels, Policy
from bot.domain.subscription import Subscription


class Refusal(StrEnum):
    """Why a summary may not be posted in a conversation."""

    ARCHIVED = "archived"
    WITHOUT_BOT = "without_bot"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    """Administrators chose other channels for the app."""
    SHARED = "shared"
    """Another company reads along, and no administrator has agreed to that."""
    UNKNOWN = "unknown"
    """Slack does not say who can read there."""
    UNCONFIRMED = "unconfirmed"
    """The person who wants it there has not agreed to who can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who wants something posted."""

    consent: Consent | None = None
    """Who they saw would read it, and agreed to."""
    admits_outsiders: bool = False
    """Whether this is an administrator who agreed that another company reads along."""


_PRIVATE = frozenset({ConversationKind.PRIVATE, ConversationKind.GROUP, ConversationKind.DIRECT})


def refusal(
    policy: Policy, app: AppId, audience: Audience, wanted_by: Person | Subscription
) -> Refusal | None:
    """Why an app's summary may not be posted in a conversation, or `None` if it may.

    What is not known counts against it. A subscription has nobody to confirm anything: who made
    it saw who reads the channel. Nobody confirms their own conversation with the app either.

    Args:
        policy: what the workspace's administrators decided.
        app: whose summary it is.
        audience: the conversation as it is now.
        wanted_by: who or what wants it there.
    """
    admits_outsiders = policy.allows_shared or _admits_outsiders(wanted_by)
    holds = {
        Refusal.ARCHIVED: audience.is_archived,
        Refusal.WITHOUT_BOT: not audience.has_bot,
        Refusal.CHANNEL_NOT_ALLOWED: not _is_allowed(policy, app, audience),
        Refusal.SHARED: audience.is_shared and not admits_outsiders,
        Refusal.UNKNOWN: None in (audience.readers, audience.is_shared, audience.outside),
        Refusal.UNCONFIRMED: _is_unconfirmed(policy, audience, wanted_by),
    }
    return next((why for why, it_holds in holds.items() if it_holds), None)


def _is_allowed(policy: Policy, app: AppId, audience: Audience) -> bool:
    decided = policy.of(app)
    match decided.channels:
        case AllowedChannels.ALL:
            return True
        case AllowedChannels.LISTED:
            return audience.channel in decided.listed
        case AllowedChannels.PRIVATE:
            return audience.kind in _PRIVATE


def _admits_outsiders(wanted_by: Person | Subscription) -> bool:
    if isinstance(wanted_by, Person):
        return wanted_by.admits_outsiders
    return wanted_by.allows_outsiders


def _is_unconfirmed(policy: Policy, audience: Audience, wanted_by: Person | Subscription) -> bool:
    if not isinstance(wanted_by, Person) or not _is_to_be_confirmed(policy, audience):
        return False
    return wanted_by.consent is None or not wanted_by.consent.covers(audience)


def _is_to_be_confirmed(policy: Policy, audience: Audience) -> bool:
    if audience.is_shared:
        return True
    if audience.kind is ConversationKind.DIRECT or policy.confirm_from is None:
        return False
    return audience.readers is None or audience.readers >= policy.confirm_from
