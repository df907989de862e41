"""One workspace's windows, as the picker needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack import views
from bot.slack.views import ViewId
from bot.slack.web_api import WebApi


@dataclass(frozen=True, slots=True)
class SlackWindows:
    """Windows opened with a workspace's bot token; is a `Windows`."""

    api: WebApi

    async def open(self, trigger: str, view: Mapping[str, Any]) -> ViewId:
        """Open a window. Raises `AnswerRefused` when the trigger is too old, or `SlackError`."""
        return await views.open_view(self.api, trigger, view)

    async def push(self, trigger: str, view: Mapping[str, Any]) -> ViewId:
        """Open one on top of another. Raises as `open`."""
        return await views.push_view(self.api, trigger, view)

    async def update(self, window: ViewId, view: Mapping[str, Any]) -> None:
        """Replace what it shows. Raises `EditRefused` when it is closed, or `SlackError`."""
        await views.update_view(self.api, window, view)
