"""`manifest`, `manifest check` and `manifest push`, from their settings to their exit codes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from bot.cli.arguments import ExitCode
from bot.cli.keyboard import CannotHide, Keyboard, open_keyboard
from bot.cli.manifest import choose_manifest, print_manifest
from bot.cli.manifest_check import check_manifest
from bot.cli.manifest_push import Push
from bot.cli.push_failures import GENERATE_ONE
from bot.cli.terminal import Terminal
from bot.connections import utc_now
from bot.domain.ids import WorkspaceId
from bot.errors import InstallationBroken
from bot.manifest import ManifestUnusable, load_manifest
from bot.metrics import Metrics
from bot.setting_values import slack_token
from bot.settings import Settings, SettingsProblems
from bot.slack.app_manifests import AppManifests
from bot.slack.sessions import open_session
from bot.slack.web_api import WebApi
from bot.store.engine import Database
from bot.store.workspaces import SqlWorkspaces
from bot.stores import build_sealer

_NOBODY_NAMED = (
    "SLACK_BOT_TOKEN is missing: the Slack app's page Install App shows it; where several "
    "workspaces have installed the app, name one with --workspace"
)


async def run_manifest(arguments: Namespace, settings: Settings, terminal: Terminal) -> ExitCode:
    """Run what was typed after `manifest`.

    Raises:
        SettingsProblems: a setting that it needs is missing.
        StoreError, SealBroken, OSError: what is stored of a workspace cannot be read.
    """
    if arguments.action == "check":
        return await _check(arguments, settings, terminal)
    if arguments.action == "push":
        return await _push(arguments, settings, terminal)
    return print_manifest(
        terminal, url=arguments.url, socket=arguments.socket, default_url=settings.public_url
    )


async def _check(arguments: Namespace, settings: Settings, terminal: Terminal) -> ExitCode:
    try:
        manifest, token = load_manifest(), await _bot_token(arguments.workspace, settings)
    except ManifestUnusable as error:
        terminal.complain(str(error))
        return ExitCode.FAILED
    except InstallationBroken:
        terminal.complain(f"The workspace {arguments.workspace} has not installed the app.")
        return ExitCode.FAILED
    async with open_session() as session:
        api = WebApi(
            session,
            token=token,
            base_url=settings.slack_api_url,
            now=utc_now,
            observe=Metrics().observe_slack,
        )
        return await check_manifest(api, manifest, terminal, as_json=arguments.json)


async def _bot_token(workspace: str | None, settings: Settings) -> str:
    """The token of the settings, or the stored one of a workspace that installed the app.

    Raises:
        SettingsProblems: none is set, and no workspace is named.
        InstallationBroken: the workspace has not installed the app.
        StoreError, SealBroken, OSError: what is stored cannot be read.
    """
    if workspace is None:
        if settings.slack_bot_token is None:
            raise SettingsProblems([_NOBODY_NAMED])
        return settings.slack_bot_token.get_secret_value()
    database = await Database.open(
        settings.database_url.get_secret_value(), create=False, alone=False
    )
    try:
        stored = SqlWorkspaces(database, build_sealer(settings))
        return (await stored.get(WorkspaceId(workspace))).bot_token
    finally:
        await database.close()


async def _push(arguments: Namespace, settings: Settings, terminal: Terminal) -> ExitCode:
    try:
        manifest = choose_manifest(
            url=arguments.url, socket=arguments.socket, default_url=settings.public_url
        )
    except ManifestUnusable as error:
        terminal.complain(str(error))
        return ExitCode.FAILED
    except ValueError as error:
        terminal.complain(str(error))
        return ExitCode.WRONG_USE
    keyboard = open_keyboard()
    token = _configuration_token(settings, keyboard)
    async with open_session() as session:
        apps = AppManifests(
            session=session, token=token, base_url=settings.slack_api_url, now=utc_now
        )
        push = Push(apps=apps, terminal=terminal, confirm=_confirmation(arguments, keyboard))
        return await push(manifest, arguments.app_id)


def _configuration_token(settings: Settings, keyboard: Keyboard) -> str:
    """The token of the settings, or one that is typed unseen. Raises `SettingsProblems`."""
    if settings.slack_config_token is not None:
        return settings.slack_config_token.get_secret_value()
    if not keyboard.is_there:
        raise SettingsProblems([f"SLACK_CONFIG_TOKEN is missing. {GENERATE_ONE}"])
    try:
        typed = keyboard.ask_secretly("Configuration token (it is not shown): ")
        return slack_token("xoxe.xoxp-")(typed)
    except CannotHide as error:
        line = "SLACK_CONFIG_TOKEN is missing, and this terminal would show what is typed"
        raise SettingsProblems([line]) from error
    except ValueError as error:
        raise SettingsProblems([f"SLACK_CONFIG_TOKEN {error}"]) from error


def _confirmation(arguments: Namespace, keyboard: Keyboard) -> Callable[[str], bool] | None:
    """How to ask whether to go on; `None` where nobody answers."""
    if arguments.yes:
        return lambda _: True
    if not keyboard.is_there:
        return None
    return lambda question: keyboard.ask(question).lower() in ("y", "yes")
