"""Gather what somebody's Home tab shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.domain.delivery import Delivery
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.links import link_to_message
from bot.domain.summary import App
from bot.errors import NotConnected, RealtimeKitError
from bot.messages import home
from bot.messages.picker import View
from bot.usecases.administration_ports import Audit, Policies
from bot.usecases.app_directory import AppDirectory
from bot.usecases.ports import Deliveries, Workspace, Workspaces
from bot.usecases.subscription_ports import Subscriptions

APPS_WITHIN = 3.0
"""Seconds the account's apps may take before the tab shows without them."""

CHANGES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ShowHome:
    """The tab, from what is stored; only the list of apps may come from Cloudflare."""

    workspaces: Workspaces
    directory: AppDirectory
    policies: Policies
    subscriptions: Subscriptions
    deliveries: Deliveries
    audit: Audit
    token_ending: Callable[[WorkspaceId], Awaitable[str | None]]

    async def for_administrator(self, name: WorkspaceId) -> View:
        """Everything of a workspace, also while Cloudflare does not answer.

        Raises:
            InstallationBroken, StoreError: there is nothing to show.
        """
        workspace = await self.workspaces.get(name)
        decided = asyncio.gather(
            self.policies.aliases(name),
            self.policies.policy(name),
            self.policies.administrators(name),
            self.token_ending(name),
        )
        happened = asyncio.gather(
            self.subscriptions.of_workspace(name),
            self.deliveries.recent(name),
            self.audit.latest(name, CHANGES_SHOWN),
        )
        apps = await self._apps(workspace)
        aliases, policy, administrators, ending = await decided
        subscriptions, deliveries, record = await happened
        return home.for_administrators(
            home.Everything(
                connected=_is_connected(workspace),
                account_ending=(workspace.account_id or "")[-4:] or None,
                token_ending=ending,
                apps=apps,
                aliases=aliases,
                policy=policy,
                subscriptions=subscriptions,
                administrators=administrators,
                deliveries=deliveries,
                record=record,
                link_of=_links(workspace),
            )
        )

    async def for_member(self, name: WorkspaceId, person: UserId) -> View:
        """What is of use to somebody who does not administer. Raises as the other does."""
        workspace = await self.workspaces.get(name)
        own, administrators = await asyncio.gather(
            self.deliveries.recent(name, asker=person), self.policies.administrators(name)
        )
        return home.for_members(
            own,
            administrators,
            connected=_is_connected(workspace),
            link_of=_links(workspace),
        )

    async def _apps(self, workspace: Workspace) -> Sequence[App] | None:
        try:
            async with asyncio.timeout(APPS_WITHIN):
                return await self.directory.apps(workspace)
        except (RealtimeKitError, NotConnected, TimeoutError):
            return None


def _is_connected(workspace: Workspace) -> bool:
    return bool(workspace.account_id and workspace.api_token)


def _links(workspace: Workspace) -> Callable[[Delivery], str | None]:
    def link_of(delivery: Delivery) -> str | None:
        if delivery.parent_ts is None:
            return None
        return link_to_message(workspace.url, delivery.channel, delivery.parent_ts)

    return link_of
