"""Leaving: everything here is deleted, and what can be at Cloudflare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.domain.ids import AppId, WebhookId, WorkspaceId
from bot.domain.watched_app import WatchedApp
from bot.domain.workspace import Workspace
from bot.errors import BotError, RealtimeKitUnavailable, SealBroken
from bot.usecases.leave_workspace import LeaveWorkspace, Remains
from tests.fakes import APP, NOON, OTHER_APP, WORKSPACE, a_workspace
from tests.installing import FakeInstallations, a_departure


def watched(app: AppId, webhook: str | None = "hook") -> WatchedApp:
    """An app with subscriptions."""
    return WatchedApp(
        workspace=WORKSPACE,
        app=app,
        next_at=NOON,
        webhook=webhook and WebhookId(webhook),  # type: ignore[arg-type]
    )


@dataclass
class Place:
    """Everything around the use case."""

    apps: list[WatchedApp] = field(default_factory=lambda: [watched(APP)])
    secrets: Exception | None = None
    refusals: dict[AppId, BotError] = field(default_factory=dict)
    removed: list[tuple[AppId, WebhookId]] = field(default_factory=list)
    installations: FakeInstallations = field(default_factory=FakeInstallations)

    def __post_init__(self) -> None:
        """Build the use case."""
        self.leave = LeaveWorkspace(
            workspaces=self, watched=self, installations=self.installations, connect=lambda _: self
        )

    async def known(self, workspace: WorkspaceId) -> Workspace:
        """The workspace, unless its secrets cannot be read."""
        if self.secrets:
            raise self.secrets
        return a_workspace()

    async def of_workspace(self, workspace: WorkspaceId) -> Sequence[WatchedApp]:
        """The apps."""
        assert workspace == WORKSPACE
        return self.apps

    async def delete_webhook(self, app: AppId, webhook: WebhookId) -> None:
        """Remove a webhook."""
        if app in self.refusals:
            raise self.refusals[app]
        self.removed.append((app, webhook))


async def test_all_is_deleted_and_what_remains_is_named() -> None:
    """Only apps with a webhook need anything more."""
    place = Place(apps=[watched(APP), watched(OTHER_APP, None)])

    remains = await place.leave(a_departure())

    assert place.installations.left == [a_departure()]
    assert remains == Remains(workspace=a_workspace(), apps=[watched(APP)])
    assert place.removed == []


async def test_a_late_event_leaves_everything_as_it_is() -> None:
    """Also what is registered at Cloudflare."""
    place = Place(installations=FakeInstallations(is_late=True))

    assert await place.leave(a_departure()) is None


async def test_unreadable_secrets_do_not_keep_anything_from_being_deleted() -> None:
    """Without them nobody can be asked to remove a webhook, and that is all."""
    place = Place(secrets=SealBroken("unknown key"))

    remains = await place.leave(a_departure())

    assert remains is None
    assert place.installations.left == [a_departure()]


async def test_webhooks_are_removed_as_far_as_cloudflare_allows() -> None:
    """One that fails does not keep the others; each is told of."""
    apps = [watched(APP, "one"), watched(OTHER_APP, "two")]
    place = Place(apps=apps, refusals={APP: RealtimeKitUnavailable("500")})

    removed = await place.leave.tidy_up(Remains(workspace=a_workspace(), apps=apps))

    assert removed == {APP: False, OTHER_APP: True}
    assert place.removed == [(OTHER_APP, "two")]
