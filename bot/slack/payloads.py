"""What Slack sends with a command, a click, a submitted window or an event, checked once.

Only what is used is read, and no more is demanded of it than its use needs.
Source: https://docs.slack.dev/reference/interaction-payloads and
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.domain.ids import ChannelId, UserId, WorkspaceId
from bot.slack.authorization import Installation

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Slack's ids are opaque; longer ones, or with other characters, it has never made."""


class PayloadUnreadable(Exception):
    """A signed request that is not what its kind should be; the text names the fields."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Person(_Part):
    """Who did something; people from outside have another team."""

    id: Id
    team_id: Id | None = None


class Place(_Part):
    """Something with an id: a channel, a team, an organisation."""

    id: Id


class _Team(Place):
    enterprise_id: Id | None = None


class SlashCommand(_Part):
    """A command and what was typed after it."""

    command: str
    text: str = ""
    user_id: Id
    channel_id: Id
    response_url: SecretStr | None = None
    trigger_id: SecretStr | None = None

    @property
    def user(self) -> UserId:
        """Who typed it."""
        return UserId(self.user_id)

    @property
    def channel(self) -> ChannelId:
        """Where it was typed."""
        return ChannelId(self.channel_id)

    @property
    def answer_url(self) -> str | None:
        """Where a private answer can be sent."""
        return _reveal(self.response_url)

    @property
    def trigger(self) -> str | None:
        """What opens one window within three seconds."""
        return _reveal(self.trigger_id)


class _Option(_Part):
    value: str = ""


class Action(_Part):
    """What was clicked or selected."""

    action_id: str
    value: str | None = None
    selected_option: _Option | None = None

    @property
    def chosen(self) -> str:
        """What came back with it: untrusted, since anybody may have made the message."""
        return self.selected_option.value if self.selected_option else self.value or ""


class _View(_Part):
    id: Id
    type: str = ""
    root: Annotated[str, Field(alias="root_view_id")] = ""
    """The lowest window of the stack."""
    private_metadata: str = ""
    state: _State | None = None

    def chosen(self, field: str) -> str:
        """What a field holds; its `block_id` and its `action_id` are the same. Or empty."""
        found = self._field(field)
        option = found.selected_option.value if found.selected_option else None
        return option or found.selected_conversation or ""

    def typed(self, field: str) -> str:
        """What was typed into a field. Or empty."""
        return self._field(field).value or ""

    def options(self, field: str) -> Sequence[str]:
        """The boxes of a field that are ticked."""
        return [option.value for option in self._field(field).selected_options]

    def people(self, field: str) -> Sequence[str]:
        """Who is chosen in a field."""
        return self._field(field).selected_users

    def conversations(self, field: str) -> Sequence[str]:
        """The conversations that are chosen in a field."""
        return self._field(field).selected_conversations

    def _field(self, field: str) -> _Field:
        values = self.state.values if self.state else {}
        return values.get(field, {}).get(field) or _Field()


class _State(_Part):
    values: Mapping[str, Mapping[str, _Field]] = {}


class _Field(_Part):
    selected_option: _Option | None = None
    selected_conversation: Id | None = None
    value: str | None = None
    selected_options: Sequence[_Option] = ()
    selected_users: Sequence[Id] = ()
    selected_conversations: Sequence[Id] = ()


class _Container(_Part):
    channel_id: Id | None = None


class _ResponseUrl(_Part):
    channel_id: Id | None = None
    response_url: SecretStr


class _Interaction(_Part):
    user: Person
    team: _Team | None = None
    enterprise: Place | None = None

    @property
    def who(self) -> UserId:
        """Who clicked."""
        return UserId(self.user.id)

    def is_from_outside(self, installation: Installation) -> bool:
        """Whether this person does not belong where the app is installed.

        In a channel shared with another company its people see our buttons, and Slack delivers
        their clicks. Whose team is not known counts as from outside.
        Source: https://docs.slack.dev/apis/slack-connect
        """
        if installation.team_id is not None:
            return self.user.team_id != installation.team_id
        of_the_organisation = {
            self.enterprise.id if self.enterprise else None,
            self.team.enterprise_id if self.team else None,
        }
        at_home = self.team is None or self.user.team_id == self.team.id
        return installation.enterprise_id not in of_the_organisation or not at_home


class Click(_Interaction):
    """A click on a button, or a choice in a menu, in a message or in a window."""

    actions: Annotated[Sequence[Action], Field(min_length=1)]
    channel_: Place | None = Field(default=None, alias="channel")
    container: _Container | None = None
    response_url: SecretStr | None = None
    trigger_id: SecretStr | None = None
    view: _View | None = None

    @property
    def action(self) -> Action:
        """The one thing that was clicked."""
        return self.actions[0]

    @property
    def channel(self) -> ChannelId:
        """Where the message with the button is; empty in a window, which is in no channel."""
        if self.channel_:
            return ChannelId(self.channel_.id)
        return ChannelId((self.container and self.container.channel_id) or "")

    @property
    def trigger(self) -> str | None:
        """What opens one window within three seconds."""
        return _reveal(self.trigger_id)

    @property
    def is_in_a_window(self) -> bool:
        """Whether a window is open already, so that another one goes on top of it."""
        return self.view is not None and self.view.type == "modal"

    @property
    def answer_url(self) -> str | None:
        """Where a private answer can be sent."""
        return _reveal(self.response_url)


class Submission(_Interaction):
    """A window that was sent off."""

    view: _View
    response_urls: Sequence[_ResponseUrl] = ()

    @property
    def answer_url(self) -> str | None:
        """Where a private answer can be sent, if a channel was chosen."""
        return _reveal(self.response_urls[0].response_url) if self.response_urls else None


class _Tokens(_Part):
    bot: Sequence[str] = ()


class _Happening(_Part):
    type: str
    user: Id | None = None
    tab: str = ""
    tokens: _Tokens = _Tokens()


class _Authorization(_Part):
    is_enterprise_install: bool | None = None


class Event(_Part):
    """Something that happened in a workspace."""

    event: _Happening
    team_id: Id | None = None
    enterprise_id: Id | None = None
    event_time: Annotated[int, Field(ge=0, lt=2**40)] | None = None
    """In seconds since 1970."""
    authorizations: Sequence[_Authorization] | None = None

    @property
    def installed_in(self) -> WorkspaceId | None:
        """Which installation itself it happened to: the organisation's, or else the team's.

        Slack leaves the team out for an org-wide one. A team's own must never be taken for its
        organisation's, which has many more.
        """
        is_org_wide = any(each.is_enterprise_install for each in self.authorizations or ())
        name = self.enterprise_id if is_org_wide else self.team_id or self.enterprise_id
        return WorkspaceId(name) if name else None

    @property
    def happened_at(self) -> datetime | None:
        """When, in UTC, to the second."""
        if self.event_time is None:
            return None
        return datetime.fromtimestamp(self.event_time, UTC)


_Payload = TypeVar("_Payload", bound=_Part)


def read(kind: type[_Payload], body: Mapping[str, Any]) -> _Payload:
    """Read a body as what it should be. Raises `PayloadUnreadable`, without any of its values."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        fields = {".".join(map(str, each["loc"][:3])) for each in error.errors(include_input=False)}
        problem = PayloadUnreadable(f"{kind.__name__}: {', '.join(sorted(fields))[:200]}")
    raise problem


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() or None if secret else None
