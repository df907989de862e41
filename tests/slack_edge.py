"""The whole Slack edge between a signed request and stand-ins for the use cases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlencode

import aiohttp
import httpx
from slack_bolt.async_app import AsyncApp

from bot.domain.check import Check
from bot.domain.delivery import Delivery, DeliveryClick, DeliveryState
from bot.domain.ids import (
    AppId,
    ChannelId,
    DeliveryId,
    MessageTs,
    SessionId,
    UserId,
    WorkspaceId,
)
from bot.domain.installation import Departure
from bot.domain.summary import App, SessionDetails
from bot.errors import EditRefused
from bot.messages.kit import Message
from bot.slack.app import build_slack_app
from bot.slack.authorization import Installation, OnlyInstallation
from bot.slack.background import Background
from bot.slack.listeners import Listeners, table
from bot.slack.listeners.actions import Clicks
from bot.slack.listeners.commands import Commands
from bot.slack.listeners.connect import Connects
from bot.slack.listeners.events import Departures
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.picker import Picker
from bot.slack.listeners.promises import Promises
from bot.slack.listeners.settings import SettingsWindows
from bot.slack.listeners.subscriptions import SubscriptionCommands
from bot.slack.private import PrivateAnswers
from bot.slack.views import ViewId
from bot.usecases.leave_workspace import Remains
from bot.usecases.request_summary import RequestSummary
from bot.usecases.subscribe import SubscriptionRequest
from bot.web.app import build_web_app
from bot.web.slack import SlackEndpoint
from tests.fakes import APP, NOON, a_session
from tests.scraping import scraped
from tests.slack_side import HERE, SECRET, signed

TEAM = "T0TEAM"
WORKSPACE_ID = WorkspaceId(TEAM)
CHANNEL = ChannelId("C0CHANNEL")
ASKER = UserId("U0ASKER")
ANSWER_URL = "https://hooks.slack.com/commands/T0TEAM/1/s3cr3t"
TRIGGER = "13345224609.738474920.8088930838d88f008e0"


@dataclass
class StoredDeliveries:
    """Promises by their key; a taken key gives the first promise back, unless that failed."""

    kept: dict[tuple[WorkspaceId, ChannelId, SessionId, int], Delivery] = field(
        default_factory=dict
    )
    away: Exception | None = None

    async def promise(self, delivery: Delivery) -> tuple[Delivery, bool]:
        """Keep a promise, unless it was made before."""
        if self.away:
            raise self.away
        key = (delivery.workspace, delivery.channel, delivery.session, delivery.repeat)
        if key in self.kept and self.kept[key].state is DeliveryState.FAILED:
            self.kept[key] = replace(delivery, id=self.kept[key].id)
            return self.kept[key], True
        new = key not in self.kept
        return self.kept.setdefault(key, delivery), new

    async def get(self, delivery: DeliveryId) -> Delivery | None:
        """One promise."""
        return next((kept for kept in self.kept.values() if kept.id == delivery), None)

    async def latest(
        self, workspace: WorkspaceId, channel: ChannelId, session: SessionId
    ) -> Delivery | None:
        """The newest promise of a session in a channel."""
        same = [
            kept
            for kept in self.kept.values()
            if (kept.workspace, kept.channel, kept.session) == (workspace, channel, session)
        ]
        return max(same, key=lambda kept: kept.repeat, default=None)

    def fail(self) -> Delivery:
        """Mark the one promise as waiting for its asker to confirm."""
        (key,) = self.kept
        self.kept[key] = replace(
            self.kept[key], state=DeliveryState.FAILED, reason="confirmation_due"
        )
        return self.kept[key]

    def post(self) -> Delivery:
        """Mark the one promise as kept."""
        (key,) = self.kept
        self.kept[key] = replace(
            self.kept[key], state=DeliveryState.POSTED, parent_ts=MessageTs("1700000000.000100")
        )
        return self.kept[key]


@dataclass
class Subscribing:
    """Remembers what was wished for; `refusal` is raised instead, until an administrator agrees."""

    wished: list[SubscriptionRequest] = field(default_factory=list)
    ended: list[tuple[WorkspaceId, ChannelId, str]] = field(default_factory=list)
    refusal: Exception | None = None

    async def __call__(self, request: SubscriptionRequest) -> Message:
        """Subscribe."""
        if self.refusal and not request.allows_outsiders:
            raise self.refusal
        if self.refusal and request.consent is None:
            return Message(f"Subscribe {request.app} anyway?")
        self.wished.append(request)
        return Message("Subscribed.")

    async def end(
        self, workspace: WorkspaceId, channel: ChannelId, app: str, person: UserId
    ) -> Message:
        """Unsubscribe."""
        assert person == ASKER
        self.ended.append((workspace, channel, app))
        return Message("Unsubscribed.")

    async def list_those_of(self, workspace: WorkspaceId, channel: ChannelId) -> Message:
        """List."""
        return Message(f"{len(self.wished)} subscriptions of {channel} in {workspace}.")


@dataclass
class ShownWindows:
    """Windows as they were opened and changed; `refusal` is raised instead, `gone` on changes."""

    opened: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    pushed: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    updated: list[tuple[ViewId, Mapping[str, Any]]] = field(default_factory=list)
    refusal: Exception | None = None
    gone: bool = False

    async def open(self, trigger: str, view: Mapping[str, Any]) -> ViewId:
        """Open one."""
        if self.refusal:
            raise self.refusal
        self.opened.append((trigger, view))
        return ViewId("V0VIEW")

    async def push(self, trigger: str, view: Mapping[str, Any]) -> ViewId:
        """Open one on top of another."""
        self.pushed.append((trigger, view))
        return ViewId("V0TOP")

    async def update(self, window: ViewId, view: Mapping[str, Any]) -> None:
        """Change one."""
        if self.gone:
            raise EditRefused("not_found")
        self.updated.append((window, view))


@dataclass
class Offered:
    """What can be picked."""

    known: Sequence[App] = (App(APP, "Standups"),)
    recent: Sequence[SessionDetails] = (a_session(),)
    refusal: Exception | None = None
    asked: list[AppId] = field(default_factory=list)

    async def apps(self, workspace: WorkspaceId) -> Sequence[App]:
        """The account's apps."""
        if self.refusal:
            raise self.refusal
        return self.known

    async def sessions(self, workspace: WorkspaceId, app: AppId) -> Sequence[SessionDetails]:
        """The same sessions for each app."""
        self.asked.append(app)
        return self.recent


@dataclass
class Leaving:
    """Remembers who left; `remains` is what is then left to tidy up."""

    told: list[Departure] = field(default_factory=list)
    remains: Remains | None = None
    tidied: list[Remains] = field(default_factory=list)

    async def __call__(self, departure: Departure) -> Remains | None:
        """Remember a departure."""
        self.told.append(departure)
        return self.remains

    async def tidy_up(self, remains: Remains) -> Mapping[AppId, bool]:
        """Remember what was tidied up."""
        self.tidied.append(remains)
        return {}


@dataclass
class Edge:
    """What stands behind the listeners, and what they did to it."""

    deliveries: StoredDeliveries = field(default_factory=StoredDeliveries)
    windows: ShownWindows = field(default_factory=ShownWindows)
    offered: Offered = field(default_factory=Offered)
    background: Background = field(default_factory=Background)
    answers: list[tuple[str, Message]] = field(default_factory=list)
    clicks: list[tuple[str, DeliveryClick, str]] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)
    changed: list[tuple[Installation, UserId]] = field(default_factory=list)
    unhandled: list[str] = field(default_factory=list)
    leaving: Leaving = field(default_factory=Leaving)
    subscribing: Subscribing = field(default_factory=Subscribing)
    administrators: set[str] = field(default_factory=lambda: {ASKER})
    contacts: list[tuple[WorkspaceId, UserId]] = field(default_factory=list)
    trouble: Exception | None = None
    """What the use cases behind status, settings, the doctor and the clicks raise."""
    http: httpx.AsyncClient = field(init=False)

    async def answer(self, url: str, message: Message) -> None:
        """A private answer."""
        self.answers.append((url, message))

    async def get_file(self, click: DeliveryClick, answer_url: str) -> None:
        """Remember the click."""
        await self._clicked("get_file", click, answer_url)

    async def generate(self, click: DeliveryClick, answer_url: str) -> None:
        """Remember the click."""
        await self._clicked("generate", click, answer_url)

    async def _clicked(self, name: str, click: DeliveryClick, url: str) -> None:
        if self.trouble:
            raise self.trouble
        self.clicks.append((name, click, url))

    async def status(self, workspace: WorkspaceId, session: SessionId) -> Message:
        """A status."""
        if self.trouble:
            raise self.trouble
        return Message(f"status of {session} in {workspace}")

    async def configured(self, workspace: WorkspaceId) -> Message:
        """The settings."""
        return Message(f"settings of {workspace}", footer=({"type": "divider"},))

    async def check_setup(self, workspace: WorkspaceId = WORKSPACE_ID) -> Sequence[Check]:
        """The doctor's findings."""
        if self.trouble:
            raise self.trouble
        return [Check.good("Database", "It works.")]

    async def write_to(self, workspace: WorkspaceId, administrator: UserId) -> None:
        """Who is written to when something breaks."""
        self.contacts.append((workspace, administrator))

    async def may_administer(self, installation: Installation, user: UserId) -> bool:
        """Whether the tests say so."""
        return user in self.administrators

    async def offer_setup(self, workspace: WorkspaceId, administrator: UserId) -> str:
        """A one-time address."""
        if self.trouble:
            raise self.trouble
        return f"https://bot.test/setup/{workspace}-{administrator}"

    async def windows_of(self, workspace: WorkspaceId) -> ShownWindows:
        """The windows."""
        return self.windows

    def listeners(self) -> Listeners:
        """The listeners, as they ship."""
        private = PrivateAnswers(self.answer, self.background)
        ids = iter(f"REF{number:07d}" for number in count(1))
        promises = Promises(
            RequestSummary(self.deliveries, lambda: NOON, lambda: next(ids))  # type: ignore[arg-type]
        )
        picker = Picker(
            windows=self.windows_of, pick=self.offered, promises=promises, private=private
        )
        subscriptions = SubscriptionCommands(
            subscribe=self.subscribing,
            unsubscribe=self.subscribing.end,
            list_those_of=self.subscribing.list_those_of,
            may_administer=self.may_administer,
            private=private,
            changed=lambda installation, user: self.changed.append((installation, user)),
        )
        settings: Any = Mock(spec=SettingsWindows)
        home: Any = Mock(spec=HomeTab)
        commands = Commands(
            promises=promises,
            picker=picker,
            subscriptions=subscriptions,
            settings=settings,
            report_status=self.status,
            configured=self.configured,
            check_setup=self.check_setup,
            write_to=self.write_to,
            may_administer=self.may_administer,
            private=private,
            count=lambda name, outcome: self.counted.append((name, outcome)),
        )
        return table(
            commands=commands,
            clicks=Clicks(promises=promises, answers=self, private=private),
            picker=picker,
            subscriptions=subscriptions,
            connects=Connects(
                windows=self.windows_of,
                offer=self.offer_setup,
                may_administer=self.may_administer,
                private=private,
            ),
            settings=settings,
            home=home,
            departures=Departures(self.leaving, self.background),
        )

    def build(self, session: aiohttp.ClientSession, listeners: Listeners | None = None) -> AsyncApp:
        """The Bolt app, as it ships."""
        return build_slack_app(
            signing_secret=SECRET,
            session=session,
            base_url="http://127.0.0.1:9/api/",
            find_installation=OnlyInstallation(HERE),
            listeners=listeners or self.listeners(),
            private=PrivateAnswers(self.answer, self.background),
            count_unhandled=self.unhandled.append,
        )

    async def post(self, text: str, content_type: str = "") -> httpx.Response:
        """Send a signed body, and let what follows the answer finish."""
        headers = signed(text, content_type=content_type) if content_type else signed(text)
        response = await self.http.post("/slack/events", content=text, headers=headers)
        while len(self.background):
            await self.background.drain(5)
        return response

    async def command(self, text: str, **changes: str) -> httpx.Response:
        """Type a command."""
        return await self.post(urlencode(a_command(text) | changes))

    async def interact(self, payload: Mapping[str, Any]) -> httpx.Response:
        """Click, or send a window off."""
        return await self.post(urlencode({"payload": json.dumps(payload)}))

    async def event(self, body: Mapping[str, Any]) -> httpx.Response:
        """Let something happen."""
        return await self.post(json.dumps(body), "application/json")


@asynccontextmanager
async def an_edge(edge: Edge, listeners: Listeners | None = None) -> AsyncIterator[Edge]:
    """The edge behind its web app."""
    async with aiohttp.ClientSession() as session:
        endpoint = SlackEndpoint(edge.build(session, listeners), signing_secret=SECRET)
        app = build_web_app(slack=endpoint, probes={}, scrape=scraped(b"", "x"))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as http:
            edge.http = http
            yield edge


def a_command(text: str) -> dict[str, str]:
    """What Slack sends with a command."""
    return {
        "token": "legacy-verification-token",
        "command": "/meeting-summary",
        "text": text,
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": CHANNEL,
        "channel_name": "general",
        "user_id": ASKER,
        "user_name": "ada",
        "api_app_id": "A0APP",
        "is_enterprise_install": "false",
        "response_url": ANSWER_URL,
        "trigger_id": TRIGGER,
    }


def a_click(action: str, value: str = "", **changes: Any) -> dict[str, Any]:
    """What Slack sends with a click on a button of a message."""
    return {
        "type": "block_actions",
        "user": {"id": ASKER, "username": "ada", "team_id": TEAM},
        "team": {"id": TEAM, "domain": "acme"},
        "enterprise": None,
        "is_enterprise_install": False,
        "api_app_id": "A0APP",
        "channel": {"id": CHANNEL, "name": "general"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": CHANNEL},
        "response_url": ANSWER_URL,
        "trigger_id": TRIGGER,
        "actions": [
            {"type": "button", "action_id": action, "block_id": "b", "value": value, "text": {}}
        ],
    } | changes


def a_choice(app: str, *, channel: str | None = None) -> dict[str, Any]:
    """What Slack sends when an app is chosen in the picker."""
    values = {} if channel is None else {"pick_channel": _conversation(channel)}
    payload = a_click("pick_app", view={"id": "V0VIEW", "hash": "1.a", "state": {"values": values}})
    payload["actions"] = [
        {
            "type": "static_select",
            "action_id": "pick_app",
            "block_id": "pick_app",
            "selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": app},
        }
    ]
    return {name: part for name, part in payload.items() if name not in ("channel", "response_url")}


def a_submission(
    session: str | None, channel: str | None, *, app: str = APP, **changes: Any
) -> dict[str, Any]:
    """What Slack sends when the picker is sent off."""
    option = None if session is None else {"text": {}, "value": session}
    meeting = {"type": "static_select", "selected_option": option}
    return {
        "type": "view_submission",
        "user": {"id": ASKER, "username": "ada", "team_id": TEAM},
        "team": {"id": TEAM, "domain": "acme"},
        "view": {
            "id": "V0VIEW",
            "type": "modal",
            "callback_id": "picker",
            "private_metadata": app,
            "app_installed_team_id": TEAM,
            "state": {
                "values": {
                    "pick_session": {"pick_session": meeting},
                    "pick_channel": _conversation(channel),
                }
            },
        },
        "response_urls": [{"channel_id": channel, "response_url": ANSWER_URL}] if channel else [],
    } | changes


def _conversation(channel: str | None) -> dict[str, Any]:
    field = {"type": "conversations_select", "selected_conversation": channel}
    return {"pick_channel": field}


def an_event(kind: str, **facts: Any) -> dict[str, Any]:
    """What Slack sends when something happens."""
    return {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A0APP",
        "event_id": "Ev1",
        "event": {"type": kind, **facts},
    }
