"""What the use cases ask for; the edges of the program supply it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from bot.domain.delivery import Delivery, Posted, SentMessage
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
from bot.domain.workspace import Workspace
from bot.messages.kit import Message

Clock: TypeAlias = Callable[[], datetime]
"""The present moment, in UTC."""


class Meetings(Protocol):
    """RealtimeKit with one workspace's credentials. Every method raises `RealtimeKitError`."""

    async def fetch_summary(self, app: AppId, session: SessionId) -> SummaryLink:
        """Ask where the summary is. `SummaryNotReady` stands for every reply that is no link."""

    async def generate_summary(self, app: AppId, session: SessionId) -> None:
        """Have the summary written (again); costs the account Workers AI."""

    async def has_transcript(self, app: AppId, session: SessionId) -> bool:
        """Whether there is anything a summary could be written from."""

    async def fetch_session(self, app: AppId, session: SessionId) -> SessionDetails:
        """Look one session up; `SessionNotFound` when the app has none of that id."""

    async def list_sessions(
        self, app: AppId, *, meeting: MeetingId | None = None, limit: int = 20
    ) -> Sequence[SessionDetails]:
        """The ended sessions of an app, or of one of its meetings, newest first."""

    async def list_apps(self) -> Sequence[App]:
        """All apps of the account."""


class Downloads(Protocol):
    """The way from a presigned link to its text."""

    async def download(self, link: SummaryLink) -> str:
        """Read the summary's text.

        Raises:
            LinkExpired, LinkRefused, NotASummary, SummaryEmpty, SummaryTooLarge,
            RealtimeKitUnavailable.
        """

    def check(self, link: SummaryLink) -> None:
        """Raise `LinkRefused` for a link that nobody should be sent to; nothing is opened."""


class Poster(Protocol):
    """Slack with one workspace's bot token. Every method raises `SlackError`."""

    async def post(
        self,
        channel: ChannelId,
        message: Message,
        *,
        delivery: DeliveryId,
        key: str,
        thread: MessageTs | None = None,
    ) -> MessageTs:
        """Post one message, marked with its delivery and key in the message's metadata."""

    async def upload(
        self, channel: ChannelId, thread: MessageTs, *, name: str, title: str, text: str
    ) -> None:
        """Put a text file into a thread; `FilesRefused` where files are not taken."""

    async def find(
        self,
        channel: ChannelId,
        *,
        delivery: DeliveryId,
        key: str,
        since: datetime,
        thread: MessageTs | None = None,
    ) -> MessageTs | None:
        """Look for a message that may have arrived; `CannotLook` without a history scope."""

    async def replace_footer(self, channel: ChannelId, ts: MessageTs, footer: Message) -> None:
        """Change what stands under a message, leaving the message as it is."""

    async def answer(self, url: str, message: Message) -> None:
        """Answer privately at a `response_url`; `AnswerRefused` when it no longer works."""

    async def tell(self, user: UserId, message: Message) -> None:
        """Write to one person in the app's own conversation with them."""


class Pace(Protocol):
    """A channel's rhythm: at most one message a second, whoever sends it."""

    async def wait(self) -> None:
        """Wait until the next message may be sent."""


class Workspaces(Protocol):
    """The installations this deployment serves."""

    async def get(self, workspace: WorkspaceId) -> Workspace:
        """The installation, or `InstallationBroken` when there is none."""

    async def alias(self, workspace: WorkspaceId, name: str) -> AppId | None:
        """The app an administrator gave this alias, if any."""

    async def default_app(self, workspace: WorkspaceId) -> AppId | None:
        """The app that is meant when none is named, if administrators chose one."""


class Deliveries(Protocol):
    """The promises made, and how they stand. One method is one transaction."""

    async def promise(self, delivery: Delivery) -> tuple[Delivery, bool]:
        """Store a delivery and wake the worker, unless its key is taken.

        Returns the stored one and whether it is new. A taken delivery that ended failed or
        skipped is opened again for the new asker and counts as new. So does an open one that
        nobody asked for: it becomes the asker's, and is due at once.
        """

    async def get(self, delivery: DeliveryId) -> Delivery | None:
        """One delivery by its id."""

    async def latest(
        self, workspace: WorkspaceId, channel: ChannelId, session: SessionId
    ) -> Delivery | None:
        """The newest delivery of a session in a channel."""

    async def of_session(self, workspace: WorkspaceId, session: SessionId) -> Sequence[Delivery]:
        """All deliveries of a session in a workspace, newest first."""

    async def recent(
        self, workspace: WorkspaceId, *, asker: UserId | None = None, limit: int = 15
    ) -> Sequence[Delivery]:
        """The latest deliveries of a workspace, or of one person in it, newest first."""

    async def messages(self, delivery: DeliveryId) -> Sequence[SentMessage]:
        """What was sent, or begun, for a delivery, in order."""

    async def sending(self, delivery: DeliveryId, key: str, at: datetime) -> None:
        """Write down, before the call, that a message is about to be sent."""

    async def sent(self, delivery: DeliveryId, key: str, ts: MessageTs | None) -> None:
        """Write down that a message arrived (a file has no timestamp)."""

    async def refused(self, delivery: DeliveryId, key: str) -> None:
        """Write down that Slack would not take a message, so it surely did not arrive."""

    async def not_sent(self, delivery: DeliveryId, key: str) -> None:
        """Forget that a message was begun: it surely did not arrive and may be sent again."""


__all__ = [
    "Clock",
    "Deliveries",
    "Downloads",
    "Meetings",
    "Pace",
    "Posted",
    "Poster",
    "Workspace",
    "Workspaces",
]
