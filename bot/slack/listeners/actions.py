"""Clicks on the buttons of our messages.

What comes back with a click may have been made up by anybody who can send a message with our
action ids, so it names at most a delivery of the same workspace and the same channel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from bot.domain.delivery import DeliveryClick
from bot.domain.ids import DeliveryId, SessionId, is_resource_id
from bot.errors import NotYours
from bot.messages.audience import unpack_consent
from bot.messages.kit import Message
from bot.slack.authorization import Installation
from bot.slack.listeners.promises import Promises
from bot.slack.payloads import Click
from bot.slack.private import PrivateAnswers
from bot.usecases.request_summary import SummaryRequest

_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AnswersClicks(Protocol):
    """Answers privately by itself, also when something is in the way. Raises `SlackError`."""

    async def get_file(self, click: DeliveryClick, answer_url: str) -> None:
        """Show a fresh link."""

    async def generate(self, click: DeliveryClick, answer_url: str) -> None:
        """Have the summary written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """One method a button. Each raises `NotYours` for what belongs elsewhere."""

    promises: Promises
    answers: AnswersClicks
    private: PrivateAnswers

    async def get_file(self, click: Click, installation: Installation) -> None:
        """**Get the file**: a fresh link, for the clicker alone."""
        meant, url = _meant(click, installation), _answer_url(click)
        work = self.answers.get_file(meant, url)
        self.private.work("get the file", url, work, reference=meant.delivery)

    async def generate(self, click: Click, installation: Installation) -> None:
        """**Ask Cloudflare to write it**."""
        meant, url = _meant(click, installation), _answer_url(click)
        work = self.answers.generate(meant, url)
        self.private.work("generate", url, work, reference=meant.delivery)

    async def post_again(self, click: Click, installation: Installation) -> Message:
        """**Post again**: one more thread."""
        meant = _meant(click, installation)
        return await self.promises.ask_again(meant, click.answer_url, installation)

    async def confirm_audience(self, click: Click, installation: Installation) -> Message:
        """**Post it**: whoever wants a summary posted has seen who can read it there."""
        delivery, agreed = unpack_consent(click.action.chosen)
        meant = _click_on(delivery, click, installation)
        return await self.promises.ask_agreed(meant, agreed, click.answer_url, installation)

    async def choose_session(self, click: Click, installation: Installation) -> Message:
        """One of a meeting's sessions, after the meeting itself was asked for."""
        app, separator, session = click.action.chosen.partition("|")
        if not (separator and click.channel and is_resource_id(app) and is_resource_id(session)):
            raise NotYours
        request = SummaryRequest(
            workspace=installation.workspace,
            channel=click.channel,
            asker=click.who,
            app=app,
            session=SessionId(session),
            answer_url=click.answer_url,
        )
        return await self.promises.ask(request, installation)

    async def acknowledge(self, click: Click, installation: Installation) -> None:
        """A link that opens, a choice that is read later: Slack only wants to hear of it."""


def _meant(click: Click, installation: Installation) -> DeliveryClick:
    if not _REFERENCE.fullmatch(click.action.chosen):
        raise NotYours
    return _click_on(DeliveryId(click.action.chosen), click, installation)


def _click_on(delivery: DeliveryId, click: Click, installation: Installation) -> DeliveryClick:
    return DeliveryClick(
        workspace=installation.workspace,
        channel=click.channel,
        clicker=click.who,
        delivery=delivery,
    )


def _answer_url(click: Click) -> str:
    if not click.answer_url:
        raise NotYours
    return click.answer_url
