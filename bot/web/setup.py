"""`/setup/{token}`: the one-time page on which an administrator enters an API token.

The address is the secret: nothing else about a browser gives a right, so a page elsewhere that
sends this form knows the address already. Opening the page uses nothing up, since programs open
links before people do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from bot import logs
from bot.domain.credentials import Credentials
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.setup_link import SetupLink
from bot.errors import (
    BotError,
    InternalError,
    NotAdministrator,
    SetupLinkDead,
)
from bot.messages.connecting import ACCOUNT_ID, API_TOKEN
from bot.usecases.administration_ports import SetupLinks
from bot.usecases.connect import Connected
from bot.usecases.ports import Clock
from bot.web import body as bodies
from bot.web.body import BodyRefused
from bot.web.setup_pages import connected_page, failed, form, not_a_form

log = structlog.get_logger()

BODY_MAX = 8_192
"""Bytes of a form that was filled in."""

_FORM = "application/x-www-form-urlencoded"

MayStillAdminister: TypeAlias = Callable[[WorkspaceId, UserId], Awaitable[bool]]
"""Whether a person administers a workspace, as Slack says now. Raises `SlackError`."""

Changed: TypeAlias = Callable[[WorkspaceId, UserId], Awaitable[None]]
"""Told after a workspace was connected, and by whom; what it raises is logged."""


class Connects(Protocol):
    """Tries credentials and stores them, using a link up. Raises `BotError`."""

    async def __call__(
        self, workspace: WorkspaceId, typed: Credentials, who: UserId, *, link: SetupLink
    ) -> Connected:
        """Connect a workspace."""


class _NotAForm(Exception):
    """The request is not this page's form, sent by this page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupEndpoint:
    """The page of a link: shown, filled in, and gone."""

    links: SetupLinks
    may_administer: MayStillAdminister
    connect: Connects
    now: Clock
    changed: Changed | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer one request; its address is never logged."""
        with logs.unit_of_work("setup page") as unit:
            try:
                response = await self._answer(request, unit)
            except (_NotAForm, BodyRefused):
                unit.add(outcome="not_a_form")
                return not_a_form()
            except BotError as error:
                unit.add(outcome=error.reason, detail=error.detail)
                return failed(error)
            except Exception:
                log.exception("setup page not served")
                unit.add(outcome="crashed")
                return failed(InternalError())
        return response

    async def _answer(self, request: Request, unit: logs.Unit) -> Response:
        token: str = request.path_params["token"]
        if request.method == "POST":
            return await self._take(token, await _read(request), unit)
        link = await self.links.find(token, self.now())
        if link is None:
            raise SetupLinkDead
        unit.add(workspace=link.workspace, outcome="shown")
        return form(link, now=self.now())

    async def _take(self, token: str, typed: Credentials, unit: logs.Unit) -> Response:
        link = await self.links.begin_try(token, self.now())
        if link is None:
            raise SetupLinkDead
        unit.add(workspace=link.workspace, who=link.administrator)
        try:
            connected = await self._connect(link, typed)
        except (SetupLinkDead, NotAdministrator):
            raise
        except BotError as error:
            unit.add(outcome=error.reason, detail=error.detail)
            if error.retryable:
                await self.links.give_back(link)
                link = await self.links.find(token, self.now()) or link
            return form(link, error, now=self.now(), account_id=typed.account_id)
        unit.add(outcome="connected")
        await self._tell(link)
        return connected_page(link, connected)

    async def _connect(self, link: SetupLink, typed: Credentials) -> Connected:
        """Ask Slack again who this is, since the link may be minutes old, then connect."""
        if not await self.may_administer(link.workspace, link.administrator):
            raise NotAdministrator
        return await self.connect(link.workspace, typed, link.administrator, link=link)

    async def _tell(self, link: SetupLink) -> None:
        if self.changed is None:
            return
        try:
            await self.changed(link.workspace, link.administrator)
        except Exception:
            log.warning("change not shown", exc_info=True)


async def _read(request: Request) -> Credentials:
    """Read the form. Raises `_NotAForm`, `BodyRefused`."""
    if not _is_ours(request.headers) or _media_type(request.headers) != _FORM:
        raise _NotAForm
    body = await bodies.read(request, most=BODY_MAX)
    try:
        fields = dict(parse_qsl(body.decode("utf-8"), max_num_fields=10))
    except ValueError:
        problem = _NotAForm()
    else:
        return Credentials(
            account_id=fields.get(ACCOUNT_ID, ""), api_token=fields.get(API_TOKEN, "")
        )
    raise problem


def _is_ours(headers: Headers) -> bool:
    """Whether the page itself sent its form, as far as the browser says.

    Our pages send no referrer, and browsers make the origin of such a form `null`.
    Source: https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc == headers.get("host")


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
