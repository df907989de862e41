"""The methods that check, make and change Slack apps, with a configuration token.

Sources: https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests and
https://docs.slack.dev/reference/methods/apps.manifest.create
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp

from bot.errors import SlackError
from bot.setting_values import slack_app_id
from bot.slack.failures import FAILURES, read_failure, read_retry_after
from bot.slack.refusals import in_doubt, read_code, read_refusal
from bot.usecases.ports import Clock

_MANIFEST_CODES = frozenset({"invalid_manifest", "invalid_app"})
_LONGEST_COMPLAINT = 300
"""Characters of one complaint: Slack's are sentences."""


class Complaint(NamedTuple):
    """One thing Slack does not take in a manifest, in Slack's own words."""

    place: str
    """Such as `features.slash_commands.0.url`; empty for the manifest as a whole."""
    words: str


class ManifestRefused(Exception):
    """Slack does not take the manifest; `complaints` say what and where."""

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        """Keep the complaints; there may be none, when Slack does not say."""
        super().__init__(f"{len(complaints)} complaints")
        self.complaints = complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class AppManifests:
    """What a configuration token can do. Every call is made once.

    Bot tokens cannot do any of it, and the answers hold an app's secrets: of each, only what is
    named here is read, and nothing is logged.
    """

    session: aiohttp.ClientSession = field(repr=False)
    token: str = field(repr=False)
    base_url: str
    now: Clock

    async def validate(self, manifest: Mapping[str, Any], app_id: str | None = None) -> None:
        """Have a manifest checked, for a new app or for one that exists.

        Raises:
            ManifestRefused: Slack would not take it.
            SlackError: it could not be checked.
        """
        arguments = {"manifest": json.dumps(manifest)}
        if app_id is not None:
            arguments["app_id"] = app_id
        await self._call("apps.manifest.validate", arguments)

    async def export(self, app_id: str) -> Mapping[str, Any]:
        """The manifest an app has now. Raises `SlackError`."""
        reply = await self._call("apps.manifest.export", {"app_id": app_id})
        manifest = reply.get("manifest")
        if not isinstance(manifest, Mapping):
            raise in_doubt("no_manifest", sending=False)
        return manifest

    async def create(self, manifest: Mapping[str, Any]) -> str:
        """Make an app; returns its id. The credentials Slack answers with are not looked at.

        Raises:
            ManifestRefused: Slack does not take the manifest.
            SendUnconfirmed: the app may or may not have been made.
            SlackError: it was not made.
        """
        arguments = {"manifest": json.dumps(manifest)}
        reply = await self._call("apps.manifest.create", arguments, sending=True)
        try:
            return slack_app_id(str(reply.get("app_id")))
        except ValueError:
            failure = in_doubt("no_app_id", sending=True)
        raise failure

    async def update(self, app_id: str, manifest: Mapping[str, Any]) -> bool:
        """Replace an app's whole configuration; returns whether its permissions changed.

        Raises:
            ManifestRefused: Slack does not take the manifest.
            SlackError: it was not changed, or nobody knows; the same again does no harm.
        """
        arguments = {"app_id": app_id, "manifest": json.dumps(manifest)}
        reply = await self._call("apps.manifest.update", arguments)
        return reply.get("permissions_updated") is True

    async def _call(
        self, method: str, arguments: Mapping[str, str], *, sending: bool = False
    ) -> Mapping[str, Any]:
        """Call a method with a form; `sending` as in `refusals.read_refusal`."""
        try:
            async with self.session.post(
                self.base_url + method,
                data=arguments,
                headers={"Authorization": f"Bearer {self.token}"},
                allow_redirects=False,
            ) as response:
                reply = _parse(await response.read())
        except FAILURES as error:
            failure = read_failure(error, sending=sending, now=self.now())
        else:
            if isinstance(reply, Mapping) and reply.get("ok") is True:
                return reply
            if isinstance(reply, Mapping) and read_code(reply) in _MANIFEST_CODES:
                raise ManifestRefused(tuple(read_complaints(reply)))
            failure = self._refusal(response, reply, sending=sending)
        raise failure

    def _refusal(
        self, response: aiohttp.ClientResponse, reply: object, *, sending: bool
    ) -> SlackError:
        wait = read_retry_after(response.headers.get("Retry-After"), now=self.now())
        return read_refusal(response.status, reply, sending=sending, retry_after=wait)


def read_complaints(reply: Mapping[str, Any]) -> Iterator[Complaint]:
    """Read the `errors` of an answer; what has another form is left out."""
    errors = reply.get("errors")
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("message"), str):
            words = " ".join(each["message"].split())[:_LONGEST_COMPLAINT]
            pointer = each.get("pointer")
            place = pointer if isinstance(pointer, str) else ""
            yield Complaint(".".join(place.split("/")).strip("."), words)


def _parse(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
