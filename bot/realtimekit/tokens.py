"""What Cloudflare says of an API token, apart from what it may do.

Reference: https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/
and https://developers.cloudflare.com/api/resources/accounts/subresources/tokens/methods/verify/
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from bot.domain.credentials import TokenStatus
from bot.errors import PermissionMissing, TokenRefused, UnexpectedReply
from bot.realtimekit import shapes, wire
from bot.realtimekit.account import Account
from bot.realtimekit.reply import Reply

_SAID = {status.value: status for status in TokenStatus if status is not TokenStatus.UNKNOWN}


class TokenClient(Account):
    """The token of an account's credentials."""

    async def token_status(self) -> TokenStatus:
        """Look the token up among the user's tokens, then among the account's.

        GET /user/tokens/verify knows only the tokens of users, and GET
        /accounts/{account_id}/tokens/verify only those of accounts. Neither proves anything of
        the account's id or of a permission.

        Raises:
            RealtimeKitError: Cloudflare does not say.
        """
        for path in ("user/tokens/verify", f"{self._account_path}/tokens/verify"):
            reply = await self._send("verify", "GET", path)
            status = read_status(reply, now=self._now())
            if status is not TokenStatus.UNKNOWN:
                return status
        return TokenStatus.UNKNOWN


def read_status(reply: Reply, *, now: datetime) -> TokenStatus:
    """Read one of the two replies; a refusal of the token means that it is not known there.

    Raises:
        UnexpectedReply: the token is something nobody documented.
        RealtimeKitError: as `judge` reads any other refusal.
    """
    try:
        wire.raise_refusal(reply, not_found=UnexpectedReply, now=now)
    except (TokenRefused, PermissionMissing):
        return TokenStatus.UNKNOWN
    said = wire.payload(reply, _VerifyReply).result.status or ""
    if said.lower() not in _SAID:
        raise UnexpectedReply(f"{reply.status} with an unknown status of the token")
    return _SAID[said.lower()]


class _Result(shapes.Shape):
    status: shapes.Text = None


class _VerifyReply(shapes.Shape):
    # Cloudflare's own API pays out in `result`, other than RealtimeKit.
    result: Annotated[_Result, BeforeValidator(lambda value: value or {})] = _Result()
