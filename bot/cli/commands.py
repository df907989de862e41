"""Each command, from its settings to its exit code."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from bot import logs, serve
from bot.bootstrap import build_fetching
from bot.cli.arguments import ExitCode
from bot.cli.audit import run_audit
from bot.cli.connect import run_connect
from bot.cli.doctor import run_doctor
from bot.cli.fetch import FetchCommand
from bot.cli.forget import run_forget
from bot.cli.keyboard import open_keyboard
from bot.cli.manifest_commands import run_manifest
from bot.cli.rotate_keys import run_rotate_keys
from bot.cli.terminal import Terminal
from bot.connections import open_connections, utc_now
from bot.errors import BotError
from bot.messages import replies
from bot.messages.text_view import as_text
from bot.settings import Purpose, Settings, load_settings
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.tenants import ConfiguredWorkspace, configured_workspace


async def run(arguments: Namespace) -> int:
    """Run the command that was typed; returns its exit code.

    Raises:
        SettingsProblems: the settings do not allow it.
    """
    return await _COMMANDS[arguments.command](arguments, Terminal(sys.stdout, sys.stderr))


async def _web(_: Namespace, terminal: Terminal) -> int:
    return await _serve(Purpose.WEB, serve.web, terminal)


async def _worker(_: Namespace, terminal: Terminal) -> int:
    return await _serve(Purpose.WORKER, serve.worker, terminal)


async def _socket(_: Namespace, terminal: Terminal) -> int:
    return await _serve(Purpose.SOCKET, serve.socket, terminal)


async def _serve(
    purpose: Purpose, process: Callable[[Settings], Awaitable[None]], terminal: Terminal
) -> int:
    settings = load_settings(purpose)
    logs.configure(settings.log_level, settings.log_format)
    try:
        await process(settings)
    except (BotError, OSError) as error:
        terminal.complain(f"{purpose} cannot go on: {_plainly(error)}")
        return ExitCode.FAILED
    return ExitCode.DONE


def _plainly(error: BotError | OSError) -> str:
    if isinstance(error, BotError):
        return as_text(replies.explain(error, reference=None))
    return error.strerror or "the network does not answer"


async def _migrate(_: Namespace, terminal: Terminal) -> int:
    settings = load_settings(Purpose.MIGRATE)
    logs.configure(settings.log_level, settings.log_format)
    try:
        database = await Database.open(settings.database_url.get_secret_value())
        try:
            await migrate(database)
        finally:
            await database.close()
    except (BotError, OSError) as error:
        terminal.complain(f"The database cannot be brought up to date: {_plainly(error)}")
        return ExitCode.FAILED
    terminal.print("The database is up to date.")
    return ExitCode.DONE


async def _fetch(arguments: Namespace, terminal: Terminal) -> int:
    settings = load_settings(Purpose.FETCH)
    logs.configure("WARNING", settings.log_format)
    workspace = configured_workspace(settings, None)
    async with open_connections(settings) as connections:
        fetch = build_fetching(connections, ConfiguredWorkspace(workspace)).fetch
        command = FetchCommand(
            fetch=lambda app, session: fetch(workspace, app, session),
            explain=lambda error: as_text(replies.explain(error, reference=None)),
            terminal=terminal,
            now=utc_now,
            sleep=asyncio.sleep,
        )
        return await command(
            arguments.app,
            arguments.session,
            as_json=arguments.json,
            patience=timedelta(minutes=arguments.wait),
        )


async def _doctor(arguments: Namespace, terminal: Terminal) -> int:
    logs.configure("CRITICAL", "text")
    return await run_doctor(arguments.workspace, terminal, as_json=arguments.json)


async def _connect(arguments: Namespace, terminal: Terminal) -> int:
    settings = load_settings(Purpose.CONNECT)
    logs.configure("CRITICAL", settings.log_format)
    try:
        return await run_connect(
            settings, arguments.workspace, open_keyboard=open_keyboard, terminal=terminal
        )
    except (BotError, OSError) as error:
        terminal.complain(f"The workspace cannot be connected: {_plainly(error)}")
        return ExitCode.FAILED


async def _rotate_keys(_: Namespace, terminal: Terminal) -> int:
    settings = load_settings(Purpose.ROTATE_KEYS)
    logs.configure("CRITICAL", settings.log_format)
    try:
        return await run_rotate_keys(settings, terminal)
    except (BotError, OSError) as error:
        terminal.complain(f"Nothing more can be sealed: {_plainly(error)}")
        return ExitCode.FAILED


async def _forget(arguments: Namespace, terminal: Terminal) -> int:
    settings = load_settings(Purpose.FORGET)
    logs.configure("CRITICAL", settings.log_format)
    try:
        return await run_forget(
            settings,
            arguments.workspace,
            yes=arguments.yes,
            open_keyboard=open_keyboard,
            terminal=terminal,
        )
    except (BotError, OSError) as error:
        terminal.complain(f"The workspace cannot be forgotten: {_plainly(error)}")
        return ExitCode.FAILED


async def _audit(arguments: Namespace, terminal: Terminal) -> int:
    settings = load_settings(Purpose.AUDIT)
    logs.configure("CRITICAL", settings.log_format)
    try:
        return await run_audit(settings, arguments.workspace, terminal=terminal)
    except (BotError, OSError) as error:
        terminal.complain(f"The record cannot be read: {_plainly(error)}")
        return ExitCode.FAILED


async def _manifest(arguments: Namespace, terminal: Terminal) -> int:
    settings = load_settings(Purpose.MANIFEST)
    logs.configure("CRITICAL", settings.log_format)
    try:
        return await run_manifest(arguments, settings, terminal)
    except (BotError, OSError) as error:
        terminal.complain(f"What is stored cannot be read: {_plainly(error)}")
        return ExitCode.FAILED


async def _demo(arguments: Namespace, _: Terminal) -> int:
    # Only here: no other command should have to read the stand-ins.
    from bot.demo.app import run_demo  # noqa: PLC0415

    return await run_demo(once=arguments.once)


_COMMANDS: Mapping[str, Callable[[Namespace, Terminal], Awaitable[int]]] = {
    "web": _web,
    "worker": _worker,
    "socket": _socket,
    "migrate": _migrate,
    "demo": _demo,
    "fetch": _fetch,
    "doctor": _doctor,
    "connect": _connect,
    "rotate-keys": _rotate_keys,
    "forget": _forget,
    "audit": _audit,
    "manifest": _manifest,
}
