"""The way in from Slack and from the web, built around an open bot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette

from bot.bootstrap import Bot, OpenSchema, build_checks
from bot.domain.ids import UserId, WorkspaceId
from bot.messages import replies
from bot.messages.kit import Message
from bot.slack.administrators import is_administrator
from bot.slack.app import build_slack_app
from bot.slack.authorization import Installation, OnlyInstallation
from bot.slack.background import Background
from bot.slack.directory import user_info
from bot.slack.listeners import Listeners, table
from bot.slack.listeners.actions import Clicks
from bot.slack.listeners.commands import Commands
from bot.slack.listeners.events import Departures
from bot.slack.listeners.picker import Picker
from bot.slack.listeners.promises import Promises
from bot.slack.private import PrivateAnswers
from bot.slack.windows import SlackWindows
from bot.store.workspaces import Identity
from bot.usecases.answer_click import AnswerClick
from bot.usecases.pick_session import PickSession
from bot.usecases.report_status import ReportStatus
from bot.usecases.request_summary import RequestSummary
from bot.web.app import Scrape, build_web_app
from bot.web.health import Probe
from bot.web.slack import SlackEndpoint

SWEPT_WITHIN = timedelta(minutes=3)
"""A worker that has not looked through the deliveries for longer is not at work."""


@dataclass(frozen=True, slots=True)
class SlackEdge:
    """Bolt's app, and the short work that goes on after its acknowledgements."""

    app: AsyncApp
    background: Background


def build_slack(bot: Bot, *, signing_secret: str) -> SlackEdge:
    """Build what Slack's requests reach; without a signing secret for Socket Mode."""
    background = Background()
    poster = bot.connections.poster(bot.workspaces.workspace)
    private = PrivateAnswers(poster.answer, background)
    find = OnlyInstallation(_installation(bot.who))
    app = build_slack_app(
        signing_secret=signing_secret,
        session=bot.connections.slack,
        base_url=bot.connections.settings.slack_api_url,
        find_installation=find,
        listeners=build_listeners(bot, private, find),
        private=private,
        count_unhandled=lambda kind: bot.connections.metrics.commands.labels(
            kind, "unhandled"
        ).inc(),
    )
    return SlackEdge(app, background)


def build_listeners(bot: Bot, private: PrivateAnswers, find: OnlyInstallation) -> Listeners:
    """Build what is listened to, each with the use cases it hands on to."""
    promises = Promises(RequestSummary(bot.deliveries, bot.connections.now))
    picker = _picker(bot, promises, private)
    answers = AnswerClick(
        bot.workspaces,
        bot.deliveries,
        bot.fetching.directory,
        bot.fetching.fetch,
        bot.connections.realtimekit,
        bot.connections.poster,
        bot.connections.now,
    )
    return table(
        commands=_commands(bot, promises, picker, private, find),
        clicks=Clicks(promises=promises, answers=answers, private=private),
        picker=picker,
        departures=Departures(find, bot.stored.forget),
    )


def _commands(
    bot: Bot,
    promises: Promises,
    picker: Picker,
    private: PrivateAnswers,
    find: OnlyInstallation,
) -> Commands:
    connections, workspaces = bot.connections, bot.workspaces
    api = connections.slack_api(workspaces.workspace.bot_token)

    async def may_administer(workspace: WorkspaceId, user: UserId) -> bool:
        await workspaces.get(workspace)
        return is_administrator(await user_info(api, user), find.installation)

    async def configured(workspace: WorkspaceId) -> Message:
        home = await workspaces.get(workspace)
        return replies.configured(connected=bool(home.account_id and home.api_token))

    return Commands(
        promises=promises,
        picker=picker,
        report_status=ReportStatus(workspaces, bot.deliveries),
        configured=configured,
        check_setup=build_checks(connections, workspaces.workspace, OpenSchema(bot.database)),
        may_administer=may_administer,
        private=private,
        count=lambda name, outcome: connections.metrics.commands.labels(name, outcome).inc(),
    )


def _picker(bot: Bot, promises: Promises, private: PrivateAnswers) -> Picker:
    connections, workspaces = bot.connections, bot.workspaces
    shown = SlackWindows(connections.slack_api(workspaces.workspace.bot_token))

    async def windows(workspace: WorkspaceId) -> SlackWindows:
        await workspaces.get(workspace)
        return shown

    pick = PickSession(workspaces, bot.fetching.directory, connections.realtimekit, connections.now)
    return Picker(windows=windows, pick=pick, promises=promises, private=private)


def build_web(bot: Bot, slack: SlackEdge, *, signing_secret: str, works: bool) -> Starlette:
    """Build what HTTP requests reach; `works` says whether the worker runs in this process."""
    endpoint = SlackEndpoint(slack.app, signing_secret=signing_secret)
    return build_web_app(slack=endpoint, probes=_probes(bot, works=works), scrape=_scrape(bot))


def _probes(bot: Bot, *, works: bool) -> Mapping[str, Probe]:
    async def database() -> bool:
        return await OpenSchema(bot.database).is_current()

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
        return metrics.render()

    return scrape


def _installation(who: Identity) -> Installation:
    whole = who.id.startswith("E")
    return Installation(
        workspace=who.id,
        team_id=None if whole else who.id,
        enterprise_id=who.id if whole else None,
        bot_user_id=who.bot_user_id,
        bot_id=who.bot_id,
        url=who.url,
    )
