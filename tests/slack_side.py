"""Slack's side: requests as it sends them, and an app that hears them."""

from __future__ import annotations

import time
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette

from bot.domain.ids import WorkspaceId
from bot.slack.authorization import Authorize, Installation, OnlyInstallation
from bot.web.app import build_web_app
from bot.web.slack import SlackEndpoint
from tests.scraping import scraped

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM = "application/x-www-form-urlencoded"


HERE = Installation(
    workspace=WorkspaceId("T0TEAM"),
    team_id="T0TEAM",
    enterprise_id=None,
    url="https://acme.slack.com/",
    bot_user_id="U0BOT",
    bot_id="B0BOT",
)
COMMAND = {"command": "/meeting-summary", "team_id": "T0TEAM", "user_id": "U1", "text": "help"}


class Received(list[dict[str, Any]]):
    """The commands that reached a listener."""


def a_web_app(received: Received) -> Starlette:
    """The web app around a Bolt app with one command."""
    bolt = AsyncApp(
        signing_secret=SECRET,
        authorize=Authorize(OnlyInstallation(HERE)),
        process_before_response=True,
    )

    async def answer(ack: AsyncAck, body: dict[str, Any]) -> None:
        received.append(body)
        await ack("heard")

    bolt.command("/meeting-summary")(answer)
    return build_web_app(
        slack=SlackEndpoint(bolt, signing_secret=SECRET), probes={}, scrape=scraped(b"", "x")
    )


def signed(
    text: str,
    *,
    content_type: str = FORM,
    secret: str = SECRET,
    age: int = 0,
) -> dict[str, str]:
    """The headers of a request with this body, signed `age` seconds ago."""
    timestamp = str(int(time.time()) - age)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=text)
    return {
        "content-type": content_type,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": str(signature),
    }
