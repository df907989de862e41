"""Calling the make-believe Slack's methods as the app does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from bot.demo.fake_slack import FakeSlack

ADA = "U0ADA"
CHANNEL = "C0GENERAL"


def plain(text: str) -> dict[str, Any]:
    """A `plain_text` object."""
    return {"type": "plain_text", "text": text}


def section(text: str = "Hello.") -> dict[str, Any]:
    """A section."""
    return {"type": "section", "text": plain(text)}


def rich(text: str = "Hello.") -> dict[str, Any]:
    """A paragraph of rich text."""
    inline = {"type": "text", "text": text}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [inline]}],
    }


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls methods in this process and returns what Slack said."""

    slack: FakeSlack

    async def raw(self, path: str, **request: Any) -> httpx.Response:
        """Send any request."""
        transport = httpx.ASGITransport(app=self.slack.app)
        async with httpx.AsyncClient(transport=transport, base_url=self.slack.url) as http:
            return await http.post(path, **request)

    def token(self) -> dict[str, str]:
        """The workspace's token as a header."""
        return {"Authorization": f"Bearer {self.slack.team.token}"}

    async def form(self, method: str, **arguments: str) -> dict[str, Any]:
        """Call a method with a form."""
        reply = await self.raw(f"/api/{method}", data=arguments, headers=self.token())
        said: dict[str, Any] = reply.json()
        return said

    async def json(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method with JSON."""
        reply = await self.raw(f"/api/{method}", json=arguments, headers=self.token())
        said: dict[str, Any] = reply.json()
        return said

    async def post(self, channel: str = CHANNEL, **arguments: Any) -> dict[str, Any]:
        """Post a message."""
        content = arguments or {"text": "Hello."}
        return await self.json("chat.postMessage", channel=channel, **content)
