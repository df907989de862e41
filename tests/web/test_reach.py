"""Whether an address answers, as the doctor asks it."""

from __future__ import annotations

import httpx
import pytest

from bot.web.reach import reach

ADDRESS = "https://bot.example.com/healthz"


async def test_the_status_is_what_the_address_says() -> None:
    """A redirect is an answer of its own: Slack follows none either."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": "https://elsewhere.example.com/"})

    status = await reach(ADDRESS, transport=httpx.MockTransport(answer))

    assert status == 302
    assert asked == [ADDRESS]


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError])
async def test_no_answer_is_a_broken_connection(error: type[httpx.TransportError]) -> None:
    """Whatever broke it, nobody answers there."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error("no")

    with pytest.raises(ConnectionError):
        await reach(ADDRESS, transport=httpx.MockTransport(fail))
