"""A summary is fetched with its details, or the one thing in the way is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ids import SessionId
from bot.domain.summary import App, SessionDetails, SummaryLink
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    BotError,
    LinkExpired,
    LinkRefused,
    MeetingNotSession,
    NoTranscript,
    PermissionMissing,
    RealtimeKitUnavailable,
    SessionNotFound,
    SummaryExpired,
    SummaryNotReady,
    TitleDiffers,
    TokenRefused,
    UnexpectedReply,
)
from bot.usecases.app_directory import AppDirectory
from bot.usecases.diagnose import Diagnose
from bot.usecases.fetch_summary import FetchSummary
from tests.fakes import (
    APP,
    MEETING,
    NOON,
    OTHER_APP,
    SESSION,
    FakeDownloads,
    FakeMeetings,
    FakeWorkspaces,
    a_link,
    a_session,
    a_workspace,
)


def a_fetch(meetings: FakeMeetings, downloads: FakeDownloads | None = None) -> FetchSummary:
    """The use case over one account at noon."""
    apps = AppDirectory(FakeWorkspaces(), lambda _: meetings, now=lambda: NOON)
    return FetchSummary(
        apps=apps,
        connect=lambda _: meetings,
        downloads=downloads or FakeDownloads(),
        diagnose=Diagnose(apps, lambda _: meetings, now=lambda: NOON),
    )


async def test_the_text_comes_with_its_expiry_and_the_sessions_details() -> None:
    """Everything a post needs is fetched in one go."""
    fetched = await a_fetch(FakeMeetings())(a_workspace(), APP, SESSION)

    assert fetched.summary.text == "# Notes\n\nWe agreed."
    assert fetched.summary.expires_at == a_link().expires_at
    assert fetched.details == a_session()


@pytest.mark.parametrize("error", [SessionNotFound(), RealtimeKitUnavailable(), UnexpectedReply()])
async def test_a_summary_is_enough_without_details(error: Exception) -> None:
    """The details are a courtesy: without them the text still comes."""
    meetings = FakeMeetings(sessions={SESSION: error})

    fetched = await a_fetch(meetings)(a_workspace(), APP, SESSION)

    assert fetched.details is None


async def test_an_expired_link_is_fetched_anew_once() -> None:
    """A link that died on the way is replaced, and the new expiry counts."""
    later = a_link(NOON + timedelta(days=7))
    downloads = FakeDownloads([LinkExpired(), "fresh"])

    fetched = await a_fetch(FakeMeetings(links=[a_link(), later]), downloads)(
        a_workspace(), APP, SESSION
    )

    assert (fetched.summary.text, fetched.summary.expires_at) == ("fresh", later.expires_at)
    assert len(downloads.downloaded) == 2


async def test_a_link_that_expires_twice_is_given_up() -> None:
    """One fresh link is tried, not a row of them."""
    downloads = FakeDownloads([LinkExpired()])

    with pytest.raises(LinkExpired):
        await a_fetch(FakeMeetings(), downloads)(a_workspace(), APP, SESSION)

    assert len(downloads.downloaded) == 2


@pytest.mark.parametrize(
    ("days", "means"), [(0, SummaryNotReady), (6, SummaryNotReady), (8, SummaryExpired)]
)
async def test_a_link_to_no_file_is_weighed_against_the_meetings_age(
    days: int, means: type[BotError]
) -> None:
    """A file that is not there was deleted only if the meeting is old; else it may still come."""
    session = a_session(ended_at=NOON - timedelta(days=days))
    meetings = FakeMeetings(sessions={SESSION: session})
    downloads = FakeDownloads([SummaryExpired("404 NoSuchKey")])

    with pytest.raises(means):
        await a_fetch(meetings, downloads)(a_workspace(), APP, SESSION)


def _refused(link_error: Exception, **changes: object) -> FakeMeetings:
    return FakeMeetings(links=[link_error], **changes)  # type: ignore[arg-type]


HOURS = timedelta(hours=1)

DIAGNOSES: dict[str, tuple[FakeMeetings, type[BotError]]] = {
    "a refused token": (_refused(TokenRefused()), TokenRefused),
    "an account that cannot be": (_refused(AccountNotFound()), AccountNotFound),
    "a broken Cloudflare": (_refused(RealtimeKitUnavailable()), RealtimeKitUnavailable),
    "403, and the apps are refused as well": (
        _refused(PermissionMissing(), apps_error=PermissionMissing()),
        PermissionMissing,
    ),
    "403, and the token is": (
        _refused(PermissionMissing(), apps_error=TokenRefused()),
        TokenRefused,
    ),
    "403, and the account has other apps": (
        _refused(PermissionMissing(), apps=[App(OTHER_APP, "Other")]),
        AppNotFound,
    ),
    "403 although the app is there": (_refused(PermissionMissing()), PermissionMissing),
    "404 of a live meeting": (
        _refused(SummaryNotReady(), sessions={SESSION: a_session(live=True, ended_at=None)}),
        SummaryNotReady,
    ),
    "404 just after the meeting, not transcribed yet": (
        _refused(
            SummaryNotReady(),
            sessions={SESSION: a_session(ended_at=NOON - HOURS / 2, transcribed_minutes=0.0)},
            transcript=False,
        ),
        SummaryNotReady,
    ),
    "422 just after the meeting": (
        _refused(NoTranscript(), sessions={SESSION: a_session(ended_at=NOON - HOURS / 2)}),
        SummaryNotReady,
    ),
    "422 long after the meeting": (
        _refused(NoTranscript(), sessions={SESSION: a_session(ended_at=NOON - 3 * HOURS)}),
        NoTranscript,
    ),
    "404, transcribed": (
        _refused(SummaryNotReady(), sessions={SESSION: a_session(ended_at=NOON - 3 * HOURS)}),
        SummaryNotReady,
    ),
    "404, nothing counted, yet there is a transcript": (
        _refused(SummaryNotReady(), sessions={SESSION: a_session(transcribed_minutes=0.0)}),
        SummaryNotReady,
    ),
    "404, nothing transcribed": (
        _refused(
            SummaryNotReady(),
            sessions={SESSION: a_session(transcribed_minutes=0.0)},
            transcript=False,
        ),
        NoTranscript,
    ),
    "404 after eight days": (
        _refused(SummaryNotReady(), sessions={SESSION: a_session(ended_at=NOON - 192 * HOURS)}),
        SummaryExpired,
    ),
    "404, and the session cannot be looked up": (
        _refused(SummaryNotReady(), sessions={SESSION: RealtimeKitUnavailable()}),
        RealtimeKitUnavailable,
    ),
    "404 of an unknown session": (_refused(SummaryNotReady(), sessions={}), SessionNotFound),
    "404 of an unknown app": (
        _refused(SummaryNotReady(), sessions={}, apps=[App(OTHER_APP, "Other")]),
        AppNotFound,
    ),
    "404 of an unknown session, and the apps are refused": (
        _refused(SummaryNotReady(), sessions={}, apps_error=PermissionMissing()),
        PermissionMissing,
    ),
}


@pytest.mark.parametrize("situation", DIAGNOSES)
async def test_what_is_wrong_is_found_out_before_it_is_said(situation: str) -> None:
    """403 and 404 mean several things; each is told apart with the lists of apps and sessions."""
    meetings, expected = DIAGNOSES[situation]

    with pytest.raises(BotError) as refusal:
        await a_fetch(meetings)(a_workspace(), APP, SESSION)

    assert type(refusal.value) is expected


async def test_a_meetings_id_brings_its_sessions_to_choose_from() -> None:
    """Meetings and sessions have ids of one form; the mistake is answered with the way out."""
    meetings = _refused(SummaryNotReady())

    with pytest.raises(MeetingNotSession) as refusal:
        await a_fetch(meetings)(a_workspace(), APP, SessionId(MEETING))

    assert refusal.value.sessions == (a_session(),)
    assert refusal.value.app == APP


async def test_a_link_alone_is_diagnosed_like_a_summary() -> None:
    """A click that wants the file gets the same precise refusal."""
    fetch = a_fetch(_refused(SummaryNotReady(), sessions={}))

    with pytest.raises(SessionNotFound):
        await fetch.link(a_workspace(), APP, SESSION)


async def test_a_link_alone_downloads_nothing() -> None:
    """A click that wants the file gets a fresh link; nobody reads the text for it."""
    downloads = FakeDownloads()

    link = await a_fetch(FakeMeetings(), downloads).link(a_workspace(), APP, SESSION)

    assert link == a_link()
    assert downloads.downloaded == []


async def test_a_link_nobody_should_open_is_not_given_away() -> None:
    """What the bot itself would not open, it sends nobody to."""
    bad = SummaryLink(SESSION, "javascript:alert(1)", None)

    with pytest.raises(LinkRefused):
        await a_fetch(FakeMeetings(links=[bad])).link(a_workspace(), APP, SESSION)


def refuse(_: SessionDetails) -> None:
    """Want no session at all."""
    raise TitleDiffers


def want(_: SessionDetails) -> None:
    """Want every session."""


@pytest.mark.parametrize("link", [a_link(), SummaryNotReady("404")])
async def test_a_session_that_is_not_wanted_is_not_downloaded(
    link: SummaryLink | SummaryNotReady,
) -> None:
    """The check decides before the text is read, and whether or not there is a summary."""
    downloads = FakeDownloads()

    with pytest.raises(TitleDiffers):
        await a_fetch(FakeMeetings(links=[link]), downloads)(
            a_workspace(), APP, SESSION, check=refuse
        )

    assert not downloads.downloaded


async def test_a_session_that_cannot_be_looked_up_is_not_taken_for_wanted() -> None:
    """Without its details nobody knows whether it is wanted, so it is not posted."""
    meetings = FakeMeetings(sessions={SESSION: RealtimeKitUnavailable("502")})

    with pytest.raises(RealtimeKitUnavailable):
        await a_fetch(meetings)(a_workspace(), APP, SESSION, check=want)


async def test_a_wanted_session_is_fetched_like_any_other() -> None:
    """The check lets it pass."""
    fetched = await a_fetch(FakeMeetings())(a_workspace(), APP, SESSION, check=want)

    assert fetched.summary.text
