"""The process as an operator knows it: starts, refusals to start, stops, and what it logs."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.connections import utc_now
from bot.demo.fake_slack import SIGNING_SECRET
from bot.demo.fake_slack.faults import answer, error
from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.state import Message
from bot.demo.stage import API_TOKEN, APP_NAME, CHANNEL, Stage, open_stage
from bot.domain.ids import SessionId
from bot.messages import actions
from tests.leaks import found, secrets_of
from tests.processes import STARTS_WITHIN, BotProcess, free_port
from tests.scenarios.world import SUMMARY, until

PROJECT = Path(__file__).parents[2]


@dataclass
class Machine:
    """The stand-ins by the real clock, and a folder for the bot's database and log."""

    stage: Stage
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the bot."""
        return self.stage.environment(f"sqlite:///{self.folder / 'bot.db'}") | self.extra

    @property
    def log(self) -> str:
        """Everything the bot has written so far."""
        log = self.folder / "bot.log"
        return log.read_text() if log.exists() else ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log, line by line."""
        return [json.loads(line) for line in self.log.splitlines()]

    def threads(self) -> dict[str, list[Message]]:
        """The replies of each parent in the channel."""
        there = self.stage.slack.team.channels[CHANNEL]
        return {parent.ts: there.replies(parent.ts) for parent in there.parents}

    def meeting(self, title: str = "Weekly planning") -> SessionId:
        """A meeting with a summary."""
        session = self.stage.kit.state.add_session(self.stage.app, title=title)
        self.stage.kit.state.add_summary(session, SUMMARY)
        return session

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[BotProcess, Person]]:
        """The bot in a process of its own, with Dana at the door; stopped at the end."""
        process = BotProcess(self.environment, log=self.folder / "bot.log")
        await process.start()
        async with httpx.AsyncClient(base_url=process.url, trust_env=False) as http:
            try:
                yield process, self.stage.person(http)
            finally:
                await process.stop()

    async def run(self, *arguments: str, **changes: str) -> tuple[int, str]:
        """A command that ends by itself: its exit code, and everything it printed."""
        own = {"PORT": str(free_port()), **changes}
        return await run_bot(self.folder, self.environment | own, *arguments)


async def run_bot(folder: Path, given: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Run `python -m bot …` with these settings alone."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **given}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(STARTS_WITHIN):
        printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    """Both stand-ins, and an empty folder."""
    async with open_stage(utc_now) as stage:
        ready = Machine(stage, tmp_path)
        yield ready
        assert found(ready.log, secrets_of(stage)) == [], "in the log"


async def test_a_stop_finishes_what_runs_and_a_restart_posts_the_rest(machine: Machine) -> None:
    """SIGTERM in the middle of five deliveries: exit code 0 in time, one thread each at the end."""
    sessions = [machine.meeting(f"Meeting {number}") for number in range(5)]
    async with machine.running() as (process, dana):
        for session in sessions:
            ack = await dana.command(f"{APP_NAME} {session}", CHANNEL)
            assert ack.status == 200
        await until(lambda: len(machine.threads()) >= 1)

        begun = time.monotonic()
        code = await process.stop()

    took, at_the_stop = time.monotonic() - begun, machine.threads()
    assert code == 0
    assert took < 10
    assert all(len(replies) == 1 for replies in at_the_stop.values())
    assert len(at_the_stop) < 5
    async with machine.running():
        await until(lambda: list(map(len, machine.threads().values())) == [1] * 5)


async def test_wrong_settings_are_all_named_at_once_and_none_is_repeated(tmp_path: Path) -> None:
    """Exit code 2, a line for each problem, and no secret among them."""
    given = {
        "SLACK_BOT_TOKEN": "xoxp-the-wrong-kind-of-secret",
        "CLOUDFLARE_API_TOKEN": "s3cr3t with spaces",
        "PORT": "many",
        "LOG_FORMAT": "poem",
    }

    code, printed = await run_bot(tmp_path, given, "web")

    named = ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN", "PORT", "LOG_FORMAT")
    assert code == 2
    assert all(sum(name in line for line in printed.splitlines()) == 1 for name in named), printed
    assert "Traceback" not in printed
    assert not any(secret in printed for secret in ("wrong-kind", "s3cr3t"))


async def test_a_second_process_on_the_same_file_is_refused(machine: Machine) -> None:
    """One line says why and what to do; the first goes on as if nothing had happened."""
    async with machine.running() as (_, dana):
        code, printed = await machine.run("web")

        await dana.command(f"{APP_NAME} {machine.meeting()}", CHANNEL)
        await until(lambda: list(map(len, machine.threads().values())) == [1])

    said = [line for line in printed.splitlines() if "Another copy of this bot" in line]
    assert code == 1
    assert len(said) == 1
    assert "Stop the other copy, then start again." in said[0]
    assert "Traceback" not in printed


async def test_a_port_somebody_else_has_is_named(machine: Machine) -> None:
    """Exit code 1 and a line with the reason."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, printed = await machine.run("web", PORT=port)

    assert code == 1
    assert "ddress already in use" in printed
    assert "Traceback" not in printed


async def test_a_first_start_needs_slack(machine: Machine) -> None:
    """Without ever having heard whose token it is, there is nobody to serve."""
    machine.stage.slack.faults.add("auth.test", answer(502).always())

    code, printed = await machine.run("web")

    assert code == 1
    assert "Slack could not be reached" in printed
    assert "Traceback" not in printed
    assert machine.stage.slack.team.token not in printed


async def test_a_start_with_a_dead_token_says_what_to_do(machine: Machine) -> None:
    """Slack refuses the token: that is a matter for whoever installed the app."""
    machine.stage.slack.faults.add("auth.test", error("invalid_auth").always())

    code, printed = await machine.run("web")

    assert code == 1
    assert "install it again" in printed
    assert "invalid_auth" not in printed
    assert machine.stage.slack.team.token not in printed


async def test_a_later_start_goes_on_without_slack(machine: Machine) -> None:
    """Who it is was stored; commands are taken, and posted when Slack is back."""
    async with machine.running():
        pass
    down = answer(502).always()
    machine.stage.slack.faults.add("auth.test", down)
    machine.stage.slack.faults.add("chat.postMessage", error("service_unavailable").always())

    async with machine.running() as (_, dana):
        ack = await dana.command(f"{APP_NAME} {machine.meeting()}", CHANNEL)
        await until(lambda: len(machine.stage.slack.calls_of("chat.postMessage")) > 0)
        machine.stage.slack.faults.clear()
        await until(lambda: list(map(len, machine.threads().values())) == [1])

    assert ack.status == 200
    assert any("slack not reached" in line["event"] for line in machine.lines)


async def test_the_log_has_one_line_a_delivery_and_no_secret(machine: Machine) -> None:
    """Even at DEBUG, of a run with posts, failures, private links and a file."""
    machine.extra["LOG_LEVEL"] = "DEBUG"
    refused = error("is_archived").only_for(lambda given: given["channel"] == "C0SHUT")
    machine.stage.slack.faults.add("chat.postMessage", refused)
    machine.stage.slack.team.add_channel("C0SHUT", "shut", members=("U0DANA",))
    good, bad, long = machine.meeting("Secret merger"), machine.meeting(), machine.meeting()
    machine.stage.kit.state.add_summary(long, "Confidential paragraph of many words.\n\n" * 2_000)

    async with machine.running() as (_, dana):
        await dana.command(f"{APP_NAME} {good}", CHANNEL)
        await dana.command(f"{APP_NAME} {bad}", "C0SHUT")
        await dana.command(f"{APP_NAME} {long}", CHANNEL)
        await dana.command("doctor", CHANNEL)
        await dana.command("", CHANNEL)
        await until(lambda: sorted(map(len, machine.threads().values())) == [1, 2])
        for replies in machine.threads().values():
            await dana.press(actions.GET_FILE, replies[-1], channel=CHANNEL)
        await until(lambda: len(dana.answers) == 8)

    deliveries = [line for line in machine.lines if line["event"] == "delivery"]
    assert sorted(line["outcome"] for line in deliveries) == ["failed", "posted", "posted"]
    told = [answer.text for answer in dana.answers if "Reference" in answer.text]
    [failed] = [line["reference"] for line in deliveries if line["outcome"] == "failed"]
    assert any(failed in text for text in told)
    secrets = {
        machine.stage.slack.team.token,
        API_TOKEN,
        SIGNING_SECRET,
        "ship on Thursday",
        "Confidential",
        "Secret merger",
        "X-Amz-Signature=",
        *machine.stage.slack.team.response_urls,
        *machine.stage.slack.team.triggers,
    }
    assert [secret for secret in secrets if secret in machine.log] == []
