"""`manifest`: printed for the deployment it is asked for."""

from __future__ import annotations

import io
from typing import Any

import pytest
import yaml

from bot.cli.arguments import ExitCode
from bot.cli.manifest import print_manifest
from bot.cli.terminal import Terminal
from bot.manifest import ManifestUnusable


def _print(
    *, url: str | None = None, socket: bool = False, default_url: str | None = None
) -> tuple[ExitCode, Any, str]:
    out, err = io.StringIO(), io.StringIO()
    code = print_manifest(Terminal(out, err), url=url, socket=socket, default_url=default_url)
    return code, yaml.safe_load(out.getvalue()), err.getvalue()


def _address(document: Any) -> str | None:
    address: str | None = document["settings"]["interactivity"].get("request_url")
    return address


def test_the_address_that_was_typed_wins() -> None:
    """The setting stands in only when none was typed; a slash at the end does not matter."""
    _, typed, _ = _print(url="https://typed.example.com/", default_url="https://set.example.com")
    _, default, _ = _print(default_url="https://set.example.com")

    assert _address(typed) == "https://typed.example.com/slack/events"
    assert _address(default) == "https://set.example.com/slack/events"


def test_socket_mode_needs_no_address() -> None:
    """Even when one is set."""
    code, document, _ = _print(socket=True, default_url="https://set.example.com")

    assert code is ExitCode.DONE
    assert _address(document) is None
    assert document["settings"]["socket_mode_enabled"] is True


def test_without_an_address_the_example_must_be_replaced() -> None:
    """The manifest is printed all the same, with a word about what to do."""
    code, document, said = _print()

    assert code is ExitCode.DONE
    assert _address(document) == "https://meeting-summary.example.com/slack/events"
    assert "replace meeting-summary.example.com" in said


@pytest.mark.parametrize("url", ["http://bot.example.com", "bot.example.com", ""])
def test_an_address_slack_would_refuse_is_wrong_use(url: str) -> None:
    """Slack calls https addresses alone."""
    code, document, said = _print(url=url)

    assert code is ExitCode.WRONG_USE
    assert document is None
    assert said.startswith("--url must be")


def test_a_broken_manifest_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is printed that Slack would not take."""

    def fail() -> None:
        raise ManifestUnusable("manifest.yml lacks a part")

    monkeypatch.setattr("bot.cli.manifest.load_manifest", fail)

    code, document, said = _print(socket=True)

    assert (code, document, said) == (ExitCode.FAILED, None, "manifest.yml lacks a part\n")


def test_an_address_and_socket_mode_exclude_each_other() -> None:
    """On either side of `push` they can both be typed."""
    code, document, said = _print(url="https://typed.example.com", socket=True)

    assert (code, document) == (ExitCode.WRONG_USE, None)
    assert said == "--url and --socket exclude each other: keep one of them\n"
