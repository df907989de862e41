"""`manifest check`: what a workspace granted, beside what the manifest asks for."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.cli.arguments import ExitCode
from bot.cli.doctor import print_checks
from bot.cli.terminal import Terminal
from bot.domain.check import Check
from bot.errors import SlackError
from bot.manifest import SCOPE_REASONS, Manifest
from bot.slack.directory import identity
from bot.slack.web_api import WebApi
from bot.usecases.checks.failures import explain

_PAGE = "https://api.slack.com/apps, page Install App."


@dataclass(frozen=True, slots=True)
class Comparison:
    """The scopes that differ; those that are asked for in the order of their reasons."""

    missing: Sequence[str]
    """Asked for, needed and not granted."""
    left_out: Sequence[str]
    """Asked for, optional and not granted."""
    left_over: Sequence[str]
    """Granted and no longer asked for."""

    @classmethod
    def of(cls, manifest: Manifest, granted: Collection[str]) -> Comparison:
        """Compare."""
        absent = sorted(set(manifest.scopes) - set(granted), key=list(SCOPE_REASONS).index)
        return cls(
            missing=[scope for scope in absent if scope not in manifest.optional_scopes],
            left_out=[scope for scope in absent if scope in manifest.optional_scopes],
            left_over=sorted(set(granted) - set(manifest.scopes)),
        )


async def check_manifest(
    api: WebApi, manifest: Manifest, terminal: Terminal, *, as_json: bool
) -> ExitCode:
    """Ask Slack what was granted and print what differs.

    Args:
        api: Slack, with the bot token of the installation.
        manifest: what is asked for.
        terminal: where to print.
        as_json: print one JSON object, also when Slack cannot be asked.
    """
    try:
        account = await identity(api)
    except SlackError as error:
        return _print_failure(explain("Slack", error), terminal, as_json=as_json)
    if not account.scopes:
        cause = "Slack did not say what was granted."
        silent = Check.bad("Slack", cause, "Try again in a few minutes.")
        return _print_failure(silent, terminal, as_json=as_json)
    found = Comparison.of(manifest, account.scopes)
    if as_json:
        terminal.print(json.dumps(_as_json(found, account.team_name), ensure_ascii=False))
        return ExitCode.FAILED if found.missing else ExitCode.DONE
    return print_checks(list(_as_checks(found, account.team_name)), terminal)


def _print_failure(check: Check, terminal: Terminal, *, as_json: bool) -> ExitCode:
    if not as_json:
        return print_checks([check], terminal)
    terminal.print(json.dumps({"error": check.cause, "next_step": check.next_step}))
    return ExitCode.FAILED


def _as_json(found: Comparison, team: str) -> Mapping[str, object]:
    return {
        "workspace": team,
        "missing": {scope: _reason(scope) for scope in found.missing},
        "missing_optional": {scope: _reason(scope) for scope in found.left_out},
        "no_longer_asked_for": found.left_over,
    }


def _as_checks(found: Comparison, team: str) -> Iterator[Check]:
    if found.missing:
        cause = f"Installing again would add what the bot needs: {_listed(found.missing)}."
        step = (
            f"Bring the Slack app up to date with `manifest push`, then install it again: {_PAGE}"
        )
        yield Check.bad("Needed scopes", cause, step)
    else:
        yield Check.good("Needed scopes", f"{team} granted all of them.")
    if found.left_out:
        cause = f"Not granted, so this does not work: {_listed(found.left_out)}."
        step = f"If it is wanted, install the app again and allow them: {_PAGE}"
        yield Check.warning("Optional scopes", cause, step)
    if found.left_over:
        cause = f"Granted, but no longer asked for: {', '.join(found.left_over)}."
        step = "To take them back, remove the app from the workspace and install it anew."
        yield Check.warning("Other scopes", cause, step)


def _listed(scopes: Sequence[str]) -> str:
    return "; ".join(f"{scope} ({_reason(scope)})" for scope in scopes)


def _reason(scope: str) -> str:
    return SCOPE_REASONS[scope].removeprefix("optional: ")
