"""The checks of `doctor`, put together for one workspace: the same in Slack and in the terminal."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from bot.connections import Connections
from bot.domain.workspace import Workspace
from bot.manifest import OPTIONAL_SCOPES, SCOPE_REASONS
from bot.slack.directory import identity
from bot.store.engine import Database
from bot.store.migrate import is_current
from bot.usecases.check_setup import CheckSetup, Schema, SlackAccount, WantedScopes, probes_for
from bot.web.reach import reach


@dataclass(frozen=True, slots=True)
class OpenSchema:
    """The tables of an open database: is a `Schema`."""

    database: Database

    async def is_current(self) -> bool:
        """Whether the tables are this version's."""
        return await is_current(self.database)


def build_checks(connections: Connections, workspace: Workspace, schema: Schema) -> CheckSetup:
    """Build the checks that apply to a workspace."""

    def identify() -> Awaitable[SlackAccount]:
        return identity(connections.slack_api(workspace.bot_token))

    connected = workspace.account_id and workspace.api_token
    return CheckSetup(
        probes_for(
            identify=identify if workspace.bot_token else None,
            wanted=WantedScopes(SCOPE_REASONS.keys(), OPTIONAL_SCOPES),
            meetings=connections.realtimekit(workspace) if connected else None,
            schema=schema,
            public_url=connections.settings.public_url,
            reach=reach,
            now=connections.now,
        )
    )
