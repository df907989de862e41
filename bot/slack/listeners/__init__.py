"""What the app listens to, in one table that the manifest is compared with.

Listeners translate: they read what Slack sent, hand it to a use case, and say what to answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bot.messages import actions as ids  # this package has a module `actions` too
from bot.messages.grammar import COMMAND
from bot.messages.kit import Message
from bot.slack.authorization import Installation
from bot.slack.listeners.actions import Clicks
from bot.slack.listeners.commands import Commands
from bot.slack.listeners.connect import Connects
from bot.slack.listeners.events import Departures
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.picker import FieldErrors, Picker
from bot.slack.listeners.settings import SettingsWindows
from bot.slack.listeners.subscriptions import SubscriptionCommands
from bot.slack.payloads import Click, Event, SlashCommand, Submission

OnCommand: TypeAlias = Callable[[SlashCommand, Installation], Awaitable[Message | None]]
OnClick: TypeAlias = Callable[[Click, Installation], Awaitable[Message | None]]
OnSubmission: TypeAlias = Callable[[Submission, Installation], Awaitable[FieldErrors | None]]
OnEvent: TypeAlias = Callable[[Event], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who listens to what, by Slack's names: commands, action ids, callback ids, event types."""

    commands: Mapping[str, OnCommand]
    clicks: Mapping[str, OnClick]
    submissions: Mapping[str, OnSubmission]
    events: Mapping[str, OnEvent]


def table(
    *,
    commands: Commands,
    clicks: Clicks,
    picker: Picker,
    subscriptions: SubscriptionCommands,
    connects: Connects,
    settings: SettingsWindows,
    home: HomeTab,
    departures: Departures,
) -> Listeners:
    """Everything the app reacts to; what is not here is acknowledged and counted."""
    return Listeners(
        commands={COMMAND: commands.run},
        clicks={
            ids.GET_FILE: clicks.get_file,
            ids.GENERATE: clicks.generate,
            ids.POST_AGAIN: clicks.post_again,
            ids.CONFIRM_AUDIENCE: clicks.confirm_audience,
            ids.CHOOSE_SESSION: clicks.choose_session,
            ids.OPEN_FILE: clicks.acknowledge,
            ids.CONNECT: connects.clicked,
            ids.OPEN_SETTINGS: settings.clicked,
            ids.EDIT_APP: settings.edit_app,
            ids.REFRESH_HOME: home.refreshed,
            ids.OPEN_SETUP: clicks.acknowledge,
            ids.SUBSCRIBE_SHARED: subscriptions.confirmed,
            ids.PICK_APP: picker.app_chosen,
            ids.PICK_SESSION: clicks.acknowledge,
            ids.PICK_CHANNEL: clicks.acknowledge,
        },
        submissions={
            ids.PICKER: picker.submitted,
            ids.SETTINGS: settings.submitted,
            ids.APP_SETTINGS: settings.app_submitted,
        },
        events={
            "app_home_opened": home.opened,
            "app_uninstalled": departures.uninstalled,
            "tokens_revoked": departures.tokens_revoked,
        },
    )
