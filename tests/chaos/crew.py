"""The bot's processes, each started again whenever it ends, as a host does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.holds import Kill
from tests.processes import BotProcess, free_port

STARTED_AGAIN_AFTER = 0.5
"""Seconds a host takes to see that a process ended."""


@dataclass
class Member:
    """One place among the processes. Each process in it has a name of its own: `worker-1.3`."""

    name: str
    command: str
    environment: Mapping[str, str]
    folder: Path
    program: Sequence[str] = ("-m", "bot")
    port: int = field(default_factory=free_port)
    starts: int = 0
    kills: list[Kill] = field(default_factory=list)
    running: BotProcess | None = None

    @property
    def process(self) -> str:
        """The name of the process that is in this place now."""
        return f"{self.name}.{self.starts}"

    @property
    def url(self) -> str:
        """Where it listens, if it is one that does."""
        return f"http://127.0.0.1:{self.port}"

    async def kill(self) -> None:
        """End the process as a power cut does."""
        running, process = self.running, self.process
        if running is None:
            return
        await running.kill()
        self.kills.append(Kill(process, time.time()))

    async def keep(self) -> None:
        """Start the process, and start it again whenever it ends; cancelled, it ends for good."""
        try:
            while True:
                self.starts += 1
                own = BotProcess(
                    self._environment(),
                    self.folder / f"{self.name}.log",
                    command=self.command,
                    program=self.program,
                    port=self.port,
                )
                process = await own.spawn()
                self.running = own
                await process.wait()
                self.running = None
                await asyncio.sleep(STARTED_AGAIN_AFTER)
        finally:
            if self.running is not None:
                await self.running.kill()

    def _environment(self) -> Mapping[str, str]:
        url = self.environment["DATABASE_URL"]
        if not url.startswith("postgresql"):
            return self.environment
        named = f"{url}&application_name={self.process}"
        return {**self.environment, "DATABASE_URL": named}


@asynccontextmanager
async def kept(members: Sequence[Member]) -> AsyncIterator[None]:
    """Keep these processes running for as long as the block runs."""
    keeping = [asyncio.create_task(member.keep()) for member in members]
    try:
        yield
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
