"""The one way to a post: who can read the conversation, and whether that is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.admission import Person, Refusal, refusal
from bot.domain.audience import Audience
from bot.domain.ids import AppId, ChannelId, WorkspaceId
from bot.domain.policy import Policy
from bot.domain.subscription import Subscription
from bot.errors import (
    AudienceUnknown,
    BotError,
    ChannelClosed,
    ChannelNotAllowed,
    ConfirmationDue,
    NotInChannel,
    SharedChannel,
)
from bot.usecases.ports import Clock, Workspace
from bot.usecases.subscription_ports import Conversations

REMEMBERED_FOR = timedelta(seconds=20)
"""How long an audience that was let through is taken for the present one.

Slack tells some 50 times a minute about conversations. Meetings that end together in one channel
would ask it for each of them.
"""


@dataclass(frozen=True, slots=True)
class AudienceGate:
    """Asks Slack who can read a conversation, and decides by what administrators allow."""

    policy: Callable[[WorkspaceId], Awaitable[Policy]]
    conversations: Callable[[Workspace], Conversations]
    now: Clock
    _let_through: dict[tuple[WorkspaceId, ChannelId], _Seen] = field(default_factory=dict)

    async def __call__(
        self,
        workspace: Workspace,
        app: AppId,
        channel: ChannelId,
        wanted_by: Person | Subscription,
    ) -> Audience:
        """Who will read a summary of an app in a conversation, if it may be posted there.

        Raises:
            ChannelClosed: it is archived.
            NotInChannel: the bot is not in it.
            ChannelNotAllowed: administrators chose other channels for the app.
            SharedChannel: another company reads along, and nobody has agreed to that.
            ConfirmationDue: a person has to agree first to who can read it.
            AudienceUnknown: Slack does not say who can.
            SlackError: Slack could not be asked.
        """
        policy, seen = await asyncio.gather(
            self.policy(workspace.id), self._look(workspace, channel, wanted_by)
        )
        why = refusal(policy, app, seen.audience, wanted_by)
        if why is not None:
            raise _error_for(why, seen.audience)
        self._remember((workspace.id, channel), seen)
        return seen.audience

    async def _look(
        self, workspace: Workspace, channel: ChannelId, wanted_by: Person | Subscription
    ) -> _Seen:
        """The conversation as it is; asked about anew for somebody who was shown numbers."""
        now = self.now()
        known = self._let_through.get((workspace.id, channel))
        agreed = isinstance(wanted_by, Person) and wanted_by.consent is not None
        if known and known.is_present(now) and not agreed:
            return known
        return _Seen(await self.conversations(workspace).audience(channel), now)

    def _remember(self, key: tuple[WorkspaceId, ChannelId], seen: _Seen) -> None:
        """Keep what was let through, and nothing that is too old; a refusal is looked at anew."""
        now = self.now()
        for name in [name for name, each in self._let_through.items() if not each.is_present(now)]:
            del self._let_through[name]
        self._let_through[key] = seen


@dataclass(frozen=True, slots=True)
class _Seen:
    """A conversation, and when Slack was asked about it."""

    audience: Audience
    at: datetime

    def is_present(self, now: datetime) -> bool:
        """Whether it may be taken for what the conversation is now."""
        return now - self.at < REMEMBERED_FOR


def _error_for(why: Refusal, audience: Audience) -> BotError:
    match why:
        case Refusal.ARCHIVED:
            return ChannelClosed("is_archived")
        case Refusal.WITHOUT_BOT:
            return NotInChannel("not_in_channel")
        case Refusal.CHANNEL_NOT_ALLOWED:
            return ChannelNotAllowed()
        case Refusal.SHARED:
            return SharedChannel()
        case Refusal.UNKNOWN:
            return AudienceUnknown()
        case Refusal.UNCONFIRMED:
            return ConfirmationDue(audience)
