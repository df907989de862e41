"""The Bolt app: authorised from what is stored, silent, and listening to one table of names."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotYours
from bot.slack.apologies import Apologies, acknowledge
from bot.slack.authorization import INSTALLATION, Authorize, FindInstallation, Installation
from bot.slack.listeners import Listeners, OnClick, OnCommand, OnEvent, OnSubmission
from bot.slack.payloads import Click, Event, SlashCommand, Submission, read
from bot.slack.private import PrivateAnswers

NAME = "meeting-summary"

_READ_BY_BOLT = (
    "SLACK_BOT_TOKEN",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
    "SLACK_SIGNING_SECRET",
    "SLACK_VERIFICATION_TOKEN",
)
"""Variables that change what Bolt does, behind the back of the settings that were checked."""

_Listener: TypeAlias = Callable[..., Awaitable[BoltResponse]]


def build_slack_app(
    *,
    signing_secret: str,
    session: aiohttp.ClientSession,
    base_url: str,
    find_installation: FindInstallation,
    listeners: Listeners,
    private: PrivateAnswers,
    count_unhandled: Callable[[str], None],
) -> AsyncApp:
    """Build the app; it makes no call and starts no task.

    A listener finishes before Slack gets its answer, so that acknowledged means stored.

    Args:
        signing_secret: what Slack's requests are signed with; empty for Socket Mode, where
            nothing is signed.
        session: the HTTP session for all of Slack, which the caller closes.
        base_url: the Web API's address, ending in `/api/`.
        find_installation: who a request is for.
        listeners: what to listen to.
        private: the way to answer somebody after the acknowledgement.
        count_unhandled: told the kind of every request that nobody listens to.
    """
    silent = logging.Logger(NAME, logging.CRITICAL + 1)  # noqa: LOG001 - Bolt logs whole bodies
    with _environment_without(_READ_BY_BOLT):
        app = AsyncApp(
            name=NAME,
            logger=silent,
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            signing_secret=signing_secret,
            client=AsyncWebClient(
                base_url=base_url, session=session, logger=silent, retry_handlers=[]
            ),
            authorize=Authorize(find_installation),
        )
    app.error(_on_error(Apologies(private, count_unhandled)))
    _register(app, listeners, private)
    return app


def _register(app: AsyncApp, listeners: Listeners, private: PrivateAnswers) -> None:
    for name, on_command in listeners.commands.items():
        app.command(name)(_command(on_command))
    for name, on_click in listeners.clicks.items():
        app.block_action(name)(_click(on_click, private))
    for name, on_submission in listeners.submissions.items():
        app.view(name)(_submission(on_submission))
    for name, on_event in listeners.events.items():
        app.event(name)(_event(on_event))


def _command(handle: OnCommand) -> _Listener:
    async def listener(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        return acknowledge(await handle(read(SlashCommand, body), _installation(context)))

    return listener


def _click(handle: OnClick, private: PrivateAnswers) -> _Listener:
    async def listener(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        click, installation = read(Click, body), _installation(context)
        if click.is_from_outside(installation):
            raise NotYours
        message = await handle(click, installation)
        if message is not None:
            # What a click is acknowledged with is not shown to anybody.
            private.say(click.answer_url, message)
        return acknowledge(None)

    return listener


def _submission(handle: OnSubmission) -> _Listener:
    async def listener(
        body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck
    ) -> BoltResponse:
        submission, installation = read(Submission, body), _installation(context)
        if submission.is_from_outside(installation):
            raise NotYours
        errors = await handle(submission, installation)
        if errors:
            return await ack(response_action="errors", errors=dict(errors))
        return acknowledge(None)

    return listener


def _event(handle: OnEvent) -> _Listener:
    async def listener(body: dict[str, Any]) -> BoltResponse:
        await handle(read(Event, body))
        return acknowledge(None)

    return listener


def _on_error(apologies: Apologies) -> Callable[..., Awaitable[BoltResponse | None]]:
    """Bolt looks at a function's own arguments, so the object gets one."""

    async def on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
        return await apologies(error, body)

    return on_error


def _installation(context: AsyncBoltContext) -> Installation:
    """What `Authorize` left there; without it nobody gets as far as a listener of this kind."""
    installation: Installation = context[INSTALLATION]
    return installation


@contextmanager
def _environment_without(names: tuple[str, ...]) -> Iterator[None]:
    """Hide variables for a moment in which nothing else runs: there is no `await` inside."""
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
