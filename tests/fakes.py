"""Stand-ins for the ports: they remember what they were told and answer as they were set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.ids import (
    AppId,
    ChannelId,
    DeliveryId,
    MeetingId,
    MessageTs,
    SessionId,
    UserId,
    WorkspaceId,
)
from bot.domain.summary import App, SessionDetails, SummaryLink
from bot.errors import InstallationBroken, LinkRefused, SessionNotFound, SummaryNotReady
from bot.messages.kit import Message
from bot.usecases.ports import Workspace

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
APP = AppId("6b9c4f0e-52a7-4d5c-9a0b-1f3e7d2c8a41")
OTHER_APP = AppId("0f1d2c3b-4a59-4687-8796-a5b4c3d2e1f0")
SESSION = SessionId("2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d")
MEETING = MeetingId("9d8c7b6a-5f4e-4d3c-8b2a-1c0d9e8f7a6b")
WORKSPACE = WorkspaceId("T0WORKSPACE")
CHANNEL = ChannelId("C0CHANNEL")
ASKER = UserId("U0ASKER")


def a_workspace() -> Workspace:
    """A workspace with everything set up."""
    return Workspace(
        id=WORKSPACE,
        url="https://acme.slack.com/",
        bot_token="xoxb-make-believe",
        account_id="0123456789abcdef0123456789abcdef",
        api_token="make-believe-token",
    )


def a_link(expires_at: datetime | None = NOON + timedelta(days=6)) -> SummaryLink:
    """A link to the session's summary."""
    return SummaryLink(SESSION, "https://files.example.com/s?X-Amz-Signature=s3cr3t", expires_at)


def a_session(**changes: object) -> SessionDetails:
    """A meeting of three quarters of an hour that ended an hour before noon."""
    facts: dict[str, object] = {
        "session_id": SESSION,
        "meeting_id": MEETING,
        "title": "Weekly planning",
        "started_at": NOON - timedelta(minutes=105),
        "ended_at": NOON - timedelta(hours=1),
        "transcribed_minutes": 45.0,
    }
    return SessionDetails(**{**facts, **changes})  # type: ignore[arg-type]


@dataclass
class FakeMeetings:
    """RealtimeKit for one account. A value that is an exception is raised."""

    apps: list[App] = field(default_factory=lambda: [App(APP, "Standups")])
    links: list[SummaryLink | Exception] = field(default_factory=lambda: [a_link()])
    sessions: dict[SessionId, SessionDetails | Exception] = field(
        default_factory=lambda: {SESSION: a_session()}
    )
    transcript: bool = True
    apps_error: Exception | None = None
    calls: list[str] = field(default_factory=list)

    async def fetch_summary(self, app: AppId, session: SessionId) -> SummaryLink:
        """The next scripted link; the last one stays."""
        self.calls.append("fetch_summary")
        link = self.links.pop(0) if len(self.links) > 1 else self.links[0]
        if isinstance(link, Exception):
            raise link
        return link

    async def generate_summary(self, app: AppId, session: SessionId) -> None:
        """Remember that it was asked for."""
        self.calls.append("generate_summary")

    async def has_transcript(self, app: AppId, session: SessionId) -> bool:
        """As set up."""
        self.calls.append("has_transcript")
        return self.transcript

    async def fetch_session(self, app: AppId, session: SessionId) -> SessionDetails:
        """As set up, or unknown."""
        self.calls.append("fetch_session")
        known = self.sessions.get(session, SessionNotFound())
        if isinstance(known, Exception):
            raise known
        return known

    async def list_sessions(
        self, app: AppId, *, meeting: MeetingId | None = None, limit: int = 20
    ) -> Sequence[SessionDetails]:
        """Those set up, of the meeting asked for."""
        self.calls.append("list_sessions")
        return [
            known
            for known in self.sessions.values()
            if isinstance(known, SessionDetails) and meeting in (None, known.meeting_id)
        ][:limit]

    async def list_apps(self) -> Sequence[App]:
        """As set up."""
        self.calls.append("list_apps")
        if self.apps_error:
            raise self.apps_error
        return self.apps


NOT_READY = SummaryNotReady("404")


@dataclass
class FakeDownloads:
    """Files behind links: the scripted contents in turn, the last one for good."""

    contents: list[str | Exception] = field(default_factory=lambda: ["# Notes\n\nWe agreed."])
    downloaded: list[SummaryLink] = field(default_factory=list)

    async def download(self, link: SummaryLink) -> str:
        """The next scripted content."""
        self.downloaded.append(link)
        content = self.contents.pop(0) if len(self.contents) > 1 else self.contents[0]
        if isinstance(content, Exception):
            raise content
        return content

    def check(self, link: SummaryLink) -> None:
        """Refuse what is not https."""
        if not link.url.startswith("https://"):
            raise LinkRefused("malformed")


@dataclass
class Posted:
    """One message a fake Slack took."""

    channel: ChannelId
    message: Message
    delivery: DeliveryId
    key: str
    thread: MessageTs | None
    ts: MessageTs


@dataclass
class FakePoster:
    """A Slack that takes everything, but for what it was told to refuse.

    `refusals` maps a key to the errors its next sends raise, in turn; a pair of an error and
    `True` takes the message all the same, as a connection lost after the fact does.
    """

    posted: list[Posted] = field(default_factory=list)
    files: list[tuple[ChannelId, MessageTs, str, str]] = field(default_factory=list)
    footers: list[tuple[ChannelId, MessageTs, Message]] = field(default_factory=list)
    answers: list[tuple[str, Message]] = field(default_factory=list)
    told: list[tuple[UserId, Message]] = field(default_factory=list)
    refusals: dict[str, list[tuple[Exception, bool]]] = field(default_factory=dict)
    history_scope: Exception | None = None
    file_refusal: Exception | None = None
    answer_refusal: Exception | None = None
    tell_error: Exception | None = None

    async def post(
        self,
        channel: ChannelId,
        message: Message,
        *,
        delivery: DeliveryId,
        key: str,
        thread: MessageTs | None = None,
    ) -> MessageTs:
        """Take a message, or refuse it as scripted."""
        scripted = self.refusals.get(key)
        error, taken = scripted.pop(0) if scripted else (None, True)
        ts = MessageTs(f"1700000000.{len(self.posted):06d}")
        if taken:
            self.posted.append(Posted(channel, message, delivery, key, thread, ts))
        if error is not None:
            raise error
        return ts

    async def upload(
        self, channel: ChannelId, thread: MessageTs, *, name: str, title: str, text: str
    ) -> None:
        """Take a file, or refuse it."""
        if self.file_refusal:
            raise self.file_refusal
        self.files.append((channel, thread, name, text))

    async def find(
        self,
        channel: ChannelId,
        *,
        delivery: DeliveryId,
        key: str,
        since: datetime,
        thread: MessageTs | None = None,
    ) -> MessageTs | None:
        """Look among what was taken."""
        if self.history_scope:
            raise self.history_scope
        for sent in self.posted:
            if (sent.delivery, sent.key, sent.thread) == (delivery, key, thread):
                return sent.ts
        return None

    async def replace_footer(self, channel: ChannelId, ts: MessageTs, footer: Message) -> None:
        """Remember the new footer."""
        self.footers.append((channel, ts, footer))

    async def answer(self, url: str, message: Message) -> None:
        """Remember a private answer, or refuse it."""
        if self.answer_refusal:
            raise self.answer_refusal
        self.answers.append((url, message))

    async def tell(self, user: UserId, message: Message) -> None:
        """Remember a direct message, or refuse it."""
        if self.tell_error:
            raise self.tell_error
        self.told.append((user, message))


@dataclass
class FakeWorkspaces:
    """The one workspace of these tests, and its aliases."""

    workspace: Workspace = field(default_factory=a_workspace)
    aliases: dict[str, AppId] = field(default_factory=dict)
    default: AppId | None = None

    async def get(self, workspace: WorkspaceId) -> Workspace:
        """The workspace, or the error for a stranger."""
        if workspace != self.workspace.id:
            raise InstallationBroken
        return self.workspace

    async def alias(self, workspace: WorkspaceId, name: str) -> AppId | None:
        """As set up."""
        return self.aliases.get(name) if workspace == self.workspace.id else None

    async def default_app(self, workspace: WorkspaceId) -> AppId | None:
        """As set up."""
        return self.default if workspace == self.workspace.id else None


@dataclass
class NoPace:
    """A channel that never makes anybody wait, and counts who asked."""

    waited: int = 0

    async def wait(self) -> None:
        """Go on at once."""
        self.waited += 1
