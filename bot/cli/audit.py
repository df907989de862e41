"""`audit`: who changed which setting, as JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict

from bot.cli.arguments import ExitCode
from bot.cli.opening import opened_beside
from bot.cli.terminal import Terminal
from bot.domain.audit import AuditEntry
from bot.domain.ids import WorkspaceId
from bot.settings import Settings
from bot.store.audit import SqlAudit


async def run_audit(settings: Settings, workspace: str | None, *, terminal: Terminal) -> ExitCode:
    """Print the record of one workspace, or of each. Raises `BotError`."""
    async with opened_beside(settings) as database:
        audit = SqlAudit(database)
        one = None if workspace is None else [WorkspaceId(workspace)]
        for name in one or await audit.workspaces():
            async for entry in audit.all(name):
                terminal.print(line_of(entry))
    return ExitCode.DONE


def line_of(entry: AuditEntry) -> str:
    """One entry as a JSON object; its time is in UTC (ISO 8601)."""
    facts = {**asdict(entry), "at": entry.at.isoformat(), "action": entry.action.value}
    return json.dumps(facts, ensure_ascii=False)
