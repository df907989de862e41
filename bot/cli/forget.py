"""`forget`: everything of a workspace deleted, from every table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.cli.arguments import ExitCode
from bot.cli.keyboard import Keyboard
from bot.cli.opening import opened_beside
from bot.cli.terminal import Terminal
from bot.connections import open_connections, utc_now
from bot.domain.ids import AppId, WorkspaceId
from bot.settings import Settings
from bot.store.budgets import Budgets
from bot.store.installations import SqlInstallations
from bot.store.watched_apps import SqlWatchedApps
from bot.store.workspaces import SqlWorkspaces
from bot.stores import build_sealer
from bot.tenants import Tenants, configured_workspace
from bot.usecases.leave_workspace import LeaveWorkspace

Forget = Callable[[WorkspaceId], Awaitable[Mapping[str, int]]]
"""Deletes everything of a workspace; returns how many rows of which tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetCommand:
    """Asks, deletes, and tells what was deleted."""

    names: Mapping[WorkspaceId, str]
    """The workspaces that are stored, with what people call them."""
    forget: Forget
    leave: LeaveWorkspace
    keyboard: Keyboard
    terminal: Terminal

    async def __call__(self, workspace: WorkspaceId, *, yes: bool) -> ExitCode:
        """Forget a workspace. Raises `StoreError`."""
        name = self.names.get(workspace)
        called = f"{name} ({workspace})" if name else workspace
        if not yes and not self.keyboard.is_there:
            self.terminal.complain("Nothing was deleted. To delete it, add --yes.")
            return ExitCode.WRONG_USE
        if not yes and self.keyboard.ask(_question(called)).lower() not in ("y", "yes"):
            self.terminal.complain("Nothing was deleted.")
            return ExitCode.FAILED
        remains = await self.leave.remains(workspace)
        deleted = await self.forget(workspace)
        if not deleted:
            self.terminal.complain(f"Nothing is stored of {called}.")
            return ExitCode.NOT_FOUND
        self.terminal.print(f"Deleted everything of {called}:")
        for table, rows in deleted.items():
            self.terminal.print(f"  {table}: {rows}")
        self._report_webhooks(await self.leave.tidy_up(remains) if remains else {})
        self.terminal.print("If Slack still has the app there, remove it in Slack as well.")
        return ExitCode.DONE

    def _report_webhooks(self, removed: Mapping[AppId, bool]) -> None:
        for app, worked in removed.items():
            if worked:
                self.terminal.print(f"  webhook of the app {app} at Cloudflare: removed")
            else:
                self.terminal.complain(f"  webhook of the app {app} at Cloudflare: still there")


def _question(called: str) -> str:
    return (
        f"Delete everything of {called}: tokens, settings, subscriptions, deliveries, the record?\n"
        "This cannot be undone. [y/N] "
    )


async def run_forget(
    settings: Settings,
    workspace: str,
    *,
    yes: bool,
    open_keyboard: Callable[[], Keyboard],
    terminal: Terminal,
) -> ExitCode:
    """Open what it takes and run the command. Raises `BotError`."""
    async with (
        opened_beside(settings) as database,
        open_connections(settings, budgets=Budgets(database, utc_now)) as connections,
    ):
        stored = SqlWorkspaces(database, build_sealer(settings))
        leave = LeaveWorkspace(
            workspaces=await _as_stored(settings, stored),
            watched=SqlWatchedApps(database),
            installations=SqlInstallations(database, stored.sealer),
            connect=connections.realtimekit,
        )
        command = ForgetCommand(
            names=await stored.names(),
            forget=stored.forget,
            leave=leave,
            keyboard=open_keyboard(),
            terminal=terminal,
        )
        return await command(WorkspaceId(workspace), yes=yes)


async def _as_stored(settings: Settings, stored: SqlWorkspaces) -> Tenants:
    """The workspaces as the bot knows them, without asking Slack whose token the settings have."""
    token = settings.slack_bot_token
    who = await stored.of_token(token.get_secret_value()) if token else None
    if who is None:
        return Tenants(stored)
    return Tenants(stored, configured_workspace(settings, who), who)
