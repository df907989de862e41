"""Have a channel get an app's summaries by itself, or no longer, or say what it gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.admission import Person
from bot.domain.audience import Audience, Consent, ConversationKind
from bot.domain.ids import (
    AppId,
    ChannelId,
    SubscriptionId,
    UserId,
    WorkspaceId,
    is_uuid,
    new_reference,
)
from bot.domain.subscription import Subscription
from bot.domain.summary import App
from bot.errors import (
    AppNotFound,
    ConfirmationDue,
    DirectUnseen,
    NotAChannel,
    NotSubscribed,
)
from bot.messages import subscriptions as words
from bot.messages.kit import Message
from bot.usecases.app_directory import AppDirectory
from bot.usecases.audience_gate import AudienceGate
from bot.usecases.keep_webhook import KeepWebhook
from bot.usecases.ports import Clock, Workspace, Workspaces
from bot.usecases.subscription_ports import Subscriptions, WatchedApps


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRequest:
    """A person's wish that a channel gets an app's summaries by itself."""

    workspace: WorkspaceId
    channel: ChannelId
    person: UserId
    app: str
    """An id, an alias or a name, or empty for the only app."""
    title: str | None = None
    consent: Consent | None = None
    """Who the person saw would read the summaries, and agreed to."""
    allows_outsiders: bool = False
    """Whether this is an administrator, whose consent is enough where another company reads."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Check everything that can be checked before saying yes; then remember it."""

    workspaces: Workspaces
    apps: AppDirectory
    gate: AudienceGate
    subscriptions: Subscriptions
    watched: WatchedApps
    keep_webhook: KeepWebhook
    now: Clock
    new_id: Callable[[], str] = new_reference

    async def __call__(self, request: SubscriptionRequest) -> Message:
        """Subscribe a channel, and say what will happen and who will see it.

        Where who will see it has to be agreed to first, the answer asks for that, and nothing
        was changed.

        Raises:
            UserError, RealtimeKitError, SlackError: why not; nothing was changed.
            SharedChannel: another company reads along, and no administrator has agreed to that.
        """
        workspace = await self.workspaces.get(request.workspace)
        app = await self._app(workspace, request.app)
        try:
            audience = await self._audience(workspace, app, request)
        except ConfirmationDue as due:
            return words.confirm_subscription(app, request.title, due.audience)
        stored, new = await self.subscriptions.add(self._wanted(request, app))
        await self.keep_webhook(workspace, app.id)
        watched = await self.watched.get(workspace.id, app.id)
        public = self.keep_webhook.public_url is not None
        return words.subscribed(stored, audience, watched=watched, public=public, new=new)

    async def _audience(
        self, workspace: Workspace, app: App, request: SubscriptionRequest
    ) -> Audience:
        """Who will read the summaries, if they may go there."""
        person = Person(consent=request.consent, admits_outsiders=request.allows_outsiders)
        try:
            audience = await self.gate(workspace, app.id, request.channel, person)
        except DirectUnseen as error:
            raise NotAChannel(error.detail) from error
        except ConfirmationDue as due:
            _check_kind(due.audience)
            raise
        _check_kind(audience)
        return audience

    async def _app(self, workspace: Workspace, wanted: str) -> App:
        """The app that is meant, as the account lists it: proof that the credentials work."""
        app_id = await self.apps.resolve(workspace, wanted)
        for app in await self.apps.apps(workspace):
            if app.id.lower() == app_id.lower():
                return App(_stored(app.id), _name(wanted, app))
        self.apps.forget(workspace.id)
        raise AppNotFound

    def _wanted(self, request: SubscriptionRequest, app: App) -> Subscription:
        return Subscription(
            id=SubscriptionId(self.new_id()),
            workspace=request.workspace,
            channel=request.channel,
            app=app.id,
            name=app.name,
            title=request.title,
            created_by=request.person,
            created_at=self.now(),
            allows_outsiders=request.allows_outsiders,
        )


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Take a channel's subscription back."""

    workspaces: Workspaces
    subscriptions: Subscriptions
    keep_webhook: KeepWebhook
    now: Clock

    async def __call__(
        self, workspace: WorkspaceId, channel: ChannelId, app: str, person: UserId
    ) -> Message:
        """Unsubscribe a channel; also where Cloudflare or Slack cannot be reached.

        Raises:
            NotSubscribed: the channel has no such subscription, or several and none was named.
        """
        subscription = await self._meant(workspace, channel, app)
        await self.subscriptions.remove(
            workspace, channel, subscription.app, who=person, at=self.now()
        )
        if not await self.subscriptions.of_app(workspace, subscription.app):
            await self.keep_webhook(await self.workspaces.get(workspace), subscription.app)
        return words.unsubscribed(subscription)

    async def _meant(self, workspace: WorkspaceId, channel: ChannelId, app: str) -> Subscription:
        there = await self.subscriptions.of_channel(workspace, channel)
        aliased = await self.workspaces.alias(workspace, app.casefold()) if app else None
        called = {app.casefold(), (aliased or app).casefold()}
        found = [one for one in there if not app or called & {one.name.casefold(), one.app}]
        if len(found) != 1:
            raise NotSubscribed(tuple(one.name for one in there))
        return found[0]


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    """Say what a channel gets by itself, to whoever asks."""

    subscriptions: Subscriptions

    async def __call__(self, workspace: WorkspaceId, channel: ChannelId) -> Message:
        """The answer, from what is stored."""
        there = await self.subscriptions.of_channel(workspace, channel)
        return words.subscriptions(there, channel)


def _check_kind(audience: Audience) -> None:
    if audience.kind in (ConversationKind.DIRECT, ConversationKind.GROUP):
        raise NotAChannel


def _stored(app: AppId) -> AppId:
    """An id as events are matched with it: RealtimeKit writes UUIDs in any case."""
    return AppId(app.lower()) if is_uuid(app) else app


def _name(wanted: str, app: App) -> str:
    """What people here call the app: as it was just called, unless that was its id."""
    return app.name or app.id if wanted.lower() in ("", app.id.lower()) else wanted
