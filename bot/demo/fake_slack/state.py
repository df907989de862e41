"""What a make-believe Slack remembers: workspaces, people, conversations and what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["channel", "im", "mpim"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody with an account, in this workspace or visiting it from another."""

    id: str
    name: str
    team_id: str
    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    is_bot: bool = False
    is_stranger: bool = False
    deleted: bool = False
    enterprise_id: str | None = None
    """The organisation the person belongs to."""
    is_organisation_admin: bool = False

    def as_json(self) -> dict[str, Any]:
        """The user object of `users.info`; of an organisation's member with `enterprise_user`.

        Source: https://docs.slack.dev/reference/objects/user-object
        """
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.name.title(),
            "deleted": self.deleted,
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_primary_owner": False,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "tz": "Europe/Lisbon",
            **({"is_stranger": True} if self.is_stranger else {}),
            **({"enterprise_user": self._in_organisation()} if self.enterprise_id else {}),
        }

    def _in_organisation(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "enterprise_id": self.enterprise_id,
            "is_admin": self.is_organisation_admin,
            "is_owner": False,
            "teams": [self.team_id],
        }


@dataclass(slots=True, kw_only=True)
class Message:
    """One message of a conversation, as it stands now."""

    ts: str
    user: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    thread_ts: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    files: list[File] = field(default_factory=list)
    unfurls: bool = False
    edits: int = 0

    def as_json(self, *, all_metadata: bool = True) -> dict[str, Any]:
        """The message as the history shows it."""
        shown: dict[str, Any] = {"type": "message", "ts": self.ts, "user": self.user}
        shown |= {"text": self.text, "blocks": self.blocks}
        optional = {
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "files": [{"id": f.id, "name": f.name, "title": f.title} for f in self.files],
            "edited": {"user": self.user} if self.edits else None,
            "metadata": self.metadata
            if all_metadata
            else {key: self.metadata[key] for key in self.metadata if key == "event_type"},
        }
        return shown | {key: value for key, value in optional.items() if value}


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation. `closed` is the code Slack refuses posts with, if it does."""

    id: str
    name: str
    kind: Kind = "channel"
    is_private: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    companies: set[str] = field(default_factory=lambda: {"T0GLOBEX"})
    """The other companies' teams, where the channel is shared."""
    is_archived: bool = False
    closed: str | None = None
    members: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)

    @property
    def parents(self) -> list[Message]:
        """What stands in the channel itself, oldest first."""
        return [message for message in self.messages if message.thread_ts is None]

    def replies(self, parent_ts: str) -> list[Message]:
        """What stands under one message, oldest first."""
        return [message for message in self.messages if message.thread_ts == parent_ts]

    def find(self, ts: str) -> Message | None:
        """The message of that timestamp."""
        return next((message for message in self.messages if message.ts == ts), None)

    def snapshot(self) -> list[dict[str, Any]]:
        """The whole conversation as JSON: each parent with its `thread`."""
        return [
            parent.as_json() | {"thread": [reply.as_json() for reply in self.replies(parent.ts)]}
            for parent in self.parents
        ]

    def as_json(self, team: str, *, seen_by: str, counted: bool) -> dict[str, Any]:
        """The object of `conversations.info`: of a direct conversation Slack says little."""
        if self.kind == "im":
            others = sorted(self.members - {seen_by})
            return {"id": self.id, "is_im": True, "user": others[0] if others else seen_by}
        about: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind == "channel" and not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_member": seen_by in self.members,
        }
        # Slack documents the number for channels, and shows none for group conversations.
        number = {"num_members": len(self.members)} if counted and self.kind == "channel" else {}
        return about | self._sharing(team) | number

    def _sharing(self, team: str) -> dict[str, Any]:
        invited = sorted(self.companies) if self.is_pending_ext_shared else []
        connected = sorted(self.companies) if self.is_ext_shared else []
        return {
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": self.is_pending_ext_shared,
            "pending_shared": invited,
            "pending_connected_team_ids": invited,
            "context_team_id": team,
            "internal_team_ids": [team] if connected else [],
            "connected_team_ids": [team, *connected] if connected else [],
            "shared_team_ids": [team, *connected],
        }

    @property
    def scope_family(self) -> str:
        """The word the scopes for this kind of conversation begin with."""
        if self.kind != "channel":
            return self.kind
        return "groups" if self.is_private else "channels"


@dataclass(slots=True, kw_only=True)
class File:
    """A file: reserved, then uploaded, then shared."""

    id: str
    name: str
    length: int
    secret: str
    title: str = ""
    content: bytes | None = None
    shared: bool = False

    @property
    def text(self) -> str:
        """The content as text."""
        return (self.content or b"").decode()


@dataclass(slots=True, kw_only=True)
class View:
    """A window or a Home tab, as one person sees it now."""

    id: str
    user: str
    content: dict[str, Any]
    hash: str
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    is_open: bool = True
    root: str = ""
    """The window below all others, when this one was opened on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateAnswer:
    """What one person alone was shown. `came` is how: the ack, a response URL, or postEphemeral."""

    user: str
    channel: str
    text: str
    blocks: Sequence[Mapping[str, Any]] = ()
    came: Literal["ack", "response_url", "ephemeral"]
    ts: str

    def as_json(self) -> dict[str, Any]:
        """The answer as an ephemeral message."""
        return {"type": "message", "ts": self.ts, "text": self.text, "blocks": list(self.blocks)}


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """A private answer's address: five uses within half an hour."""

    url: str
    user: str
    channel: str
    made_at: datetime
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Trigger:
    """Leave to open one window within three seconds."""

    user: str
    made_at: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call the app made, as it arrived, and the code of the answer (`ok`, or why not)."""

    method: str
    arguments: Mapping[str, Any]
    team: str | None
    outcome: str
