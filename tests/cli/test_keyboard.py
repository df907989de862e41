"""A real terminal: what is typed there, and what it shows."""

from __future__ import annotations

import asyncio
import getpass
import os
import pty
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.keyboard import CannotHide, open_keyboard
from bot.demo.fake_slack import FakeSlack
from bot.demo.fake_slack.manifests import App
from bot.manifest import for_socket_mode, load_manifest
from tests.cli.manifest_stage import served_slack

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 30.0


@dataclass
class Terminal:
    """A terminal with a command in it."""

    process: asyncio.subprocess.Process
    side: int
    shown: str = ""

    async def wait_for(self, text: str) -> None:
        """Read along until a text is shown."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.shown:
                self.shown += await asyncio.to_thread(self._read)

    def type_in(self, line: str) -> None:
        """Type a line."""
        os.write(self.side, f"{line}\n".encode())

    async def end(self) -> int:
        """Read the rest; returns the exit code."""
        code = await self.process.wait()
        while more := await asyncio.to_thread(self._read):
            self.shown += more
        return code

    def _read(self) -> str:
        try:
            return os.read(self.side, 4_096).decode()
        except OSError:  # Linux says so when nobody has the other side open any more
            return ""


@asynccontextmanager
async def terminal(slack: FakeSlack, folder: Path, *words: str) -> AsyncIterator[Terminal]:
    """Run a command on a terminal of its own, without a configuration token in its settings."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_API_URL": slack.api_url,
        },
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)


async def test_a_token_that_is_typed_is_not_shown(tmp_path: Path) -> None:
    """It works all the same; a yes is shown, as everything else that is typed."""
    words = ("manifest", "push", "--socket", "--app-id", "A0BEFORE")
    async with served_slack() as slack, terminal(slack, tmp_path, *words) as screen:
        document = deepcopy(dict(for_socket_mode(load_manifest()).document))
        document["display_information"]["name"] = "Old"
        app = slack.manifests.apps["A0BEFORE"] = App(
            id="A0BEFORE", manifest=document, client_id="1.2"
        )

        await screen.wait_for("(it is not shown): ")
        screen.type_in(slack.manifests.token)
        await screen.wait_for("Change it? [y/N] ")
        screen.type_in("yes")
        code = await screen.end()

    assert (code, app.updates) == (0, 1)
    assert "[y/N] yes" in screen.shown
    assert slack.manifests.token not in screen.shown
    assert slack.manifests.token[:12] not in screen.shown


async def test_an_end_of_typing_is_no_answer(tmp_path: Path) -> None:
    """Control-D where the token belongs ends the command with a line."""
    async with (
        served_slack() as slack,
        terminal(slack, tmp_path, "manifest", "push", "--socket") as screen,
    ):
        await screen.wait_for("(it is not shown): ")
        os.write(screen.side, b"\x04")
        code = await screen.end()

    assert code == 2
    assert "SLACK_CONFIG_TOKEN must start with xoxe.xoxp-" in screen.shown
    assert slack.calls == []


def test_without_a_terminal_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe asks and answers nothing."""
    read, write = os.pipe()
    os.close(write)

    with os.fdopen(read) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)

        assert not open_keyboard().is_there


def test_what_would_be_shown_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python only warns where it cannot hide what is typed, and goes on."""

    def show(_: str) -> str:
        warnings.warn("it may be shown", getpass.GetPassWarning, stacklevel=2)
        return "typed"

    monkeypatch.setattr(getpass, "getpass", show)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(CannotHide):
            open_keyboard().ask_secretly("Token: ")
