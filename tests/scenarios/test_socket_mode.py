"""Without a public address: everything comes over a connection the bot has opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.socket_mode import SocketDoor, socket_mode
from bot.demo.stage import API_TOKEN, APP_NAME, ASKER, CHANNEL
from bot.domain.audit import OPERATOR
from bot.domain.credentials import Credentials
from bot.domain.ids import WorkspaceId
from bot.domain.installation import BotToken
from bot.messages import actions
from bot.store.credentials import SqlCredentials
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import SqlInstallations
from bot.store.migrate import migrate
from tests.browsing import KEY, oauth_settings
from tests.fakes import NOON
from tests.installing import a_new_installation
from tests.processes import BotProcess
from tests.scenarios.test_process import Machine, machine
from tests.scenarios.world import PATIENCE, until

__all__ = ["machine"]


@asynccontextmanager
async def at_the_socket(machine: Machine) -> AsyncIterator[tuple[BotProcess, Person, SocketDoor]]:
    """`python -m bot socket`, connected, and Dana; stopped at the end."""
    slack = machine.stage.slack
    machine.extra |= {"SLACK_APP_TOKEN": slack.app_token, "SLACK_SIGNING_SECRET": ""}
    process = BotProcess(machine.environment, machine.folder / "bot.log", command="socket")
    async with socket_mode(slack) as door:
        await process.start()
        dana = Person(id=ASKER, team=slack.team, door=door, slack_url=slack.url)
        try:
            async with asyncio.timeout(PATIENCE):
                await door.connected.wait()
            yield process, dana, door
        finally:
            await process.stop()


async def test_a_command_over_the_socket_becomes_a_thread(machine: Machine) -> None:
    """Acknowledged over the socket with the private answer, posted by the Web API."""
    async with at_the_socket(machine) as (process, dana, _):
        ack = await dana.command(f"{APP_NAME} {machine.meeting()}", CHANNEL)
        await until(lambda: list(map(len, machine.threads().values())) == [1])
        [[reply]] = machine.threads().values()
        await dana.press(actions.GET_FILE, reply, channel=CHANNEL)
        await until(lambda: len(dana.answers) == 2)
        code = await process.stop()

    assert ack.is_taken
    assert dana.answers[0].text.startswith("On it: the summary will be posted here.")
    assert dana.answers[1].text.startswith("Here is the summary's file.")
    assert code == 0
    assert machine.stage.slack.app_token not in machine.log
    assert "ticket=" not in machine.log


async def test_any_number_of_workspaces_over_the_socket(machine: Machine) -> None:
    """Tokens come from the database: the settings name no workspace and no account."""
    stage = machine.stage
    machine.extra |= oauth_settings(stage.slack)
    database = await Database.open(machine.environment["DATABASE_URL"])
    await migrate(database)
    home, sealer = WorkspaceId(stage.slack.team.id), Sealer([KEY])
    token = BotToken(value=stage.slack.team.token)
    await SqlInstallations(database, sealer).put(a_new_installation(workspace=home, token=token))
    await SqlCredentials(database, sealer).connect(
        home,
        Credentials(account_id=stage.account.id, api_token=API_TOKEN),
        who=OPERATOR,
        at=NOON,
    )
    await database.close()

    async with at_the_socket(machine) as (_, dana, _):
        await dana.command(f"{APP_NAME} {machine.meeting()}", CHANNEL)
        await until(lambda: list(map(len, machine.threads().values())) == [1])

    assert stage.slack.calls_of("auth.test") == []


async def test_a_connection_slack_renews_loses_nothing(machine: Machine) -> None:
    """The bot connects anew, and the next command is as good as the first."""
    async with at_the_socket(machine) as (_, dana, door):
        await door.ask_to_reconnect()
        async with asyncio.timeout(PATIENCE):
            await door.connected.wait()
        ack = await dana.command(f"{APP_NAME} {machine.meeting()}", CHANNEL)
        await until(lambda: list(map(len, machine.threads().values())) == [1])

    assert ack.is_taken


@pytest.mark.parametrize("token", ["xapp-1-A0SUMMARY-revoked", "xapp-1-A0OTHER-0"])
async def test_an_app_token_that_will_never_do_ends_the_start(machine: Machine, token: str) -> None:
    """One line, exit code 1, instead of asking for ever."""
    machine.extra |= {"SLACK_APP_TOKEN": token}

    code, printed = await machine.run("socket")

    assert code == 1
    assert "install it again" in printed
    assert token not in printed
    assert "Traceback" not in printed
