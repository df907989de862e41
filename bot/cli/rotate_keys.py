"""`rotate-keys`: every secret in the database sealed anew with the first encryption key."""

from __future__ import annotations

from bot.cli.arguments import ExitCode
from bot.cli.opening import opened_beside
from bot.cli.terminal import Terminal
from bot.settings import Settings
from bot.store.resealing import Reseal, Resealed
from bot.stores import build_sealer


async def run_rotate_keys(settings: Settings, terminal: Terminal) -> ExitCode:
    """Seal anew and say what was done. Raises `StoreError`."""
    async with opened_beside(settings) as database:
        found = await Reseal(database, build_sealer(settings))()
    return report(found, terminal)


def report(found: list[Resealed], terminal: Terminal) -> ExitCode:
    """Say what was done, and whether older keys are of any more use."""
    for each in found:
        if each.changed or each.unchanged:
            terminal.print(
                f"{each.column}: {each.changed} sealed anew, {each.unchanged} were already"
            )
    unreadable = [each for each in found if each.unreadable]
    for each in unreadable:
        terminal.complain(f"{each.column}: {each.unreadable} that no key in ENCRYPTION_KEY opens")
    if unreadable:
        terminal.complain(
            "They were left as they are. Add the key that sealed them to ENCRYPTION_KEY and run "
            "this again; if it is lost, connect those workspaces again."
        )
        return ExitCode.FAILED
    terminal.print("Everything is sealed with the first key. The others can be taken away.")
    return ExitCode.DONE
