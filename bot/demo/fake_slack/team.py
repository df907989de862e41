"""One workspace of the make-believe Slack, and how a scenario furnishes it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.state import (
    Channel,
    File,
    Kind,
    Message,
    PrivateAnswer,
    ResponseUrl,
    Trigger,
    User,
    View,
)

SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "mpim:history",
        "mpim:read",
        "users:read",
    }
)
"""Everything the app may be granted; take some away to see what it does without."""


@dataclass(slots=True, kw_only=True)
class Team:
    """A workspace with the app installed. Everything in it is found by its id."""

    now: Callable[[], datetime]
    id: str = "T0ACME"
    domain: str = "acme"
    enterprise_id: str | None = None
    token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(12)}", repr=False)
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    app_id: str = "A0SUMMARY"
    bot_id: str = "B0SUMMARY"
    bot_user_id: str = "U0BOT"
    rotated: dict[str, datetime] = field(default_factory=dict, repr=False)
    """Tokens of an installation that rotates them, and when each dies."""
    is_org_wide: bool = False
    """Whether the app is installed for the whole organisation."""
    is_uninstalled: bool = False
    total_text: int | None = None
    """Lower than Slack's, to have messages refused as too long."""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    answers: list[PrivateAnswer] = field(default_factory=list)
    _last_ts: datetime | None = None

    def __post_init__(self) -> None:
        """The bot is a user too."""
        self.add_user(self.bot_user_id, "meeting_summary", is_bot=True)

    @property
    def url(self) -> str:
        """The workspace's own address."""
        return f"https://{self.domain}.slack.com/"

    def add_user(
        self,
        user: str,
        name: str,
        *,
        team_id: str | None = None,
        enterprise_id: str | None = None,
        **flags: bool,
    ) -> User:
        """Let somebody in; a `team_id` of another workspace makes them a stranger here.

        The `flags` are those of `User`; an unknown one is refused.
        """
        home = team_id or self.id
        self.users[user] = User(
            id=user,
            name=name,
            team_id=home,
            is_stranger=home != self.id,
            enterprise_id=enterprise_id or self.enterprise_id,
            **flags,
        )
        return self.users[user]

    def add_channel(
        self,
        channel: str,
        name: str,
        *,
        members: tuple[str, ...] = (),
        with_bot: bool = True,
        kind: Kind = "channel",
        is_private: bool = False,
        is_ext_shared: bool = False,
    ) -> Channel:
        """Make a conversation, with the bot in it unless told otherwise."""
        inside = {*members, *((self.bot_user_id,) if with_bot else ())}
        self.channels[channel] = Channel(
            id=channel,
            name=name,
            kind=kind,
            is_private=is_private or kind != "channel",
            is_ext_shared=is_ext_shared,
            members=inside,
        )
        return self.channels[channel]

    def conversation_with(self, user: str) -> Channel:
        """The app's own conversation with a person; made when it is first needed."""
        name = f"D{user[1:]}"
        known = self.channels.get(name)
        return known or self.add_channel(name, user, members=(user,), kind="im")

    def say(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Have a person write something."""
        said = Message(ts=self.new_ts(), user=user, text=text, thread_ts=thread_ts)
        self.channels[channel].messages.append(said)
        return said

    def answers_to(self, user: str) -> list[PrivateAnswer]:
        """What a person alone was shown, oldest first."""
        return [answer for answer in self.answers if answer.user == user]

    def open_views(self, user: str) -> list[View]:
        """The windows a person has open, the topmost last."""
        theirs = (view for view in self.views.values() if view.user == user and view.is_open)
        return [view for view in theirs if view.content["type"] == "modal"]

    def new_ts(self) -> str:
        """A timestamp nothing else in this workspace has, in order."""
        moment = self.now()
        if self._last_ts is not None and moment <= self._last_ts:
            moment = self._last_ts + timedelta(microseconds=1)
        self._last_ts = moment
        return f"{int(moment.timestamp())}.{moment.microsecond:06d}"

    def new_trigger(self, user: str) -> str:
        """Leave to open a window, for one thing a person just did."""
        name = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user=user, made_at=self.now())
        return name

    def new_response_url(self, base: str, kind: str, user: str, channel: str) -> str:
        """An address for private answers; nobody can guess it."""
        path = f"/{kind}/{self.id}/{secrets.token_urlsafe(24)}"
        self.response_urls[path] = ResponseUrl(
            url=base + path, user=user, channel=channel, made_at=self.now()
        )
        return base + path

    def visible_channel(self, channel: object) -> Channel:
        """A channel the bot can see. Private ones it is not in do not exist for it."""
        known = self.channels.get(str(channel))
        if known is None or (known.is_private and self.bot_user_id not in known.members):
            raise Refused("channel_not_found")
        return known

    def is_known_by(self, token: str) -> bool:
        """Whether a token is this installation's. Raises `Refused` for one that has died."""
        if token in self.rotated and self.rotated[token] <= self.now():
            raise Refused("token_expired")
        return token in self.rotated or (token == self.token and not self.is_uninstalled)

    def require(self, *any_of: str) -> None:
        """Refuse a call without one of these scopes."""
        if not self.scopes.intersection(any_of):
            provided = ",".join(sorted(self.scopes))
            raise Refused("missing_scope", needed=",".join(any_of), provided=provided)
