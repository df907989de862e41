"""Keep a bot token alive where Slack rotates tokens: one refresh at a time, across processes.

A refresh token works once. Were two processes to use it, the slower one would store a token that
Slack no longer takes, and the app would have to be installed again.
Source: https://docs.slack.dev/authentication/using-token-rotation
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.domain.ids import WorkspaceId, new_reference
from bot.domain.installation import BotToken
from bot.errors import InstallationBroken, SlackError, SlackUnavailable
from bot.usecases.installation_ports import BotTokens, OAuth
from bot.usecases.ports import Clock

_log = structlog.get_logger()

AGAIN_AFTER = timedelta(seconds=10)
"""How long nobody tries again after Slack could not be asked, while the old token lives."""

WAITS_FOR = timedelta(seconds=15)
"""How long somebody with a dead token waits for another's refresh: longer than one may take."""

LOOKS_EVERY = 0.2
"""Seconds between two looks at what the other one has done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """Refresh a workspace's token, unless somebody else is at it."""

    tokens: BotTokens
    oauth: OAuth
    now: Clock
    sleep: Callable[[float], Awaitable[None]]
    _under_way: dict[WorkspaceId, asyncio.Task[BotToken]] = field(default_factory=dict)
    """What this process is at; across processes the database says whose turn it is."""

    async def __call__(self, workspace: WorkspaceId, known: BotToken) -> BotToken:
        """A token that lives, refreshed if it can be; `known` is one that is due.

        Raises:
            InstallationBroken: it is dead and cannot be refreshed: the app must be installed again.
            SlackError: it is dead, and Slack could not be asked for a new one.
        """
        task = self._under_way.get(workspace)
        if task is not None and not known.is_dead(self.now()):
            return known
        if task is None:
            task = asyncio.create_task(self._renew(workspace))
            self._under_way[workspace] = task
            task.add_done_callback(lambda _: self._under_way.pop(workspace, None))
        # Slack's answer comes only once: who gives up waiting for it must not stop it.
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for what is under way; nothing lasts longer than a call to Slack may."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _renew(self, workspace: WorkspaceId) -> BotToken:
        holder = new_reference()
        until = self.now() + WAITS_FOR
        token = await self.tokens.get(workspace)
        while token.is_due(self.now()):
            is_dead = token.is_dead(self.now())
            if token.refresh_token is None:
                return _last(token, is_dead=is_dead)
            mine = await self.tokens.begin(workspace, holder, self.now(), at_once=is_dead)
            if mine is not None:
                return await self._refresh(workspace, holder, mine)
            if not is_dead:
                return token
            if self.now() >= until:
                raise SlackUnavailable("token_not_refreshed")
            await self.sleep(LOOKS_EVERY)
            token = await self.tokens.get(workspace)
        return token

    async def _refresh(self, workspace: WorkspaceId, holder: str, old: BotToken) -> BotToken:
        """Refresh with the turn in hand, and give it back."""
        if old.refresh_token is None or not old.is_due(self.now()):
            await self.tokens.give_up(workspace, holder, self.now())
            return old
        try:
            new = await self.oauth.refresh(old.refresh_token)
        except InstallationBroken as error:
            return await self._refused(workspace, holder, old, error)
        except SlackError as error:
            _log.warning("bot token not refreshed", workspace=workspace, detail=error.detail)
            await self.tokens.give_up(workspace, holder, self._again_at(error))
            if old.is_dead(self.now()):
                raise
            return old
        if await self.tokens.replace(workspace, holder, old, new, self.now()):
            _log.info("bot token refreshed", workspace=workspace)
            return new
        return await self.tokens.get(workspace)  # it was installed again meanwhile

    async def _refused(
        self, workspace: WorkspaceId, holder: str, old: BotToken, error: InstallationBroken
    ) -> BotToken:
        """Slack will never take this refresh token: the token it made lives on to its end."""
        _log.error("bot token can no longer be refreshed", workspace=workspace, detail=error.detail)
        last = BotToken(value=old.value, expires_at=old.expires_at)
        if not await self.tokens.replace(workspace, holder, old, last, self.now()):
            return await self.tokens.get(workspace)
        if last.is_dead(self.now()):
            raise error
        return last

    def _again_at(self, error: SlackError) -> datetime:
        wait = timedelta(seconds=error.retry_after or 0)
        return self.now() + max(wait, AGAIN_AFTER)


def _last(token: BotToken, *, is_dead: bool) -> BotToken:
    """A token that nothing refreshes serves to its end. Raises `InstallationBroken` after it."""
    if is_dead:
        raise InstallationBroken("token_expired")
    return token
