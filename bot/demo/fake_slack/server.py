"""The make-believe Slack's HTTP side: the Web API, uploads and response URLs."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.demo.fake_slack.answers import take_answer
from bot.demo.fake_slack.arguments import Method, read_request
from bot.demo.fake_slack.faults import Fault, Faults
from bot.demo.fake_slack.manifests import PREFIX, Manifests
from bot.demo.fake_slack.methods import METHODS
from bot.demo.fake_slack.oauth import OAuth
from bot.demo.fake_slack.rate_limits import RateLimits
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.state import Call, File
from bot.demo.fake_slack.team import Team
from bot.demo.serving import DROP

Act = Callable[[], Response]


class Server:
    """Answers calls of the app, spoiled where a fault is scripted, and writes all of them down."""

    def __init__(self, teams: Mapping[str, Team], limits: RateLimits) -> None:
        """Serve these workspaces, found by their bot tokens."""
        self.teams = teams
        self.limits = limits
        self.manifests = Manifests(limits=limits)
        """The apps that a configuration token can make and change."""
        self.oauth = OAuth(now=limits.now, teams=teams)
        """How the app is installed."""
        self.faults = Faults()
        self.calls: list[Call] = []
        self.latency = 0.0
        """Seconds every answer takes."""
        self.app_token = f"xapp-1-A0SUMMARY-{secrets.token_hex(12)}"
        """The app's own token, which opens connections for Socket Mode."""
        self.new_connection: Callable[[], str] | None = None
        """Makes an address for one such connection; without it Socket Mode is off."""
        self.app = Starlette(
            routes=[
                Route("/api/apps.connections.open", self._open_connection, methods=["POST"]),
                Route(f"/api/{PREFIX}{{method}}", self._manifest, methods=["POST"]),
                Route("/oauth/v2/authorize", self.oauth.authorize, methods=["GET", "POST"]),
                Route("/api/oauth.v2.access", self._access, methods=["POST"]),
                Route("/api/{method:path}", self._method, methods=["GET", "POST"]),
                Route("/upload/v1/{secret}", self._upload, methods=["POST"]),
                Route("/{kind}/{team}/{secret}", self._answer, methods=["POST"]),
            ]
        )

    async def _method(self, request: Request) -> Response:
        name = request.path_params["method"]
        team: Team | None = None
        given: dict[str, Any] = {}
        try:
            given, token, is_json = await read_request(request)
            team = self._team_of(token)
        except Refused as refused:
            return self._record(name, given, team, _refusal(refused))
        base = str(request.base_url).rstrip("/")
        act = _caught(lambda: self._act(team, name, given, is_json=is_json, base=base))
        return await self._respond(request, name, given, team, act)

    async def _open_connection(self, request: Request) -> Response:
        """The one method that is called with the app's token instead of a workspace's.

        Source: https://docs.slack.dev/reference/methods/apps.connections.open
        """
        token = request.headers.get("authorization", "").removeprefix("Bearer ")

        def open_one() -> Response:
            if token != self.app_token:
                raise Refused(
                    "invalid_auth" if token.startswith("xapp-") else "not_allowed_token_type"
                )
            if self.new_connection is None:
                raise Refused("forbidden_team")
            return JSONResponse({"ok": True, "url": self.new_connection()})

        return await self._respond(request, "apps.connections.open", {}, None, _caught(open_one))

    async def _manifest(self, request: Request) -> Response:
        """The methods that are called with a configuration token instead of a workspace's."""
        name = PREFIX + request.path_params["method"]
        try:
            given, token, is_json = await read_request(request)
        except Refused as refused:
            return self._record(name, {}, None, _refusal(refused))

        def answer() -> Response:
            said = self.manifests.answer(name, given, token, is_json=is_json)
            return JSONResponse({"ok": True, **said})

        return await self._respond(request, name, given, None, _caught(answer))

    async def _access(self, request: Request) -> Response:
        """The one method that is called with the app's id and secret."""
        name = "oauth.v2.access"
        try:
            given, _, is_json = await read_request(request)
        except Refused as refused:
            return self._record(name, {}, None, _refusal(refused))

        def answer() -> Response:
            if is_json:
                raise Refused("invalid_post_type")
            header = request.headers.get("authorization", "")
            return JSONResponse({"ok": True, **self.oauth.access(given, header)})

        return await self._respond(request, name, given, None, _caught(answer))

    def _team_of(self, token: str | None) -> Team:
        if not token:
            raise Refused("not_authed")
        for team in self.teams.values():
            if team.is_known_by(token):
                return team
        raise Refused("invalid_auth")

    def _act(
        self, team: Team, name: str, given: Mapping[str, Any], *, is_json: bool, base: str
    ) -> Response:
        """Carry a call out."""
        method: Method[Team] | None = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        self.limits.count_call(team.id, name, method.tier)
        arguments = method.read(given, is_json=is_json)
        if method.scopes:
            team.require(*method.scopes)
        if name == "chat.postMessage":
            self.limits.count_post(arguments["channel"])
        said = method.act(team, arguments)
        if "upload_url" in said:
            said["upload_url"] = base + said["upload_url"]
        headers = {"x-oauth-scopes": ",".join(sorted(team.scopes)), "x-slack-req-id": "demo"}
        return JSONResponse({"ok": True, **said}, headers=headers)

    async def _upload(self, request: Request) -> Response:
        content = await request.body()

        def put() -> Response:
            file = self._reserved(request.path_params["secret"])
            if file is None or file.content is not None:
                return PlainTextResponse("not found", HTTPStatus.NOT_FOUND)
            if len(content) != file.length or "authorization" in request.headers:
                return PlainTextResponse("bad request", HTTPStatus.BAD_REQUEST)
            file.content = content
            return PlainTextResponse(f"OK - {len(content)}")

        return await self._respond(request, "upload", {"length": len(content)}, None, put)

    def _reserved(self, secret: str) -> File | None:
        files = (file for team in self.teams.values() for file in team.files.values())
        return next((file for file in files if file.secret == secret), None)

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        team = self.teams.get(request.path_params["team"])
        where = team.response_urls.get(request.url.path) if team else None
        try:
            said: Any = json.loads(body)
        except ValueError:
            said = None

        def take() -> Response:
            if team is None or where is None:
                return PlainTextResponse("no_service", HTTPStatus.NOT_FOUND)
            if "authorization" in request.headers:
                return PlainTextResponse("a token does not belong here", HTTPStatus.BAD_REQUEST)
            take_answer(team, where, said)
            return PlainTextResponse("ok")

        arguments = said if isinstance(said, dict) else {}
        return await self._respond(request, "response_url", arguments, team, _caught(take))

    async def _respond(
        self, request: Request, name: str, given: Mapping[str, Any], team: Team | None, act: Act
    ) -> Response:
        fault = self.faults.take(name, given)
        await asyncio.sleep(self.latency + (fault.delay if fault else 0.0))
        if fault is None:
            return self._record(name, given, team, act())
        response = act() if fault.after_acting else None
        if fault.way == "slow" and response is not None:
            return self._record(name, given, team, response)
        self.calls.append(Call(name, given, team.id if team else None, fault.outcome))
        return await _spoil(request, fault)

    def _record(
        self, name: str, given: Mapping[str, Any], team: Team | None, response: Response
    ) -> Response:
        outcome = response.headers.get("x-demo-outcome", "ok")
        if outcome == "ok" and response.status_code != HTTPStatus.OK:
            outcome = f"http_{response.status_code}"
        self.calls.append(Call(name, given, team.id if team else None, outcome))
        now = self.limits.now().astimezone(UTC)
        response.headers.setdefault("date", format_datetime(now, usegmt=True))
        return response


def _caught(act: Act) -> Act:
    """The same, with a refusal as an answer."""

    def caught() -> Response:
        try:
            return act()
        except Refused as refused:
            return _refusal(refused)

    return caught


def _refusal(refused: Refused) -> Response:
    headers = {**refused.headers, "x-demo-outcome": refused.code}
    return JSONResponse(refused.body, refused.status, headers)


async def _spoil(request: Request, fault: Fault) -> Response:
    if fault.way == "answer":
        return Response(fault.body, fault.status, dict(fault.headers))
    if fault.way == "drop":
        request.scope["extensions"][DROP]()
    await request.receive()  # its body was read, so what comes next is that the caller is gone
    return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
