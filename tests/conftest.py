"""What every test may rely on: no network but loopback, no settings of this machine, profiles."""

from __future__ import annotations

import ipaddress
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

for _name, _examples in {"default": 50, "bench": 5, "nightly": 2_000}.items():
    settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=None,  # a busy machine is no bug
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_left_the_machine: list[str] = []


class LeftTheMachineError(AssertionError):
    """A test tried to reach something other than this machine."""


def _stays_here(host: object) -> bool:
    """Whether a host is loopback, or no host at all (a file's name, a wildcard to listen on)."""
    text = host.decode() if isinstance(host, bytes) else str(host or "")
    if text in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_to_leave(event: str, arguments: tuple[object, ...]) -> None:
    """Stop connections and name look-ups that would leave the machine (an audit hook)."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host: object = arguments[1][0]
    elif event == "socket.getaddrinfo" and not _is_address(arguments[0]):
        host = arguments[0]
    else:
        return
    if not _stays_here(host):
        _left_the_machine.append(f"{event} {host!r}")
        raise LeftTheMachineError(_left_the_machine[-1])


def _is_address(host: object) -> bool:
    """Whether a host is written as numbers, so that looking it up asks nobody."""
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False
    return True


sys.addaudithook(_refuse_to_leave)


@pytest.fixture(autouse=True)
def stay_on_this_machine() -> Iterator[None]:
    """Fail a test that tried to leave the machine, even if its code swallowed the refusal."""
    _left_the_machine.clear()
    yield
    assert _left_the_machine == []


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget this machine's settings, so that no test depends on where it runs."""
    prefixes = ("SLACK_", "CLOUDFLARE_", "REALTIMEKIT_", "LOG_")
    names = {"PUBLIC_URL", "DATABASE_URL", "ENCRYPTION_KEY", "ALLOW_LOCAL_DOWNLOADS"}
    names |= {"RUN_WORKER", "PORT", "HOST"}
    for name in list(os.environ):
        if name.upper().startswith(prefixes) or name.upper() in names:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    """Leave logging as it was found: pytest has handlers of its own."""
    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The folder that holds `pyproject.toml`."""
    return Path(__file__).parent.parent
