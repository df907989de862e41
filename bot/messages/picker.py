"""The picker: a window to choose an app, one of its recent meetings, and a channel.

Each field's `block_id` and `action_id` are the same constant of `bot.messages.actions`.
Source: https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, TypeAlias

from bot.domain.ids import AppId, ChannelId
from bot.domain.summary import App, SessionDetails
from bot.errors import BotError
from bot.messages import actions
from bot.messages.answers import when
from bot.messages.cleaning import one_line
from bot.messages.grammar import COMMAND
from bot.messages.kit import (
    MODAL_TITLE_MAX,
    OPTION_TEXT_MAX,
    OPTIONS_MAX,
    Block,
    Element,
    context,
    mrkdwn,
    plain_text,
    section,
)
from bot.messages.replies import explain

View: TypeAlias = Mapping[str, Any]
"""A window, ready for JSON."""

MEETING_MISSING = "Choose a meeting."
CHANNEL_MISSING = "Choose a channel."
"""Under a field that was sent off empty, which Slack's own check should not let happen."""

_NO_APPS = "The Cloudflare account has no RealtimeKit app yet. Create one in its dashboard first."
_NO_SESSIONS = "No meeting of this app has ended in the last 7 days. Choose another app."
_CHOOSE_APP = "Choose an app to see its meetings."
_LOADING = "Looking for the meetings of the last 7 days."


def loading() -> View:
    """What opens within Slack's three seconds, before anything was looked up."""
    return _view([section(_LOADING)])


def failed(error: BotError, *, reference: str | None = None) -> View:
    """The window when something went wrong: what happened and the next step."""
    return _view(list(explain(error, reference=reference).blocks))


def picker_view(
    apps: Sequence[App],
    sessions: Sequence[SessionDetails] | None,
    *,
    app: AppId | None = None,
    channel: ChannelId | None = None,
    timezone: tzinfo = UTC,
) -> View:
    """The fields as far as they can be filled in.

    Show `sessions=None` first when another app is chosen: Slack keeps a field's old choice for
    as long as the field stays, and that would be a meeting of another app. The window's
    `private_metadata` is the app whose meetings it lists.

    Args:
        apps: the account's apps; their names are untrusted.
        sessions: the app's recent meetings, newest first; `None` while they are looked up.
        app: the chosen app, if there is one.
        channel: preselected; otherwise Slack preselects where the window was opened.
        timezone: the reader's, since options take no date tokens.
    """
    if not apps:
        return _view([section(_NO_APPS)])
    blocks = _app_field(apps, app)
    if app is None:
        return _view([*blocks, context(_CHOOSE_APP)])
    if sessions is None:
        return _view([*blocks, context(_LOADING)], app=app)
    if not sessions:
        return _view([*blocks, section(_NO_SESSIONS)], app=app)
    fields = (_session_field(sessions, timezone), _channel_field(channel))
    return _view([*blocks, *fields], app=app, submit="Post it")


def _view(blocks: Sequence[Block], *, app: AppId | None = None, submit: str = "") -> View:
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": actions.PICKER,
        "title": plain_text("Post a meeting summary", MODAL_TITLE_MAX),
        "close": plain_text("Cancel" if submit else "Close", MODAL_TITLE_MAX),
        "blocks": list(blocks),
    }
    if submit:
        view["submit"] = plain_text(submit, MODAL_TITLE_MAX)
    return {**view, "private_metadata": app} if app else view


def _app_field(apps: Sequence[App], chosen: AppId | None) -> list[Block]:
    """A menu outside any form, so that choosing an app lists its meetings at once."""
    options = {app.id: _option(app.name or app.id, app.id) for app in apps[:OPTIONS_MAX]}
    menu: dict[str, Any] = {
        "type": "static_select",
        "action_id": actions.PICK_APP,
        "placeholder": plain_text("Choose an app", OPTION_TEXT_MAX),
        "options": list(options.values()),
    }
    if chosen in options:
        menu["initial_option"] = options[chosen]
    field: Block = {
        "type": "section",
        "block_id": actions.PICK_APP,
        "text": mrkdwn("RealtimeKit app"),
        "accessory": menu,
    }
    more = len(apps) - len(options)
    hint = f"And {more} more: name one of them in `{COMMAND} &lt;app&gt; &lt;session&gt;`."
    return [field, context(hint)] if more > 0 else [field]


def _session_field(sessions: Sequence[SessionDetails], timezone: tzinfo) -> Block:
    return {
        "type": "input",
        "block_id": actions.PICK_SESSION,
        "label": plain_text("Meeting", OPTION_TEXT_MAX),
        "element": {
            "type": "static_select",
            "action_id": actions.PICK_SESSION,
            "placeholder": plain_text("Choose a meeting", OPTION_TEXT_MAX),
            "options": [
                _option(_name(session, timezone), session.session_id)
                for session in sessions[:OPTIONS_MAX]
            ],
        },
    }


def _channel_field(channel: ChannelId | None) -> Block:
    menu: dict[str, Any] = {
        "type": "conversations_select",
        "action_id": actions.PICK_CHANNEL,
        "placeholder": plain_text("Choose a channel", OPTION_TEXT_MAX),
        "default_to_current_conversation": True,
        "response_url_enabled": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    if channel:
        menu["initial_conversation"] = channel
    return {
        "type": "input",
        "block_id": actions.PICK_CHANNEL,
        "label": plain_text("Channel to post in", OPTION_TEXT_MAX),
        "element": menu,
    }


def _name(session: SessionDetails, timezone: tzinfo) -> str:
    """The time first: meetings that repeat have one title."""
    title, at = one_line(session.title) or "Meeting", when(session)
    if at is None:
        return title
    local = at.astimezone(timezone)
    zone = " UTC" if timezone is UTC else ""
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}{zone} · {title}"


def _option(text: str, value: str) -> Element:
    return {"text": plain_text(text, OPTION_TEXT_MAX), "value": value}
