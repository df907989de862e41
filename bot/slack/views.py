"""Windows in Slack: opened within three seconds of a click or a command, updated any time.

Source: https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NewType

from bot.domain.ids import UserId
from bot.slack.refusals import in_doubt
from bot.slack.web_api import WebApi

ViewId = NewType("ViewId", str)
"""One opened window."""


async def open_view(api: WebApi, trigger_id: str, view: Mapping[str, Any]) -> ViewId:
    """Open a window for the person whose action gave the trigger.

    Raises:
        AnswerRefused: the trigger is older than three seconds or was used.
        SendUnconfirmed: the window may or may not be open.
        SlackError: what went wrong.
    """
    return await _show(api, "views.open", trigger_id, view)


async def push_view(api: WebApi, trigger_id: str, view: Mapping[str, Any]) -> ViewId:
    """Open a window on top of the one in which a person did what gave the trigger.

    Raises:
        AnswerRefused, SendUnconfirmed, SlackError: as `open_view`.
    """
    return await _show(api, "views.push", trigger_id, view)


async def _show(api: WebApi, method: str, trigger_id: str, view: Mapping[str, Any]) -> ViewId:
    arguments = {"trigger_id": trigger_id, "view": view}
    reply = await api.call(method, json=arguments, sending=True)
    shown = reply.data.get("view")
    view_id = shown.get("id") if isinstance(shown, Mapping) else None
    if not isinstance(view_id, str):
        raise in_doubt("no_view_id", sending=True)
    return ViewId(view_id)


async def update_view(
    api: WebApi, view_id: ViewId, view: Mapping[str, Any], *, seen: str | None = None
) -> None:
    """Replace what a window shows; `seen` is the `hash` of the state the change is based on.

    Raises:
        EditRefused: the window is closed, or changed since it was seen.
        SlackError: what went wrong.
    """
    arguments: dict[str, Any] = {"view_id": view_id, "view": view}
    await api.call("views.update", json=arguments | ({"hash": seen} if seen else {}))


async def publish_home(api: WebApi, user: UserId, view: Mapping[str, Any]) -> None:
    """Show a person their Home tab.

    Raises:
        SlackError: what went wrong; without the tab in the Slack app's settings it always does.
    """
    # https://docs.slack.dev/reference/methods/views.publish
    await api.call("views.publish", json={"user_id": user, "view": view})
