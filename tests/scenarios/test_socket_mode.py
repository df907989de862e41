"""Without a public address: everything comes over a connection the bot has opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.socket_mode import SocketDoor, socket_mode
from bot.demo.stage import APP_NAME, ASKER, CHANNEL
from bot.messages import actions
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
