"""`/meeting-summary`, in all its forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bot.domain.check import Check
from bot.domain.ids import SessionId, UserId, WorkspaceId
from bot.errors import NotAdministrator, NotUnderstood
from bot.messages import replies
from bot.messages.kit import Message
from bot.slack.administrators import MayAdminister
from bot.slack.authorization import Installation
from bot.slack.commands import (
    Doctor,
    Help,
    OpenPicker,
    PostSummary,
    ShowSettings,
    Status,
    Subscribe,
    Subscriptions,
    Unsubscribe,
)
from bot.slack.listeners.picker import Picker
from bot.slack.listeners.promises import Promises
from bot.slack.listeners.settings import SettingsWindows
from bot.slack.listeners.subscriptions import SubscriptionCommands
from bot.slack.parsing import parse
from bot.slack.payloads import SlashCommand
from bot.slack.private import PrivateAnswers
from bot.usecases.request_summary import SummaryRequest

CountCommand: TypeAlias = Callable[[str, str], None]
"""Takes a command's name and what became of it."""


class ReportsStatus(Protocol):
    """Says what became of a session's summary, from what is stored."""

    async def __call__(self, workspace: WorkspaceId, session: SessionId) -> Message:
        """The private answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Reads a command line and hands it to what it asks for."""

    promises: Promises
    picker: Picker
    subscriptions: SubscriptionCommands
    report_status: ReportsStatus
    settings: SettingsWindows
    configured: Callable[[WorkspaceId], Awaitable[Message]]
    """Says what is configured, from settings and what is stored."""
    check_setup: Callable[[WorkspaceId], Awaitable[Sequence[Check]]]
    write_to: Callable[[WorkspaceId, UserId], Awaitable[None]]
    """Remembers the administrator who is written to when something breaks."""
    may_administer: MayAdminister
    private: PrivateAnswers
    count: CountCommand

    async def run(self, command: SlashCommand, installation: Installation) -> Message | None:
        """Answer a command at once, or see to it that it is answered.

        Raises:
            NotUnderstood: the line means nothing.
            BotError: it could not be stored.
        """
        try:
            meant = parse(command.text)
        except NotUnderstood:
            self.count("unknown", "not_understood")
            raise
        self.count(type(meant).__name__, "understood")
        if isinstance(meant, Subscribe | Unsubscribe | Subscriptions):
            return await self.subscriptions.run(meant, command, installation)
        return await self._run(meant, command, installation)

    async def _run(
        self,
        meant: PostSummary | OpenPicker | Status | ShowSettings | Doctor | Help,
        command: SlashCommand,
        installation: Installation,
    ) -> Message | None:
        match meant:
            case PostSummary(app, session):
                return await self.promises.ask(
                    _request(command, installation, app, session), installation
                )
            case OpenPicker():
                self.picker.open(command, installation)
                return None
            case Status(session):
                return await self.report_status(installation.workspace, session)
            case ShowSettings():
                answer = await self.configured(installation.workspace)
                self.settings.asked_for(command, installation)
                return answer
            case Doctor():
                work = self._checks(installation, command.user)
                self.private.work("doctor", command.answer_url, work)
                return replies.checking()
            case Help():
                return replies.help()

    async def _checks(self, installation: Installation, user: UserId) -> Message:
        if not await self.may_administer(installation, user):
            raise NotAdministrator
        await self.write_to(installation.workspace, user)
        return replies.doctor(await self.check_setup(installation.workspace))


def _request(
    command: SlashCommand, installation: Installation, app: str, session: SessionId
) -> SummaryRequest:
    return SummaryRequest(
        workspace=installation.workspace,
        channel=command.channel,
        asker=command.user,
        app=app,
        session=session,
        answer_url=command.answer_url,
    )
