"""Calling the make-believe RealtimeKit's endpoints as the bot does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from bot.demo.fake_realtimekit import API, FakeRealtimeKit
from bot.domain.ids import AppId

TOKEN = "cfat_not-a-real-token"
NOWHERE = "http://fake"


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls endpoints in this process."""

    kit: FakeRealtimeKit
    app: AppId
    http: httpx.AsyncClient

    async def __call__(
        self, method: str, path: str, *, app: str | None = None, **request: Any
    ) -> httpx.Response:
        """Send a request below the prefix of the app, or of another one."""
        account = self.kit.state.apps[self.app].account_id
        return await self.http.request(
            method,
            f"{API}/accounts/{account}/realtime/kit/{app or self.app}/{path}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            **request,
        )
