"""What Cloudflare says of a token."""

from __future__ import annotations

import pytest

from bot.domain.credentials import TokenStatus
from bot.errors import (
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    TokenRefused,
    UnexpectedReply,
)
from bot.realtimekit.reply import Reply
from bot.realtimekit.tokens import read_status
from tests.realtimekit.cloudflare import ACCOUNT, NOW, TOKEN, Cloudflare, client_to
from tests.realtimekit.replies import PAGE, gateway, json_reply, raw

UNKNOWN = gateway(401, 1000, message="Invalid API Token")


def verified(status: object) -> Reply:
    """The reply of a verify endpoint that knows the token."""
    result = {"id": "0" * 32, "status": status}
    return json_reply(200, {"success": True, "errors": [], "messages": [], "result": result})


@pytest.mark.parametrize("said", ["active", "disabled", "expired"])
async def test_a_users_token_is_found_at_once(said: str) -> None:
    """One call, with the token in its header and nowhere else."""
    cloudflare = Cloudflare(verified(said))

    status = await client_to(cloudflare).token_status()

    assert status == TokenStatus(said)
    [request] = cloudflare.requests
    assert request.url.path == "/client/v4/user/tokens/verify"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("refusal", [UNKNOWN, gateway(403, 10000)])
async def test_an_accounts_token_is_found_second(refusal: Reply) -> None:
    """The first endpoint knows only tokens of users, and says so in two ways."""
    cloudflare = Cloudflare(refusal, verified("active"))

    status = await client_to(cloudflare).token_status()

    assert status is TokenStatus.ACTIVE
    assert [request.url.path for request in cloudflare.requests] == [
        "/client/v4/user/tokens/verify",
        f"/client/v4/accounts/{ACCOUNT}/tokens/verify",
    ]


async def test_a_token_that_neither_knows_is_unknown() -> None:
    """It was deleted, or never made."""
    assert await client_to(Cloudflare(UNKNOWN)).token_status() is TokenStatus.UNKNOWN


async def test_what_cannot_be_a_token_is_sent_nowhere() -> None:
    """A header would break with it."""
    cloudflare = Cloudflare(UNKNOWN)
    client = client_to(cloudflare)
    client._api_token = "two words"

    with pytest.raises(TokenRefused):
        await client.token_status()

    assert cloudflare.requests == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (gateway(429, 10429), RealtimeKitBusy),
        (gateway(502, 10000), RealtimeKitUnavailable),
        (raw(200, PAGE), RealtimeKitUnavailable),
        (raw(200, b"[]"), UnexpectedReply),
        (raw(404), UnexpectedReply),
        (verified("asleep"), UnexpectedReply),
        (verified(None), UnexpectedReply),
        (verified(7), UnexpectedReply),
        (json_reply(200, {"success": True, "result": None}), UnexpectedReply),
    ],
)
def test_what_says_nothing_of_the_token_is_no_answer(
    reply: Reply, error: type[RealtimeKitError]
) -> None:
    """A token is called unknown only when Cloudflare says that it is."""
    with pytest.raises(error):
        read_status(reply, now=NOW)
