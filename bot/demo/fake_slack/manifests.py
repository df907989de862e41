"""`apps.manifest.*`: Slack apps made and changed with a configuration token.

Source: https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.demo.fake_slack.arguments import Method
from bot.demo.fake_slack.manifest_rules import find_complaints
from bot.demo.fake_slack.rate_limits import RateLimits
from bot.demo.fake_slack.refused import Refused

PREFIX = "apps.manifest."


@dataclass(slots=True, kw_only=True)
class App:
    """An app as Slack's pages show it, its secrets included."""

    id: str
    manifest: dict[str, Any]
    client_id: str
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)
    updates: int = 0

    @property
    def credentials(self) -> tuple[str, ...]:
        """What nobody but the app's owners may read."""
        return (self.client_secret, self.signing_secret, self.verification_token)


@dataclass(slots=True, kw_only=True)
class Manifests:
    """The apps of whoever has the configuration token, found by their ids."""

    limits: RateLimits
    token: str = field(default_factory=lambda: f"xoxe.xoxp-1-{secrets.token_hex(24)}", repr=False)
    is_expired: bool = False
    """Whether the token's twelve hours are over."""
    apps: dict[str, App] = field(default_factory=dict)

    def answer(
        self, name: str, given: Mapping[str, Any], token: str | None, *, is_json: bool
    ) -> dict[str, Any]:
        """Carry a call out. Raises `Refused`."""
        self._check(token)
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        self.limits.count_call("configuration", name, method.tier)
        return method.act(self, method.read(given, is_json=is_json))

    def _check(self, token: str | None) -> None:
        if not token:
            raise Refused("not_authed")
        if token.startswith(("xoxb-", "xoxp-", "xapp-")):
            raise Refused("not_allowed_token_type")
        if token != self.token:
            raise Refused("invalid_auth")
        if self.is_expired:
            raise Refused("token_expired")

    def find(self, app_id: str) -> App:
        """The app of that id. Raises `Refused`."""
        if not app_id.startswith("A"):
            raise Refused("invalid_app_id")
        if app_id not in self.apps:
            raise Refused("app_not_found")
        return self.apps[app_id]


def validate(manifests: Manifests, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check a manifest, and change nothing."""
    if "app_id" in given:
        manifests.find(given["app_id"])
    read_manifest(given["manifest"])
    return {"errors": []}


def create(manifests: Manifests, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make an app. The answer has its secrets."""
    manifest = read_manifest(given["manifest"])
    app = App(
        id=f"A0{secrets.token_hex(4).upper()}",
        manifest=manifest,
        client_id=f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}",
    )
    manifests.apps[app.id] = app
    asked = urlencode({"client_id": app.client_id, "scope": ",".join(_scopes(manifest))})
    return {
        "app_id": app.id,
        "credentials": {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "verification_token": app.verification_token,
            "signing_secret": app.signing_secret,
        },
        "oauth_authorize_url": f"https://slack.com/oauth/v2/authorize?{asked}",
    }


def update(manifests: Manifests, given: Mapping[str, Any]) -> dict[str, Any]:
    """Replace all of an app's configuration."""
    app = manifests.find(given["app_id"])
    manifest = read_manifest(given["manifest"])
    changed = set(_scopes(manifest)) != set(_scopes(app.manifest))
    app.manifest = manifest
    app.updates += 1
    return {"app_id": app.id, "permissions_updated": changed}


def export(manifests: Manifests, given: Mapping[str, Any]) -> dict[str, Any]:
    """Show an app's configuration."""
    return {"manifest": _as_slack_shows_it(manifests.find(given["app_id"]).manifest)}


def read_manifest(text: str) -> dict[str, Any]:
    """Read a manifest that came as JSON inside a string. Raises `Refused`."""
    try:
        manifest = json.loads(text)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict):
        complaint = {"message": "Manifest must be a JSON object", "pointer": "/"}
        raise Refused("invalid_manifest", errors=[complaint])
    complaints = [
        {"message": problem.words, "pointer": problem.pointer}
        for problem in find_complaints(manifest)
    ]
    if complaints:
        raise Refused("invalid_manifest", errors=complaints)
    return manifest


def _as_slack_shows_it(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The same configuration in another order, with what was left out spelt out as "no"."""
    shown = deepcopy(dict(manifest))
    shown.pop("_metadata", None)
    for scopes in shown.setdefault("oauth_config", {}).get("scopes", {}).values():
        scopes.reverse()
    shown["oauth_config"]["pkce_enabled"] = False
    for name in ("org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled"):
        shown.setdefault("settings", {}).setdefault(name, False)
    return shown


def _scopes(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ()))


# Tiers: https://docs.slack.dev/apis/web-api/rate-limits, as each method's page says.
METHODS: Mapping[str, Method[Manifests]] = {
    f"{PREFIX}validate": Method(
        act=validate, required={"manifest": "text"}, optional={"app_id": "text"}, tier=3
    ),
    f"{PREFIX}create": Method(act=create, required={"manifest": "text"}, tier=1),
    f"{PREFIX}update": Method(act=update, required={"app_id": "text", "manifest": "text"}, tier=1),
    f"{PREFIX}export": Method(act=export, required={"app_id": "text"}, tier=3),
}
