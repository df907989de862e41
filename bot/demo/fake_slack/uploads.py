"""`files.*`: a file is reserved, uploaded, then shown in a channel.

Source: https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from bot.demo.fake_slack.chat import refuse_closed
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.state import File, Message
from bot.demo.fake_slack.team import Team

_LARGEST_SNIPPET = 1_000_000


def reserve(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Name a file and where to put its content; the address is completed by the server."""
    if given["length"] == 0:
        raise Refused("missing_argument")
    if given["length"] > _LARGEST_SNIPPET:
        raise Refused("snippet_too_large")
    file = File(
        id=f"F{secrets.token_hex(4).upper()}",
        name=given["filename"],
        length=given["length"],
        secret=secrets.token_urlsafe(24),
    )
    team.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"/upload/v1/{file.secret}"}


def complete(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Show uploaded files, in a thread where one is named."""
    shown = [_uploaded(team, entry) for entry in given["files"]]
    if "channel_id" in given:
        _share(team, given, shown)
    return {"files": [{"id": file.id, "title": file.title} for file in shown]}


def _uploaded(team: Team, entry: Mapping[str, str]) -> File:
    file = team.files.get(entry.get("id", ""))
    if file is None or file.content is None or file.shared:
        raise Refused("file_not_found")
    file.title = entry.get("title", file.name)
    return file


def _share(team: Team, given: Mapping[str, Any], files: list[File]) -> None:
    channel = team.visible_channel(given["channel_id"])
    refuse_closed(channel)
    if team.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    thread_ts = given.get("thread_ts")
    parent = channel.find(thread_ts) if thread_ts else None
    if thread_ts and (parent is None or parent.thread_ts):
        raise Refused("invalid_thread_ts")
    for file in files:
        file.shared = True
    channel.messages.append(
        Message(
            ts=team.new_ts(),
            user=team.bot_user_id,
            bot_id=team.bot_id,
            app_id=team.app_id,
            text=given.get("initial_comment", ""),
            thread_ts=thread_ts,
            files=files,
        )
    )
