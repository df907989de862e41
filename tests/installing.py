"""Installations for tests: what Slack grants, and stand-ins for what installing asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.ids import UserId, WorkspaceId
from bot.domain.installation import BotToken, Departure, Grant, NewInstallation
from bot.usecases.installation_ports import BotAccount
from tests.fakes import NOON, WORKSPACE

INSTALLER = UserId("U0ADMIN")
BOT_USER = "U0BOT"
ACCOUNT = BotAccount("https://acme.slack.com/", "B0BOT", BOT_USER)


def a_token(value: str = "xoxb-make-believe", **changes: object) -> BotToken:
    """A token that lasts."""
    return replace(BotToken(value=value), **changes)  # type: ignore[arg-type]


def a_rotated_token(number: int = 1, *, expires_at: datetime | None = None) -> BotToken:
    """A token of twelve hours from noon."""
    return BotToken(
        value=f"xoxe.xoxb-make-believe-{number}",
        refresh_token=f"xoxe-make-believe-{number}",
        expires_at=expires_at or NOON + timedelta(hours=12),
    )


def a_grant(**changes: object) -> Grant:
    """What Slack grants a workspace's administrator."""
    granted = Grant(
        workspace=WORKSPACE,
        is_org_wide=False,
        name="Acme",
        app_id="A0SUMMARY",
        bot_user_id=BOT_USER,
        installer=INSTALLER,
        scopes=frozenset({"commands", "chat:write"}),
        token=a_token(),
    )
    return replace(granted, **changes)  # type: ignore[arg-type]


def a_new_installation(*, at: datetime = NOON, **changes: object) -> NewInstallation:
    """An installation as it is stored."""
    return NewInstallation(
        grant=a_grant(**changes), url="https://acme.slack.com/", bot_id="B0BOT", at=at
    )


def a_departure(**changes: object) -> Departure:
    """The app was removed, an hour after it was installed."""
    left = Departure(workspace=WORKSPACE, at=NOON + timedelta(hours=1), who=UserId("U0LEAVER"))
    return replace(left, **changes)  # type: ignore[arg-type]


@dataclass
class FakeOAuth:
    """Slack's OAuth. A value that is an exception is raised; refreshes are counted."""

    granted: Grant | Exception = field(default_factory=a_grant)
    account_of: BotAccount | Exception = ACCOUNT
    refreshed: BotToken | Exception = field(default_factory=lambda: a_rotated_token(2))
    codes: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    async def exchange(self, code: str) -> Grant:
        """As set up."""
        self.codes.append(code)
        if isinstance(self.granted, Exception):
            raise self.granted
        return self.granted

    async def refresh(self, refresh_token: str) -> BotToken:
        """As set up."""
        self.used.append(refresh_token)
        if isinstance(self.refreshed, Exception):
            raise self.refreshed
        return self.refreshed

    async def account(self, token: BotToken) -> BotAccount:
        """As set up."""
        assert isinstance(self.granted, Grant)
        assert token == self.granted.token
        if isinstance(self.account_of, Exception):
            raise self.account_of
        return self.account_of


@dataclass
class FakeStates:
    """States that were begun with."""

    kept: dict[str, datetime] = field(default_factory=dict)

    async def add(self, state: str, *, now: datetime, expires_at: datetime) -> None:
        """Keep one."""
        assert expires_at > now
        self.kept[state] = expires_at

    async def use_up(self, state: str, now: datetime) -> bool:
        """Take one away."""
        return self.kept.pop(state, now) > now


@dataclass
class FakeInstallations:
    """Who came and who left."""

    stored: list[NewInstallation] = field(default_factory=list)
    left: list[Departure] = field(default_factory=list)
    is_connected: bool = False
    is_late: bool = False

    async def put(self, new: NewInstallation) -> bool:
        """Keep one."""
        self.stored.append(new)
        return self.is_connected

    async def leave(self, departure: Departure) -> bool:
        """Note one."""
        self.left.append(departure)
        return not self.is_late


@dataclass
class FakeBotTokens:
    """One workspace's token, and whose turn it is to refresh it."""

    token: BotToken | None = field(default_factory=a_rotated_token)
    holder: str | None = None
    next_at: datetime = NOON
    looks: int = 0
    becomes: dict[int, BotToken] = field(default_factory=dict)
    """What another process stores before a certain look."""

    async def get(self, workspace: WorkspaceId) -> BotToken:
        """The token as it is now."""
        assert workspace == WORKSPACE
        self.looks += 1
        self.token = self.becomes.get(self.looks, self.token)
        assert self.token is not None
        return self.token

    async def begin(
        self, workspace: WorkspaceId, holder: str, now: datetime, *, at_once: bool
    ) -> BotToken | None:
        """Take the turn."""
        assert workspace == WORKSPACE
        if self.holder is not None or (now < self.next_at and not at_once):
            return None
        self.holder = holder
        return self.token

    async def replace(
        self, workspace: WorkspaceId, holder: str, old: BotToken, new: BotToken, now: datetime
    ) -> bool:
        """Store a token in the place of the old one."""
        await self.give_up(workspace, holder, now)
        if self.token is None or self.token.value != old.value:
            return False
        self.token = new
        return True

    async def give_up(self, workspace: WorkspaceId, holder: str, next_at: datetime) -> None:
        """Give the turn back."""
        assert (workspace, self.holder) == (WORKSPACE, holder)
        self.holder, self.next_at = None, next_at
