"""`manifest push`: the Slack app itself, made or brought up to date; no secret is ever printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.cli.arguments import ExitCode
from bot.cli.manifest_changes import find_changes
from bot.cli.push_failures import explain_failure
from bot.cli.terminal import Terminal
from bot.errors import SlackError
from bot.manifest import Manifest
from bot.slack.app_manifests import AppManifests, Complaint, ManifestRefused

APPS_PAGE = "https://api.slack.com/apps"
_MOST_COMPLAINTS = 20

_BASIC = "page Basic Information"
WHERE_VALUES_ARE = {
    "SLACK_SIGNING_SECRET": f"{_BASIC}: Signing Secret (not for Socket Mode)",
    "SLACK_BOT_TOKEN": "page Install App, once it is installed: Bot User OAuth Token",
    "SLACK_APP_TOKEN": f"{_BASIC}: App-Level Tokens, scope connections:write (Socket Mode only)",
    "SLACK_CLIENT_ID": f"{_BASIC}: Client ID (several workspaces only)",
    "SLACK_CLIENT_SECRET": f"{_BASIC}: Client Secret (several workspaces only)",
}
"""Each setting that the Slack app gives, and where its pages show the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Make a Slack app, or bring one up to date, after Slack has checked the manifest."""

    apps: AppManifests
    terminal: Terminal
    confirm: Callable[[str], bool] | None
    """Asks whoever typed the command; `None` where nobody can be asked."""

    async def __call__(self, manifest: Manifest, app_id: str | None) -> ExitCode:
        """Run the command: a new app without an id, otherwise the app of that id."""
        try:
            await self.apps.validate(manifest.document, app_id)
            if app_id is None:
                return await self._create(manifest)
            return await self._update(manifest, app_id)
        except ManifestRefused as refused:
            for line in _complaint_lines(refused.complaints):
                self.terminal.complain(line)
            return ExitCode.FAILED
        except SlackError as error:
            sentence, code = explain_failure(error)
            self.terminal.complain(sentence)
            return code

    async def _create(self, manifest: Manifest) -> ExitCode:
        app_id = await self.apps.create(manifest.document)
        for line in _next_steps(app_id):
            self.terminal.print(line)
        return ExitCode.DONE

    async def _update(self, manifest: Manifest, app_id: str) -> ExitCode:
        changes = find_changes(await self.apps.export(app_id), manifest.document)
        if not changes:
            self.terminal.print(f"The Slack app {app_id} is as it should be: nothing to change.")
            return ExitCode.DONE
        self.terminal.print(f"What would change in the Slack app {app_id}:")
        for change in changes:
            self.terminal.print(f"  {change}")
        if self.confirm is None:
            self.terminal.complain("Nothing was changed. To change it, add --yes.")
            return ExitCode.WRONG_USE
        if not self.confirm("Change it? [y/N] "):
            self.terminal.complain("Nothing was changed.")
            return ExitCode.FAILED
        again = await self.apps.update(app_id, manifest.document)
        self.terminal.print(f"The Slack app {app_id} was changed.")
        if again:
            page = f"page Install App: {APPS_PAGE}/{app_id}"
            self.terminal.print(f"Its scopes are others now. Install it again, {page}")
        return ExitCode.DONE


def _complaint_lines(complaints: tuple[Complaint, ...]) -> Iterator[str]:
    yield "Slack does not take this manifest, so nothing was changed:"
    for place, words in complaints[:_MOST_COMPLAINTS]:
        yield f"  {place or 'the whole'}: {words}"
    if not complaints:
        yield f"  It does not say why. Paste `manifest` at {APPS_PAGE}, which shows more."
    if len(complaints) > _MOST_COMPLAINTS:
        yield f"  And {len(complaints) - _MOST_COMPLAINTS} more."


def _next_steps(app_id: str) -> Iterator[str]:
    yield f"Made the Slack app {app_id}. Its pages: {APPS_PAGE}/{app_id}"
    yield "1. Install it in the workspace: page Install App."
    yield "2. Copy from its pages into the settings; nothing secret is printed here:"
    width = max(map(len, WHERE_VALUES_ARE))
    for setting, where in WHERE_VALUES_ARE.items():
        yield f"     {setting:{width}}  {where}"
    yield "3. Run `doctor`, then start the bot."
    yield "   If the page Event Subscriptions then says that the address is not verified: Retry."
    yield f"To change the app later: manifest push --app-id {app_id}"
