"""`doctor`: a line for each thing the bot needs, with the next step where one is due."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.checks import Examination, records_of
from bot.cli.arguments import ExitCode
from bot.cli.terminal import Terminal
from bot.connections import Connections, open_connections
from bot.domain.check import Check, CheckState
from bot.domain.ids import WorkspaceId
from bot.errors import StoreError
from bot.settings import Purpose, Settings, read_settings
from bot.store.engine import Database
from bot.store.migrate import is_current
from bot.store.workspaces import SqlWorkspaces
from bot.stores import build_sealer
from bot.tenants import ConfiguredWorkspace, Tenants, configured_workspace

_MARKS = {CheckState.GOOD: "ok  ", CheckState.WARNING: "warn", CheckState.BAD: "BAD "}


def check_settings(env_file: Path = Path(".env")) -> tuple[Settings, Sequence[Check]]:
    """Read the settings for the way this deployment is served, and say what is wrong with them.

    What is malformed has its default in the settings that come back, so that the other checks
    can go on.
    """
    settings, _ = read_settings(Purpose.DOCTOR, env_file=env_file)
    over_socket = settings.slack_app_token and not settings.slack_signing_secret
    purpose = Purpose.SOCKET if over_socket else Purpose.WEB
    settings, problems = read_settings(purpose, env_file=env_file)
    if problems:
        step = "Correct it in the environment or in .env; the README has a table of settings."
        return settings, [Check.bad("Settings", f"{problem}.", step) for problem in problems]
    return settings, [Check.good("Settings", f"They are complete for `{purpose}`.")]


def print_checks(checks: Sequence[Check], terminal: Terminal) -> ExitCode:
    """Print the outcomes; the exit code tells whether anything is bad."""
    for check in checks:
        terminal.print(f"{_MARKS[check.state]}  {check.name}: {check.cause}")
        if check.next_step:
            terminal.print(f"      {check.next_step}")
    return _exit_code(checks)


def print_json(
    checks: Sequence[Check], terminal: Terminal, workspace: WorkspaceId | None
) -> ExitCode:
    """Print an object a line, with the workspace each is about; `null` for the deployment."""
    for check in checks:
        facts = {
            "workspace": workspace,
            "name": check.name,
            "state": check.state,
            "cause": check.cause,
            "next_step": check.next_step,
        }
        terminal.print(json.dumps(facts, ensure_ascii=False))
    return _exit_code(checks)


def _exit_code(checks: Sequence[Check]) -> ExitCode:
    bad = any(check.state is CheckState.BAD for check in checks)
    return ExitCode.FAILED if bad else ExitCode.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorCommand:
    """Looks at the deployment and then at each workspace, and says what is wrong."""

    examination: Examination
    workspaces: Mapping[WorkspaceId, str]
    """Those that are looked at, with what people call them."""
    serves_many: bool
    show: Callable[[Sequence[Check], WorkspaceId | None], ExitCode]
    say: Callable[[str], None]
    """Says whose lines come next."""

    async def __call__(self, settings: Sequence[Check]) -> ExitCode:
        """Look at everything; exit code 1 if anything is bad."""
        if self.serves_many:
            self.say("This deployment")
        shared = [*settings, *await self.examination.deployment(), *self._unseen()]
        if not self.serves_many:
            for workspace in self.workspaces:
                own = await self.examination.workspace(workspace)
                return self.show([*shared, *own], workspace or None)
        codes = [self.show(shared, None)]
        for workspace, name in self.workspaces.items():
            self.say(f"\n{' '.join(name.split())} ({workspace})")
            codes.append(self.show(await self.examination.workspace(workspace), workspace))
        return max(codes)

    def _unseen(self) -> Sequence[Check]:
        """Why no workspace is looked at, if none is."""
        if not self.serves_many or self.workspaces:
            return []
        if self.examination.records is None:
            cause = "They were not looked at, since the database could not be read."
            return [Check.warning("Workspaces", cause, "See the line about the database.")]
        cause = "None has installed the app yet."
        return [Check.warning("Workspaces", cause, "Open /slack/install at this bot's address.")]


async def run_doctor(wanted: str | None, terminal: Terminal, *, as_json: bool) -> ExitCode:
    """Read the settings, open for a look what they name, and run the command."""
    settings, found = check_settings()
    async with AsyncExitStack() as stack:
        connections = await stack.enter_async_context(open_connections(settings))
        database = await stack.enter_async_context(_opened_for_a_look(settings))
        examination, workspaces = await _examination(connections, settings, database)
        if wanted is not None and wanted not in workspaces:
            terminal.complain(f"There is no workspace {wanted} that could be looked at.")
            return ExitCode.WRONG_USE
        command = DoctorCommand(
            examination=examination,
            workspaces={each: name for each, name in workspaces.items() if wanted in (None, each)},
            serves_many=settings.serves_many,
            show=lambda checks, workspace: (
                print_json(checks, terminal, workspace)
                if as_json
                else print_checks(checks, terminal)
            ),
            say=(lambda _: None) if as_json else terminal.print,
        )
        return await command(found)


async def _examination(
    connections: Connections, settings: Settings, database: Database | None
) -> tuple[Examination, Mapping[WorkspaceId, str]]:
    """What looks, and at which workspaces."""
    schema = _OpenedForALook(settings)
    if database is None:
        home = configured_workspace(settings, None)
        homes = ConfiguredWorkspace(home)
        examination = Examination(connections=connections, homes=homes, schema=schema, records=None)
        return examination, {} if settings.serves_many else {home.id: ""}
    sealer = build_sealer(settings)
    tenants, workspaces = await _tenants(settings, SqlWorkspaces(database, sealer))
    examination = Examination(
        connections=connections,
        homes=tenants,
        schema=schema,
        records=records_of(database, sealer),
        is_serving=False,
    )
    return examination, workspaces


async def _tenants(
    settings: Settings, stored: SqlWorkspaces
) -> tuple[Tenants, Mapping[WorkspaceId, str]]:
    """The workspaces that are served, from what is stored; nothing is written or refreshed."""
    if settings.serves_many or settings.slack_bot_token is None:
        tenants = Tenants(stored)
        names = await stored.names()
        served = {each: name for each, name in names.items() if await tenants.find(each, each)}
        return tenants, served
    who = await stored.of_token(settings.slack_bot_token.get_secret_value())
    home = configured_workspace(settings, who)
    return Tenants(stored, home, who), {home.id: ""}


@asynccontextmanager
async def _opened_for_a_look(settings: Settings) -> AsyncIterator[Database | None]:
    """The database beside a bot that may run; `None` when there is nothing to be read."""
    has_key = bool(settings.encryption_keys) or settings.slack_bot_token is not None
    url = settings.database_url.get_secret_value()
    async with AsyncExitStack() as stack:
        try:
            database = await Database.open(url, create=False, alone=False)
            stack.push_async_callback(database.close)
            can_look = has_key and await is_current(database)
        except (StoreError, OSError):
            can_look = False  # the check of the database says why
        yield database if can_look else None


@dataclass(frozen=True, slots=True)
class _OpenedForALook:
    """The database of the settings, opened and closed again: is a `Schema`."""

    settings: Settings

    async def is_current(self) -> bool:
        url = self.settings.database_url.get_secret_value()
        database = await Database.open(url, create=False)
        try:
            return await is_current(database)
        finally:
            await database.close()
