"""Change what administrators decide, or say what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.choices import (
    MOST_ADMINISTRATORS,
    AppChoices,
    Choice,
    WorkspaceChoices,
    Wrong,
    wrong_alias,
)
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.policy import AllowedChannels
from bot.usecases.administration_ports import Policies

Problems: TypeAlias = Mapping[Choice, Wrong]
"""What is wrong, by the choice; nothing was changed if there is any."""

ASKED_WITHIN = 1.2
"""Seconds Slack may take to say who somebody is: a window wants its answer within three."""

IsMember: TypeAlias = Callable[[WorkspaceId, UserId], Awaitable[bool]]
"""Whether somebody is a full member of a workspace, as Slack says now. Raises `SlackError`."""


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Take choices whose maker was found to be an administrator."""

    policies: Policies
    is_member: IsMember
    is_keyword: Callable[[str], bool]

    async def workspace(
        self,
        workspace: WorkspaceId,
        chosen: WorkspaceChoices,
        who: UserId,
        *,
        seen: WorkspaceChoices | None = None,
    ) -> Problems:
        """Change what differs from what its maker has `seen`, so that others' changes stay.

        Raises:
            SlackError, TimeoutError: it was not said who somebody is; nothing was changed.
            StoreError: the database does not answer.
        """
        before = seen or await self._standing(workspace)
        added = chosen.administrators - before.administrators
        wrong = await self._wrong_people(workspace, added)
        if wrong is not None:
            return {Choice.ADMINISTRATORS: wrong}
        if chosen.default_app != before.default_app:
            await self.policies.set_default_app(workspace, chosen.default_app, who)
        if chosen.allows_shared != before.allows_shared:
            await self.policies.set_allows_shared(workspace, allows=chosen.allows_shared, who=who)
        if chosen.confirm_from != before.confirm_from:
            await self.policies.set_confirm_from(workspace, chosen.confirm_from, who)
        removed = before.administrators - chosen.administrators
        if added or removed:
            now = await self.policies.administrators(workspace)
            await self.policies.set_administrators(workspace, (now | added) - removed, who)
        return {}

    async def app(self, workspace: WorkspaceId, chosen: AppChoices, who: UserId) -> Problems:
        """Change an app's aliases and channels. Raises `StoreError`."""
        aliases = await self.policies.aliases(workspace)
        wrong = wrong_alias(sorted(chosen.aliases), chosen.app, aliases, self.is_keyword)
        if wrong is not None:
            return {Choice.ALIASES: wrong}
        if chosen.policy.channels is AllowedChannels.LISTED and not chosen.policy.listed:
            return {Choice.LISTED: Wrong.NO_CHANNELS}
        before = {name for name, app in aliases.items() if app == chosen.app}
        for name in sorted(before - chosen.aliases):
            await self.policies.set_alias(workspace, name, None, who)
        for name in sorted(chosen.aliases - before):
            await self.policies.set_alias(workspace, name, chosen.app, who)
        await self.policies.set_app_channels(workspace, chosen.app, chosen.policy, who)
        return {}

    async def _standing(self, workspace: WorkspaceId) -> WorkspaceChoices:
        policy, people = await asyncio.gather(
            self.policies.policy(workspace), self.policies.administrators(workspace)
        )
        return WorkspaceChoices(
            default_app=policy.default_app,
            allows_shared=policy.allows_shared,
            confirm_from=policy.confirm_from,
            administrators=people,
        )

    async def _wrong_people(
        self, workspace: WorkspaceId, people: frozenset[UserId]
    ) -> Wrong | None:
        if len(people) > MOST_ADMINISTRATORS:
            return Wrong.TOO_MANY_PEOPLE
        async with asyncio.timeout(ASKED_WITHIN):
            members = await asyncio.gather(*(self.is_member(workspace, each) for each in people))
        return None if all(members) else Wrong.NOT_A_MEMBER
