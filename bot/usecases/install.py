"""Install the app in a workspace, or again with more scopes, by Slack's OAuth.

Source: https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.domain.installation import Grant, NewInstallation
from bot.errors import SlackRefused, StateUnknown
from bot.usecases.installation_ports import Installations, OAuth, States
from bot.usecases.ports import Clock

_log = structlog.get_logger()

STATE_LASTS = timedelta(minutes=10)
"""How long somebody may take to say yes: as long as the code that Slack gives for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What a person who has just installed the app is told."""

    grant: Grant
    is_connected: bool
    """Whether the workspace has a Cloudflare account already, from an installation before."""


def new_state() -> str:
    """A state nobody can guess."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """The two halves of an installation; between them, somebody says yes at Slack."""

    states: States
    oauth: OAuth
    installations: Installations
    now: Clock
    new_state: Callable[[], str] = new_state

    async def begin(self) -> str:
        """Make a state, which the browser and Slack both must bring back."""
        state = self.new_state()
        now = self.now()
        await self.states.add(state, now=now, expires_at=now + STATE_LASTS)
        return state

    async def cancel(self, state: str) -> None:
        """Take note of a no: the state is of no more use."""
        await self.states.use_up(state, self.now())

    async def finish(self, state: str, code: str) -> Installed:
        """Exchange the code and store the installation. Whatever is raised, nothing was stored.

        Raises:
            StateUnknown: nothing was begun with this state, or too long ago, or it was used.
            SlackError: Slack does not take the code, or could not be asked.
        """
        if not await self.states.use_up(state, self.now()):
            raise StateUnknown
        grant = await self.oauth.exchange(code)
        account = await self.oauth.account(grant.token)
        if account.bot_user_id != grant.bot_user_id:
            raise SlackRefused("another_bot")
        new = NewInstallation(grant=grant, url=account.url, bot_id=account.bot_id, at=self.now())
        is_connected = await self.installations.put(new)
        _log.info("the app was installed", workspace=grant.workspace, scopes=len(grant.scopes))
        return Installed(grant=grant, is_connected=is_connected)
