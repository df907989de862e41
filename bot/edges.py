"""The way in from Slack and from the web, built around an open bot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette

from bot.bootstrap import Bot, build_leave
from bot.checks import OpenSchema
from bot.domain.ids import WorkspaceId
from bot.edges_administration import (
    build_administrators,
    build_connects,
    build_home,
    build_install,
    build_settings,
    build_setup,
    build_windows,
)
from bot.messages import replies
from bot.messages.kit import Message
from bot.realtimekit.events import read_event
from bot.realtimekit.webhook_signature import signature_of
from bot.slack.app import build_slack_app
from bot.slack.background import Background
from bot.slack.listeners import Listeners, table
from bot.slack.listeners.actions import Clicks
from bot.slack.listeners.commands import Commands
from bot.slack.listeners.events import Departures
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.picker import Picker
from bot.slack.listeners.promises import Promises
from bot.slack.listeners.settings import SettingsWindows
from bot.slack.listeners.subscriptions import SubscriptionCommands
from bot.slack.poster import SlackPoster
from bot.slack.private import PrivateAnswers
from bot.usecases.answer_click import AnswerClick
from bot.usecases.pick_session import PickSession
from bot.usecases.report_status import ReportStatus
from bot.usecases.request_summary import RequestSummary
from bot.usecases.subscribe import ListSubscriptions, Subscribe, Unsubscribe
from bot.usecases.take_event import TakeEvent
from bot.web.app import Scrape, build_web_app
from bot.web.health import Probe
from bot.web.slack import SlackEndpoint
from bot.web.webhooks import WebhookEndpoint

SWEPT_WITHIN = timedelta(minutes=3)
"""A worker that has not looked through the deliveries for longer is not at work."""


@dataclass(frozen=True, slots=True)
class SlackEdge:
    """Bolt's app, and the short work that goes on after its acknowledgements."""

    app: AsyncApp
    background: Background


def build_slack(bot: Bot, *, signing_secret: str) -> SlackEdge:
    """Build what Slack's requests reach; without a signing secret for Socket Mode."""
    background, connections = Background(), bot.connections
    # The address of a private answer is all the proof Slack wants: no workspace's token is needed.
    private = PrivateAnswers(SlackPoster(connections.slack_api("")).answer, background)
    app = build_slack_app(
        signing_secret=signing_secret,
        session=connections.slack,
        base_url=connections.settings.slack_api_url,
        find_installation=bot.tenants.find,
        listeners=build_listeners(bot, private),
        private=private,
        count_unhandled=lambda kind: connections.metrics.commands.labels(kind, "unhandled").inc(),
    )
    return SlackEdge(app, background)


def build_listeners(bot: Bot, private: PrivateAnswers) -> Listeners:
    """Build what is listened to, each with the use cases it hands on to."""
    promises = Promises(RequestSummary(bot.deliveries, bot.connections.now))
    picker = _picker(bot, promises, private)
    home = build_home(bot, private.background)
    subscriptions = _subscriptions(bot, private, home)
    settings = build_settings(bot, private, home)
    answers = AnswerClick(
        bot.tenants,
        bot.deliveries,
        bot.fetching.directory,
        bot.fetching.fetch,
        bot.connections.realtimekit,
        bot.connections.poster,
        bot.connections.now,
    )
    return table(
        commands=_commands(bot, promises, picker, subscriptions, settings),
        clicks=Clicks(promises=promises, answers=answers, private=private),
        picker=picker,
        subscriptions=subscriptions,
        connects=build_connects(bot, private),
        settings=settings,
        home=home,
        departures=Departures(
            build_leave(bot.connections, bot.stores, bot.tenants), private.background
        ),
    )


def _commands(
    bot: Bot,
    promises: Promises,
    picker: Picker,
    subscriptions: SubscriptionCommands,
    settings: SettingsWindows,
) -> Commands:
    connections = bot.connections

    async def configured(workspace: WorkspaceId) -> Message:
        home = await bot.tenants.get(workspace)
        return replies.configured(connected=bool(home.account_id and home.api_token))

    return Commands(
        promises=promises,
        picker=picker,
        subscriptions=subscriptions,
        report_status=ReportStatus(bot.tenants, bot.deliveries, bot.stores.subscriptions),
        settings=settings,
        configured=configured,
        check_setup=bot.examination.everything,
        write_to=bot.alarms.write_to,
        may_administer=subscriptions.may_administer,
        private=subscriptions.private,
        count=lambda name, outcome: connections.metrics.commands.labels(name, outcome).inc(),
    )


def _subscriptions(bot: Bot, private: PrivateAnswers, home: HomeTab) -> SubscriptionCommands:
    connections, stores = bot.connections, bot.stores
    return SubscriptionCommands(
        subscribe=Subscribe(
            bot.tenants,
            bot.fetching.directory,
            bot.gate,
            stores.subscriptions,
            stores.watched,
            bot.keep_webhook,
            connections.now,
        ),
        unsubscribe=Unsubscribe(
            bot.tenants, stores.subscriptions, bot.keep_webhook, connections.now
        ),
        list_those_of=ListSubscriptions(stores.subscriptions),
        may_administer=build_administrators(bot),
        private=private,
        changed=home.soon,
    )


def _picker(bot: Bot, promises: Promises, private: PrivateAnswers) -> Picker:
    connections = bot.connections
    directory = bot.fetching.directory
    pick = PickSession(bot.tenants, directory, connections.realtimekit, connections.now)
    return Picker(windows=build_windows(bot), pick=pick, promises=promises, private=private)


def build_web(bot: Bot, slack: SlackEdge, *, signing_secret: str, works: bool) -> Starlette:
    """Build what HTTP requests reach; `works` says whether the worker runs in this process."""
    endpoint = SlackEndpoint(slack.app, signing_secret=signing_secret)
    return build_web_app(
        slack=endpoint,
        webhooks=_webhooks(bot),
        setup=build_setup(bot, slack.background),
        install=build_install(bot),
        probes=_probes(bot, works=works),
        scrape=_scrape(bot),
    )


def _webhooks(bot: Bot) -> WebhookEndpoint:
    connections, stores = bot.connections, bot.stores
    take = TakeEvent(stores.watched, stores.subscriptions, stores.expectations, connections.now)
    return WebhookEndpoint(
        keys=stores.workspaces,
        signature_of=signature_of,
        verify=connections.signing_keys.verify,
        read=read_event,
        take=take,
        count=connections.metrics.observe_webhook,
    )


def _probes(bot: Bot, *, works: bool) -> Mapping[str, Probe]:
    async def database() -> bool:
        return await OpenSchema(bot.stores.database).is_current()

    async def worker() -> bool:
        swept_at = bot.worker.swept_at
        return swept_at is not None and bot.connections.now() - swept_at < SWEPT_WITHIN

    return {"database": database, "worker": worker} if works else {"database": database}


def _scrape(bot: Bot) -> Scrape:
    async def scrape() -> tuple[bytes, str]:
        metrics = bot.connections.metrics
        backlog = await bot.agenda.backlog(bot.connections.now())
        metrics.queue_depth.set(backlog.depth)
        metrics.queue_age.set(backlog.oldest)
        metrics.show_checks(await bot.alarms.count_bad())
        metrics.subscriptions_paused.set(await bot.stores.subscriptions.count_paused())
        return metrics.render()

    return scrape
