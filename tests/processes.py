"""The bot as other people run it: a process of its own, started, killed and started again."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_ROOT = Path(__file__).parent.parent

STARTS_WITHIN = 90.0
"""Seconds a start may take on a busy machine."""


_ports = itertools.count(20_000 + os.getpid() % 100 * 100)
"""Below those that a system gives to outgoing connections; other test processes begin elsewhere."""


def free_port() -> int:
    """A port nobody listens on, and that nobody is given before whoever asked listens on it."""
    for port in _ports:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("every port is taken")


@dataclass
class BotProcess:
    """`python -m bot …` with nothing of this machine's settings but these."""

    environment: Mapping[str, str]
    log: Path
    command: str = "web"
    program: Sequence[str] = ("-m", "bot")
    """What Python runs: the bot, or a file that changes something about it first."""
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        await self.spawn()
        if self.command == "web":
            await self._ready()

    async def spawn(self) -> asyncio.subprocess.Process:
        """Start it, and wait for nothing."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"PORT": str(self.port), "LOG_FORMAT": "json", "PYTHONPATH": str(_ROOT)}
        settings = {**own, **self.environment}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.program,
                self.command,
                env={**kept, **settings},
                cwd=self.log.parent,
                stdout=log,
                stderr=log,
            )
        return self.process

    async def kill(self) -> None:
        """End it as a power cut does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end, and wait until it has; returns its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        return await self.process.wait()

    async def _ready(self) -> None:
        assert self.process is not None
        async with httpx.AsyncClient(base_url=self.url) as http, asyncio.timeout(STARTS_WITHIN):
            while self.process.returncode is None:
                with suppress(httpx.TransportError):
                    if (await http.get("/readyz")).is_success:
                        return
                await asyncio.sleep(0.02)
        raise AssertionError(f"the bot ended by itself; see {self.log}")
