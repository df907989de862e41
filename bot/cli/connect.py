"""`connect`: a workspace's Cloudflare account and API token, entered where the bot runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bot.bootstrap import build_connect, build_fetching
from bot.cli.arguments import ExitCode
from bot.cli.keyboard import CannotHide, Keyboard
from bot.cli.opening import opened_beside
from bot.cli.terminal import Terminal
from bot.connections import open_connections, utc_now
from bot.domain.audit import OPERATOR
from bot.domain.credentials import ENDING, Credentials
from bot.domain.ids import WorkspaceId
from bot.errors import (
    AccountNotFound,
    BotError,
    CredentialMalformed,
    PermissionMissing,
    RealtimeKitError,
    TokenRefused,
)
from bot.messages import connecting
from bot.settings import Settings
from bot.store.budgets import Budgets
from bot.store.credentials import SqlCredentials
from bot.store.workspaces import SqlWorkspaces
from bot.stores import build_sealer
from bot.tenants import tenants_of
from bot.usecases.connect import Connect, Connected

_APPS_SHOWN = 20
_NOT_ALLOWED = (TokenRefused, PermissionMissing, AccountNotFound)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectCommand:
    """Asks for the credentials, tries them, and stores what works."""

    connect: Connect
    workspaces: Mapping[WorkspaceId, str]
    """Those that can be connected, with what people call them."""
    keyboard: Keyboard
    terminal: Terminal

    async def __call__(self, wanted: str | None) -> ExitCode:
        """Connect the wanted workspace, or the only one. Raises `BotError`."""
        workspace = self._choose(wanted)
        if workspace is None:
            return ExitCode.WRONG_USE if self.workspaces else ExitCode.NOT_FOUND
        try:
            typed = self._ask(workspace)
        except CannotHide:
            self.terminal.complain("This terminal would show the token, so it is not asked for.")
            return ExitCode.WRONG_USE
        try:
            connected = await self.connect(workspace, typed, OPERATOR)
        except BotError as error:
            self.terminal.complain(connecting.problem(error).text)
            return _exit_code(error)
        self._report(workspace, connected)
        return ExitCode.DONE

    def _choose(self, wanted: str | None) -> WorkspaceId | None:
        if wanted is not None and wanted in self.workspaces:
            return WorkspaceId(wanted)
        if wanted is None and len(self.workspaces) == 1:
            return next(iter(self.workspaces))
        if not self.workspaces:
            self.terminal.complain("No workspace has installed the app yet: install it first.")
            return None
        unknown = f"There is no workspace {wanted}." if wanted else "There are several workspaces."
        self.terminal.complain(f"{unknown} Name one of these with --workspace:")
        for workspace, name in self.workspaces.items():
            self.terminal.complain(f"  {workspace}  {name}")
        return None

    def _ask(self, workspace: WorkspaceId) -> Credentials:
        """Ask at a terminal, or read two lines from a pipe. Raises `CannotHide`."""
        if not self.keyboard.is_there:
            return Credentials(account_id=self.keyboard.ask(""), api_token=self.keyboard.ask(""))
        self.terminal.complain(f"Connecting {self.workspaces[workspace]} ({workspace}).")
        return Credentials(
            account_id=self.keyboard.ask("Cloudflare account id: "),
            api_token=self.keyboard.ask_secretly("API token (it is not shown): "),
        )

    def _report(self, workspace: WorkspaceId, connected: Connected) -> None:
        self.terminal.print(
            f"Connected {self.workspaces[workspace]} to the account ending in "
            f"{connected.account_id[-ENDING:]}, with the token ending in {connected.token_ending}."
        )
        names = [app.name or app.id for app in connected.apps]
        for name in names[:_APPS_SHOWN]:
            self.terminal.print(f"  app {name}")
        if len(names) > _APPS_SHOWN:
            self.terminal.print(f"  and {len(names) - _APPS_SHOWN} more")
        if not names:
            self.terminal.print(connecting.NO_APPS)


def _exit_code(error: BotError) -> ExitCode:
    if isinstance(error, CredentialMalformed):
        return ExitCode.WRONG_USE
    if isinstance(error, _NOT_ALLOWED):
        return ExitCode.NOT_ALLOWED
    if isinstance(error, RealtimeKitError) and error.retryable:
        return ExitCode.TRY_AGAIN
    return ExitCode.FAILED


async def run_connect(
    settings: Settings,
    wanted: str | None,
    *,
    open_keyboard: Callable[[], Keyboard],
    terminal: Terminal,
) -> ExitCode:
    """Open what it takes and run the command. Raises `BotError`."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened_beside(settings))
        connections = await stack.enter_async_context(
            open_connections(settings, budgets=Budgets(database, utc_now))
        )
        sealer = build_sealer(settings)
        stored = SqlWorkspaces(database, sealer)
        tenants = await tenants_of(settings, stored, connections)
        names = await stored.names()
        if tenants.who is not None:
            names = {tenants.who.id: names.get(tenants.who.id, tenants.who.id)}
        command = ConnectCommand(
            connect=build_connect(
                connections,
                SqlCredentials(database, sealer),
                tenants,
                build_fetching(connections, tenants),
            ),
            workspaces=names,
            keyboard=open_keyboard(),
            terminal=terminal,
        )
        return await command(wanted)
