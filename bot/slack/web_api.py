"""One workspace's way to Slack's Web API: a call, its outcome, and nothing said in between."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.metrics import Observe
from bot.slack.failures import FAILURES, read_failure
from bot.slack.refusals import in_doubt
from bot.usecases.ports import Clock


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack said to a call that worked."""

    data: Mapping[str, Any]
    headers: Mapping[str, str]

    def text(self, key: str, *, sending: bool = False) -> str:
        """A field that must be there; without it nobody knows what Slack did."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value:
            raise in_doubt(f"no_{key}", sending=sending)
        return value


class WebApi:
    """Slack's Web API with one bot token. Every call is made once: trying again is a decision.

    The SDK would send a message again when the connection breaks, and would print bodies while
    it is at it; neither can be switched on from outside.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        token: str,
        base_url: str,
        now: Clock,
        observe: Observe,
        team_id: str | None = None,
    ) -> None:
        """Use the shared session; `team_id` names the workspace of an org-wide installation."""
        self.session = session
        self.base_url = base_url
        self.now = now
        self._observe = observe
        self._client = AsyncWebClient(
            token=token,
            base_url=base_url,
            session=session,
            team_id=team_id,
            logger=_mute_logger(),
            retry_handlers=[],
        )
        self._client.proxy = None  # the session knows the proxies, and when not to use them

    async def call(
        self,
        method: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        sending: bool = False,
    ) -> Reply:
        """Call a method, with its arguments as JSON or as a form.

        Raises:
            SlackError: what went wrong; `SendUnconfirmed` only when `sending`.
        """
        with self.observed(method):
            try:
                response = await self._client.api_call(
                    method,
                    json=None if json is None else dict(json),
                    data=dict(form or {}) if json is None else None,
                )
            except FAILURES as error:
                failure = self.read_failure(error, sending=sending)
            else:
                if isinstance(response.data, dict):
                    return Reply(response.data, response.headers)
                failure = in_doubt("unreadable_answer", sending=sending)
            raise failure

    @contextmanager
    def observed(self, name: str) -> Iterator[None]:
        """Report one call's outcome and duration, whichever way it ends."""
        began = time.perf_counter()
        outcome = "cancelled"
        try:
            yield
            outcome = "ok"
        except SlackError as error:
            outcome = error.detail.partition(" ")[0]
            raise
        finally:
            self._observe(name, outcome, time.perf_counter() - began)

    def read_failure(self, error: Exception, *, sending: bool) -> SlackError:
        """Read the failure of a call, also of one made on the session itself."""
        return read_failure(error, sending=sending, now=self.now())


def _mute_logger() -> logging.Logger:
    """A logger that belongs to no configuration: at DEBUG the SDK writes bodies and tokens."""
    return logging.Logger("slack_sdk", logging.CRITICAL)  # noqa: LOG001 - outside all others
