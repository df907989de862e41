"""`views.*`: windows and the Home tab.

Source: https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.demo.fake_slack.blocks import check_view
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.state import Trigger, View
from bot.demo.fake_slack.team import Team

_TRIGGER_LASTS = timedelta(seconds=3)
_LARGEST_VIEW = 250_000
_MOST_STACKED = 3


def open_view(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Open a window for whoever did what gave the trigger."""
    trigger = _fresh_trigger(team, given)
    content = _checked(given["view"], "modal")
    trigger.used = True
    return _shown(show(team, trigger.user, content))


def push_view(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Open a window on top of the one in which somebody did what gave the trigger."""
    trigger = _fresh_trigger(team, given)
    content = _checked(given["view"], "modal")
    stack = [view for view in team.open_views(trigger.user) if view.content["type"] == "modal"]
    if not stack:
        raise Refused("not_found")
    if len(stack) >= _MOST_STACKED:
        raise Refused("push_limit_reached")
    trigger.used = True
    view = show(team, trigger.user, content)
    view.root = stack[0].root or stack[0].id
    return _shown(view)


def _fresh_trigger(team: Team, given: Mapping[str, Any]) -> Trigger:
    trigger = team.triggers.get(given["trigger_id"])
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if team.now() - trigger.made_at > _TRIGGER_LASTS:
        raise Refused("expired_trigger_id")
    return trigger


def update_view(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Change what an open window shows; values typed into kept blocks stay."""
    view = team.views.get(given["view_id"])
    if view is None or not view.is_open:
        raise Refused("not_found")
    if "hash" in given and given["hash"] != view.hash:
        raise Refused("hash_conflict")
    replace(view, _checked(given["view"], "modal"))
    return _shown(view)


def publish(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Show something on a person's Home tab."""
    user = given["user_id"]
    if user not in team.users:
        raise Refused("user_not_found")
    home = next((v for v in team.views.values() if v.id == f"VHOME{user}"), None)
    if home is not None and "hash" in given and given["hash"] != home.hash:
        raise Refused("hash_conflict")
    content = _checked(given["view"], "home")
    if home is None:
        home = show(team, user, content, view_id=f"VHOME{user}")
    else:
        replace(home, content)
    return _shown(home)


def show(team: Team, user: str, content: Mapping[str, Any], *, view_id: str = "") -> View:
    """Put a view before a person."""
    view = View(
        id=view_id or f"V{secrets.token_hex(5).upper()}", user=user, content={}, hash="first"
    )
    replace(view, content)
    team.views[view.id] = view
    return view


def replace(view: View, content: Mapping[str, Any]) -> None:
    """Show other content, with a block id on every block, as Slack gives them."""
    blocks = named(content["blocks"])
    view.content = {**content, "blocks": blocks}
    view.hash = secrets.token_hex(6)
    view.errors = {}
    kept = {block["block_id"] for block in blocks}
    view.values = {block: value for block, value in view.values.items() if block in kept}


def named(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks, each with a block id."""
    return [{"block_id": f"block{index}", **block} for index, block in enumerate(blocks)]


def check_window(content: Mapping[str, Any]) -> None:
    """Refuse what Slack would not show as a window. Raises `Refused`."""
    _checked(content, "modal")


def as_json(view: View) -> dict[str, Any]:
    """The view as answers and interactions carry it."""
    root = view.root or view.id
    about = {"id": view.id, "hash": view.hash, "root_view_id": root, "previous_view_id": None}
    return (
        {"private_metadata": "", "callback_id": ""}
        | view.content
        | about
        | {"state": {"values": view.values}}
    )


def _shown(view: View) -> dict[str, Any]:
    return {"view": as_json(view)}


def _checked(content: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    check_view(content)
    if content["type"] != kind:
        raise Refused("invalid_arguments", messages=[f"[ERROR] must be a {kind}"])
    if len(json.dumps(content).encode()) > _LARGEST_VIEW:
        raise Refused("view_too_large")
    return content
