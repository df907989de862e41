"""A person at their Slack: types commands, presses buttons, fills windows in, and sees answers.

Payloads: https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bot.demo.fake_slack import fields, windows
from bot.demo.fake_slack.answers import show_answer
from bot.demo.fake_slack.door import Ack, Door
from bot.demo.fake_slack.fields import CannotDo
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.socket_mode import SocketDoor
from bot.demo.fake_slack.state import Message, PrivateAnswer, View
from bot.demo.fake_slack.team import Team

Place: TypeAlias = "Message | PrivateAnswer | View"
"""What carries buttons and menus."""


@dataclass(slots=True, kw_only=True)
class Person:
    """One user of the workspace. `slack_url` is where the make-believe Slack is served."""

    id: str
    team: Team
    door: Door | SocketDoor
    slack_url: str
    acks: list[Ack] = field(default_factory=list)
    offered: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What menus that ask the app have offered, by their action id."""

    @property
    def answers(self) -> list[PrivateAnswer]:
        """What this person alone was shown, oldest first."""
        return self.team.answers_to(self.id)

    @property
    def window(self) -> View | None:
        """The topmost open window."""
        return next(reversed(self.team.open_views(self.id)), None)

    async def command(
        self, text: str, channel: str, *, name: str = "/meeting-summary", **fields: str
    ) -> Ack:
        """Type a command. What the app says at once is shown to this person alone."""
        answer_url = self.team.new_response_url(self.slack_url, "commands", self.id, channel)
        known = self.team.channels.get(channel)
        about = {
            "token": "not-used",
            "team_id": self.team.id,
            "team_domain": self.team.domain,
            "channel_id": channel,
            "channel_name": known.name if known else "directmessage",
            "user_id": self.id,
            "user_name": self.team.users[self.id].name,
            "command": name,
            "text": text,
            "api_app_id": self.team.app_id,
            "is_enterprise_install": str(self.team.is_org_wide).lower(),
            "response_url": answer_url,
            "trigger_id": self.team.new_trigger(self.id),
        }
        if self.team.enterprise_id:
            about["enterprise_id"] = self.team.enterprise_id
        ack = self._heard(await self.door.form(about | fields))
        if ack.is_taken and ack.json is not None:
            show_answer(self.team, user=self.id, channel=channel, said=ack.json, came="ack")
        return ack

    async def press(
        self, action_id: str, place: Place, *, channel: str = "", chosen: str | None = None
    ) -> Ack:
        """Press a button, or choose from a menu, on a message, an answer or a window."""
        block, element = find_element(place, action_id)
        action = self._action(block, element, chosen)
        if isinstance(place, View):
            place.values.setdefault(block["block_id"], {})[action_id] = _state_of(action)
        about = self._about("block_actions") | self._place(place, channel)
        return self._heard(await self.door.payload(about | {"actions": [action]}))

    def fill(self, view: View, action_id: str, *chosen: str) -> None:
        """Fill an input of a window in, which the app does not hear of before it is submitted.

        Several where several may be chosen; nothing empties the field.
        """
        block, element = find_element(view, action_id)
        held = fields.held(element, chosen, self.offered.get(action_id, []))
        view.values.setdefault(block["block_id"], {})[action_id] = held

    async def ask(self, view: View, action_id: str, typed: str = "") -> list[dict[str, Any]]:
        """Open a menu that asks the app what to offer; returns the options."""
        block, _ = find_element(view, action_id)
        about = self._about("block_suggestion") | self._place(view, "")
        question = {"action_id": action_id, "block_id": block["block_id"], "value": typed}
        ack = self._heard(await self.door.payload(about | question))
        said = (ack.json or {}) if ack.is_taken else {}
        groups = [group["options"] for group in said.get("option_groups", [])]
        self.offered[action_id] = [*said.get("options", []), *(o for g in groups for o in g)]
        return self.offered[action_id]

    async def submit(self, view: View, *, as_slack_would: bool = True) -> Ack:
        """Press a window's main button, and do with the window what the app says.

        Slack's client sends no window with an empty required field; another one might.
        """
        if as_slack_would:
            fields.complete(view)
        about = self._about("view_submission") | self._place(view, "")
        ack = self._heard(await self.door.payload(about | {"response_urls": []}))
        if ack.is_taken:
            self._after_submission(view, ack.json or {})
        return ack

    @property
    def home(self) -> View | None:
        """The app's Home tab, once it was published for this person."""
        return next((v for v in self.team.views.values() if v.id == f"VHOME{self.id}"), None)

    async def open_home(self, tab: str = "home") -> Ack:
        """Open the app's Home tab, or its tab of messages.

        Source: https://docs.slack.dev/reference/events/app_home_opened
        """
        channel = self.team.conversation_with(self.id).id
        return await self.event({"type": "app_home_opened", "tab": tab, "channel": channel})

    async def event(self, event: Mapping[str, Any], **headers: str) -> Ack:
        """Do something the app is told of as an event, such as opening its Home tab."""
        is_org_wide = self.team.is_org_wide
        authorization = {
            "enterprise_id": self.team.enterprise_id,
            "team_id": None if is_org_wide else self.team.id,
            "user_id": self.team.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": is_org_wide,
        }
        envelope = {
            "token": "not-used",
            "type": "event_callback",
            "team_id": self.team.id,
            "enterprise_id": self.team.enterprise_id,
            "api_app_id": self.team.app_id,
            "event": {"user": self.id, "event_ts": self.team.new_ts(), **event},
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self.team.now().timestamp()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
        }
        return self._heard(await self.door.json(envelope, **headers))

    def _heard(self, ack: Ack) -> Ack:
        self.acks.append(ack)
        return ack

    def _about(self, kind: str) -> dict[str, Any]:
        me = self.team.users[self.id]
        home = {"id": self.team.id, "domain": self.team.domain}
        enterprise = self.team.enterprise_id and {"id": self.team.enterprise_id, "name": "Group"}
        return {
            "type": kind,
            "user": {"id": me.id, "username": me.name, "name": me.name, "team_id": me.team_id},
            "team": home,
            "enterprise": enterprise,
            "is_enterprise_install": self.team.is_org_wide,
            "api_app_id": self.team.app_id,
            "token": "not-used",
            "trigger_id": self.team.new_trigger(self.id),
        }

    def _place(self, place: Place, channel: str) -> dict[str, Any]:
        """What a payload says of where it comes from."""
        if isinstance(place, View):
            about = {"type": "view", "view_id": place.id}
            return {"container": about, "view": windows.as_json(place)}
        where = channel or (place.channel if isinstance(place, PrivateAnswer) else "")
        known = self.team.channels[where]
        answer_url = self.team.new_response_url(self.slack_url, "actions", self.id, where)
        container: dict[str, Any] = {
            "type": "message",
            "message_ts": place.ts,
            "channel_id": where,
            "is_ephemeral": isinstance(place, PrivateAnswer),
        }
        return {
            "container": container,
            "channel": {"id": known.id, "name": known.name},
            "message": place.as_json(),
            "state": {"values": {}},
            "response_url": answer_url,
        }

    def _action(
        self, block: Mapping[str, Any], element: Mapping[str, Any], chosen: str | None
    ) -> dict[str, Any]:
        """What a payload says of a pressed button or a choice."""
        action = {key: element[key] for key in ("type", "action_id")}
        action |= {"block_id": block["block_id"], "action_ts": self.team.new_ts()}
        if element["type"] == "button":
            return action | {key: element[key] for key in ("text", "value") if key in element}
        offered = self.offered.get(element["action_id"], [])
        return action | fields.held(element, [] if chosen is None else [chosen], offered)

    def _after_submission(self, view: View, said: Mapping[str, Any]) -> None:
        match said.get("response_action"):
            case "errors":
                view.errors = dict(said["errors"])
            case "update":
                windows.check_window(said["view"])
                windows.replace(view, said["view"])
            case "clear":
                for each in self.team.open_views(self.id):
                    each.is_open = False
            case None if not said:
                view.is_open = False
            case _:
                raise Refused("invalid_response_action")


def find_element(place: Place, action_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The block and the element of an action id. Raises `CannotDo` when there is none."""
    for block in _blocks(place):
        for element in _elements(block):
            if element.get("action_id") == action_id:
                return block, element
    raise CannotDo(f"there is no {action_id}")


def _blocks(place: Place) -> list[dict[str, Any]]:
    if isinstance(place, View):
        blocks: list[dict[str, Any]] = place.content["blocks"]
        return blocks
    own = [dict(block) for block in place.blocks]
    attached = place.attachments if isinstance(place, Message) else []
    return windows.named(own + [block for one in attached for block in one["blocks"]])


def _elements(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "actions":
        yield from block["elements"]
    for key in ("accessory", "element"):
        if key in block:
            yield block[key]


def _state_of(action: Mapping[str, Any]) -> dict[str, Any]:
    """What stays in a window of a choice."""
    about = ("action_id", "block_id", "action_ts", "text")
    return {key: value for key, value in action.items() if key not in about}
