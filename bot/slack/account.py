"""Whose bot token this is, and what it may do: one call of `auth.test`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from bot.slack.web_api import WebApi
from bot.usecases.check_setup import SlackAccount


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """The installation behind one bot token; is a `SlackIdentity`."""

    api: WebApi

    async def identify(self) -> SlackAccount:
        """Ask Slack whose token it is. Raises `SlackError`."""
        reply = await self.api.call("auth.test")
        # Slack sends the token's scopes with every answer:
        # https://docs.slack.dev/authentication/installing-with-oauth
        headers = {name.lower(): value for name, value in reply.headers.items()}
        scopes = (scope.strip() for scope in headers.get("x-oauth-scopes", "").split(","))
        return SlackAccount(
            workspace=reply.text("team"),
            scopes=frozenset(scope for scope in scopes if scope),
            answered_at=_date(headers),
        )


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        answered_at = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return answered_at if answered_at.tzinfo is not None else None
