"""`POST /realtimekit/webhooks/{key}`, from the outside: what is taken, and what is answered."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot import logs
from bot.domain.delivery import Delivery
from bot.domain.ids import WorkspaceId
from bot.domain.webhook import Event, EventKind
from bot.errors import DatabaseAway, InternalError, RealtimeKitUnavailable, SealBroken
from bot.usecases.take_event import Taken
from bot.web import body as bodies
from bot.web.app import build_web_app
from bot.web.webhooks import ANSWERS, BODY_MAX, KEY_MAX, Outcome, WebhookEndpoint
from tests.deliveries import a_delivery
from tests.fakes import APP, SESSION, WORKSPACE
from tests.scraping import scraped
from tests.served_web import Address, exchange, served

KEY = "n0b0dy-gu3sses-th1s"
PATH = f"/realtimekit/webhooks/{KEY}"
BODY = b'{"event": "meeting.summary", "secret": "wh4t-was-s4id"}'
GOOD = "c2lnbmVk"
SIGNED = {"rtk-signature": GOOD}


@dataclass
class Others:
    """Whom the endpoint asks: they remember what, and go wrong where they are told to."""

    kind: EventKind | None = EventKind.SUMMARY
    taken: Taken = Taken.STORED
    problems: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    verified: list[bytes] = field(default_factory=list)
    took: list[tuple[WorkspaceId, Event]] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)
    has_counted: asyncio.Event = field(default_factory=asyncio.Event)

    async def webhook_key(self, workspace: WorkspaceId) -> str:
        """Nobody asks here."""
        raise NotImplementedError

    async def of_webhook_key(self, key: str) -> WorkspaceId | None:
        """There is one key."""
        self._ask("key")
        return WORKSPACE if key == KEY else None

    async def verify(self, body: bytes, signature: str) -> bool:
        """One signature is good, whatever it signs."""
        self._ask("verify")
        self.verified.append(body)
        return signature == GOOD

    def read(self, body: bytes) -> Event:
        """Any body says the same."""
        self._ask("read")
        return Event(self.kind, APP, SESSION)

    async def take(self, workspace: WorkspaceId, event: Event) -> tuple[Taken, Sequence[Delivery]]:
        """Take it as set up."""
        self._ask("take")
        self.took.append((workspace, event))
        return self.taken, [a_delivery()] if self.taken is Taken.STORED else []

    def count(self, event: str, outcome: str) -> None:
        """Remember what was counted."""
        self.counted.append((event, outcome))
        self.has_counted.set()

    def _ask(self, whom: str) -> None:
        self.asked.append(whom)
        if problem := self.problems.get(whom):
            raise problem


async def slack(_: Request) -> Response:
    """Nobody asks here."""
    return PlainTextResponse("slack")


def a_web_app(others: Others) -> Starlette:
    """The web app around the endpoint."""
    endpoint = WebhookEndpoint(
        keys=others,
        signature_of=lambda headers: headers.get("rtk-signature"),
        verify=others.verify,
        read=others.read,
        take=others.take,
        count=others.count,
    )
    return build_web_app(slack=slack, webhooks=endpoint, probes={}, scrape=scraped(b"", "x"))


@pytest.fixture
def others() -> Others:
    """Everything goes well."""
    return Others()


@pytest.fixture
async def address(others: Others) -> AsyncIterator[Address]:
    """Where the app listens."""
    async with served(a_web_app(others)) as address:
        yield address


@pytest.fixture
async def cloudflare(address: Address) -> AsyncIterator[httpx.AsyncClient]:
    """Who sends webhooks."""
    async with httpx.AsyncClient(base_url="http://{}:{}".format(*address)) as client:
        yield client


@pytest.fixture
def written() -> io.StringIO:
    """The log, as it is written, with everything that can be."""
    stream = io.StringIO()
    logs.configure("DEBUG", "json", stream=stream)
    return stream


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    """The webhooks' lines of the log."""
    every = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in every if line["event"] == "webhook"]


def goes_wrong(whom: str, problem: Exception) -> Callable[[Others], None]:
    """Somebody has a problem."""

    def happen(others: Others) -> None:
        others.problems[whom] = problem

    return happen


def is_taken(taken: Taken) -> Callable[[Others], None]:
    """The event has this end."""

    def happen(others: Others) -> None:
        others.taken = taken

    return happen


def goes_well(_: Others) -> None:
    """Nothing is the matter."""


ENDS: list[tuple[Outcome, int, Callable[[Others], None], dict[str, Any]]] = [
    (Outcome.STORED, 200, goes_well, {}),
    (Outcome.NOTHING_NEW, 200, is_taken(Taken.NOTHING_NEW), {}),
    (Outcome.HINT, 200, is_taken(Taken.HINT), {}),
    (Outcome.IGNORED, 200, is_taken(Taken.IGNORED), {}),
    (Outcome.FOREIGN, 403, is_taken(Taken.FOREIGN), {}),
    (Outcome.TOO_LARGE, 413, goes_well, {"content": b"x" * (BODY_MAX + 1)}),
    (Outcome.UNKNOWN_KEY, 404, goes_well, {"url": "/realtimekit/webhooks/another"}),
    (Outcome.UNSIGNED, 401, goes_well, {"headers": {"x-signature": "c2lnbmVk"}}),
    (Outcome.FORGED, 401, goes_well, {"headers": {"rtk-signature": "Zm9yZ2Vk"}}),
    (Outcome.UNREADABLE, 400, goes_wrong("read", ValueError("no event")), {}),
    (
        Outcome.NO_PUBLIC_KEY,
        503,
        goes_wrong("verify", RealtimeKitUnavailable("timeout")),
        {},
    ),
    (Outcome.STORE_AWAY, 503, goes_wrong("key", DatabaseAway("refused")), {}),
    (Outcome.STORE_AWAY, 503, goes_wrong("take", DatabaseAway("refused")), {}),
    (Outcome.STORE_AWAY, 503, goes_wrong("take", SealBroken("another key")), {}),
    (Outcome.CRASHED, 503, goes_wrong("key", KeyError("rows")), {}),
    (Outcome.CRASHED, 503, goes_wrong("verify", RuntimeError("a bug")), {}),
    (Outcome.CRASHED, 503, goes_wrong("take", InternalError("a bug")), {}),
    (Outcome.CRASHED, 503, goes_wrong("take", ConnectionResetError()), {}),
]
"""Each outcome that a whole request can have: its status, what happens, what is sent."""


@pytest.mark.parametrize(("outcome", "status", "happens", "sent"), ENDS)
async def test_the_answer_decides_whether_the_event_comes_again(
    cloudflare: httpx.AsyncClient,
    others: Others,
    outcome: Outcome,
    status: int,
    happens: Callable[[Others], None],
    sent: dict[str, Any],
) -> None:
    """2xx when it is done, 4xx when it never will be, 5xx when it is to be sent again."""
    happens(others)

    response = await cloudflare.post(**{"url": PATH, "content": BODY, "headers": SIGNED, **sent})

    assert response.status_code == status
    assert others.counted[0][1] == outcome.value
    assert len(others.counted) == 1
    assert response.headers["content-type"].startswith("text/plain")
    assert KEY not in response.text


def test_every_outcome_has_its_answer_and_its_test() -> None:
    """Nobody adds an end without saying whether the event is to come again."""
    assert set(ANSWERS) == set(Outcome)
    assert {end[0] for end in ENDS} == set(Outcome) - {Outcome.TOO_SLOW, Outcome.CUT_OFF}
    assert {Outcome(each.value) for each in (*Taken, *bodies.Unread)} <= set(Outcome)


async def test_what_was_signed_is_taken_for_the_workspace_of_the_key(
    cloudflare: httpx.AsyncClient, others: Others
) -> None:
    """The address says whose it is, the bytes are verified as they came, then read, then taken."""
    await cloudflare.post(PATH, content=BODY, headers=SIGNED)

    assert others.asked == ["key", "verify", "read", "take"]
    assert others.verified == [BODY]
    assert others.took == [(WORKSPACE, Event(EventKind.SUMMARY, APP, SESSION))]


@pytest.mark.parametrize(
    ("path", "headers", "asked"),
    [
        ("/realtimekit/webhooks/another", SIGNED, ["key"]),
        (f"/realtimekit/webhooks/{'k' * (KEY_MAX + 1)}", SIGNED, []),
        (PATH, {}, ["key"]),
        (PATH, {"rtk-signature": "Zm9yZ2Vk"}, ["key", "verify"]),
    ],
)
async def test_what_is_not_verified_is_not_read(
    cloudflare: httpx.AsyncClient,
    others: Others,
    path: str,
    headers: dict[str, str],
    asked: list[str],
) -> None:
    """Each step that fails is the last one."""
    response = await cloudflare.post(path, content=BODY, headers=headers)

    assert response.status_code in (401, 404)
    assert others.asked == asked


async def test_the_longest_key_is_looked_up(cloudflare: httpx.AsyncClient, others: Others) -> None:
    """Up to the limit a key might be ours."""
    await cloudflare.post(f"/realtimekit/webhooks/{'k' * KEY_MAX}", content=BODY)

    assert others.asked == ["key"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_the_largest_body_is_taken(
    cloudflare: httpx.AsyncClient, others: Others, *, chunked: bool
) -> None:
    """256 KiB, announced or not."""
    body = b"x" * 256 * 1024

    response = await cloudflare.post(
        PATH, content=in_chunks(body) if chunked else body, headers=SIGNED
    )

    assert response.status_code == 200
    assert others.verified == [body]


@pytest.mark.parametrize("chunked", [False, True])
async def test_one_byte_more_is_not(
    cloudflare: httpx.AsyncClient, others: Others, *, chunked: bool
) -> None:
    """It is counted while it comes; nobody is asked anything about it."""
    body = b"x" * (256 * 1024 + 1)

    response = await cloudflare.post(
        PATH, content=in_chunks(body) if chunked else body, headers=SIGNED
    )

    assert response.status_code == 413
    assert others.asked == []


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    """A body of unannounced length."""
    for start in range(0, len(body), 50_000):
        yield body[start : start + 50_000]


async def test_a_compressed_body_is_verified_as_it_came(
    cloudflare: httpx.AsyncClient, others: Others
) -> None:
    """The signature is over the bytes, whatever a header says of them."""
    compressed = gzip.compress(BODY)

    await cloudflare.post(PATH, content=compressed, headers=SIGNED | {"content-encoding": "gzip"})

    assert others.verified == [compressed]


@pytest.mark.parametrize("name", ["rtk-signature", "RTK-SIGNATURE", "Rtk-Signature"])
async def test_header_names_come_in_any_case(address: Address, others: Others, name: str) -> None:
    """HTTP does not tell them apart."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n"
    request = f"{head}{name}: {GOOD}\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY

    answer = await exchange(address, request)

    assert answer.split()[1] == b"200"
    assert others.verified == [BODY]


async def test_a_body_that_does_not_come_is_to_be_sent_again(
    address: Address, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad line is no reason to lose an event, and none to wait for ever."""
    monkeypatch.setattr(bodies, "READ_WITHIN", 0.05)
    head = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\nConnection: close\r\nContent-Length: 10\r\n\r\n"

    answer = await exchange(address, head.encode() + b"abc", ends=False)

    assert answer.split()[1] == b"503"
    assert others.counted == [("unread", "too_slow")]
    assert others.asked == []


async def test_a_body_that_breaks_off_is_none(address: Address, others: Others) -> None:
    """Half a body is not verified; whoever sent it hears nothing, and sends it again."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: bot\r\nContent-Length: 10\r\n\r\n"

    await exchange(address, head.encode() + b"abc")
    async with asyncio.timeout(5):
        await others.has_counted.wait()

    assert others.counted == [("unread", "cut_off")]
    assert others.asked == []
    assert ANSWERS[Outcome.CUT_OFF] == 503


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (EventKind.ENDED, "meeting.ended"),
        (EventKind.SUMMARY, "meeting.summary"),
        (None, "other"),
    ],
)
async def test_each_webhook_is_one_line_and_one_count(
    cloudflare: httpx.AsyncClient,
    others: Others,
    written: io.StringIO,
    kind: EventKind | None,
    name: str,
) -> None:
    """What it told of, what became of it, and the deliveries to follow it by."""
    others.kind = kind

    await cloudflare.post(PATH, content=BODY, headers=SIGNED)

    assert others.counted == [(name, "stored")]
    [line] = lines(written)
    assert (line["kind"], line["outcome"]) == (name, "stored")
    assert (line["workspace"], line["references"]) == (WORKSPACE, [a_delivery().id])


async def test_the_names_of_an_unsigned_request_s_headers_are_logged(
    cloudflare: httpx.AsyncClient, written: io.StringIO
) -> None:
    """A header that was renamed is found by its name; no value is written down."""
    headers = {f"x-{number}": "some-v4lue" for number in range(60)} | {"a-signature": "some-v4lue"}

    await cloudflare.post(PATH, content=BODY, headers=headers)

    [line] = lines(written)
    assert "a-signature" in line["header_names"]
    assert len(line["header_names"]) <= 50
    assert "some-v4lue" not in written.getvalue()


async def test_why_a_body_was_not_read_is_logged(
    cloudflare: httpx.AsyncClient, others: Others, written: io.StringIO
) -> None:
    """In the words of our own errors only: a parser's would quote the body."""
    others.problems["read"] = ValueError(f"not JSON: {BODY!r}")

    await cloudflare.post(PATH, content=BODY, headers=SIGNED)

    [line] = lines(written)
    assert (line["outcome"], line["detail"]) == ("unreadable", "builtins.ValueError")


async def test_why_the_public_key_is_missing_is_logged(
    cloudflare: httpx.AsyncClient, others: Others, written: io.StringIO
) -> None:
    """The operator learns what to look at."""
    others.problems["verify"] = RealtimeKitUnavailable("timeout")

    await cloudflare.post(PATH, content=BODY, headers=SIGNED)

    [line] = lines(written)
    assert (line["reason"], line["detail"]) == ("realtimekit_unavailable", "timeout")


@pytest.mark.parametrize(("outcome", "status", "happens", "sent"), ENDS)
async def test_neither_the_key_nor_the_body_is_ever_written_down(
    cloudflare: httpx.AsyncClient,
    others: Others,
    written: io.StringIO,
    outcome: Outcome,
    status: int,
    happens: Callable[[Others], None],
    sent: dict[str, Any],
) -> None:
    """Whoever reads the log could otherwise post to the address."""
    happens(others)

    await cloudflare.post(**{"url": PATH, "content": BODY, "headers": SIGNED, **sent})

    assert [line["outcome"] for line in lines(written)] == [outcome.value]
    assert status == ANSWERS[outcome]
    for secret in (KEY, "wh4t-was-s4id", GOOD, "/realtimekit/"):
        assert secret not in written.getvalue()
    assert KEY not in str(others.counted)


_PROBLEMS = st.sampled_from(
    [
        None,
        DatabaseAway("refused"),
        RealtimeKitUnavailable("timeout"),
        InternalError(),
        ValueError(),
        RecursionError(),
        TimeoutError(),
        AssertionError(),
    ]
)


@given(
    key=st.text(max_size=200).filter(lambda key: "/" not in key) | st.just(KEY),
    body=st.binary(max_size=300),
    headers=st.dictionaries(
        st.sampled_from(["rtk-signature", "content-type", "content-encoding", "expect"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20) | st.just(GOOD),
    ),
    problems=st.dictionaries(st.sampled_from(["key", "verify", "read", "take"]), _PROBLEMS),
)
async def test_no_request_ever_gets_an_error_of_the_server_s_own(
    key: str, body: bytes, headers: dict[str, str], problems: dict[str, Exception | None]
) -> None:
    """Whatever is sent and whatever goes wrong, the answer is one of the table's."""
    others = Others(problems={whom: problem for whom, problem in problems.items() if problem})
    transport = httpx.ASGITransport(a_web_app(others))

    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        response = await client.post(
            f"/realtimekit/webhooks/{quote(key, safe='')}", content=body, headers=headers
        )

    assert response.status_code in {*ANSWERS.values(), 404}
