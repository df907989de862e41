"""Credentials are tried, then stored; and the address at which they are entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.domain.credentials import Credentials, TokenStatus
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.setup_link import SetupLink
from bot.domain.summary import App
from bot.errors import (
    AccountNotFound,
    CredentialMalformed,
    InstallationBroken,
    KeyMissing,
    NoPublicAddress,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SetupLinkDead,
    TokenDisabled,
    TokenExpired,
    TokenRefused,
)
from bot.tenants import ConfiguredWorkspace
from bot.usecases.app_directory import AppDirectory
from bot.usecases.connect import Connect, OfferSetup
from bot.usecases.ports import Workspace
from tests.fakes import APP, ASKER, NOON, WORKSPACE, FakeMeetings, a_workspace

ACCOUNT_ID = "fedcba9876543210fedcba9876543210"
TOKEN = "cfat_make-believe-0123456789-WXYZ"
TYPED = Credentials(account_id=ACCOUNT_ID, api_token=TOKEN)
LINK = SetupLink(
    digest="0" * 64,
    workspace=WORKSPACE,
    workspace_name="Acme",
    administrator=ASKER,
    expires_at=NOON,
    tries=1,
)


@dataclass
class Candidate:
    """An account that is tried. A value that is an exception is raised."""

    apps: Sequence[App] | Exception = (App(APP, "Standups"),)
    status: TokenStatus | Exception = TokenStatus.ACTIVE
    calls: list[str] = field(default_factory=list)

    async def list_apps(self) -> Sequence[App]:
        """As set up."""
        self.calls.append("list_apps")
        if isinstance(self.apps, Exception):
            raise self.apps
        return self.apps

    async def token_status(self) -> TokenStatus:
        """As set up."""
        self.calls.append("token_status")
        if isinstance(self.status, Exception):
            raise self.status
        return self.status


@dataclass
class Kept:
    """Where credentials go; `refusal` is raised instead."""

    stored: list[tuple[WorkspaceId, Credentials, UserId, datetime, SetupLink | None]] = field(
        default_factory=list
    )
    refusal: Exception | None = None

    async def connect(
        self,
        workspace: WorkspaceId,
        credentials: Credentials,
        *,
        who: UserId,
        at: datetime,
        link: SetupLink | None = None,
    ) -> None:
        """Remember them."""
        if self.refusal:
            raise self.refusal
        self.stored.append((workspace, credentials, who, at, link))


@dataclass
class Desk:
    """The use case between its stand-ins."""

    candidate: Candidate = field(default_factory=Candidate)
    kept: Kept = field(default_factory=Kept)
    tried: list[Workspace] = field(default_factory=list)
    before: FakeMeetings = field(default_factory=FakeMeetings)

    def account(self, workspace: Workspace) -> Candidate:
        """The account whose credentials are tried."""
        self.tried.append(workspace)
        return self.candidate

    @property
    def directory(self) -> AppDirectory:
        """The apps that were known before."""
        return AppDirectory(self.workspaces, lambda _: self.before, lambda: NOON)

    @property
    def workspaces(self) -> ConfiguredWorkspace:
        """One workspace."""
        return ConfiguredWorkspace(a_workspace())

    def connect(self, *, can_seal: bool = True, directory: AppDirectory | None = None) -> Connect:
        """The use case."""
        return Connect(
            workspaces=self.workspaces,
            account=self.account,
            stored=self.kept,
            directory=directory or self.directory,
            now=lambda: NOON,
            can_seal=can_seal,
        )


@pytest.fixture
def desk() -> Desk:
    """Credentials that work."""
    return Desk()


async def test_what_works_is_stored(desk: Desk) -> None:
    """The workspace's own token for Slack stays; one call to Cloudflare proves it all."""
    connected = await desk.connect()(WORKSPACE, TYPED, ASKER, link=LINK)

    assert desk.kept.stored == [(WORKSPACE, TYPED, ASKER, NOON, LINK)]
    assert (connected.account_id, connected.token_ending) == (ACCOUNT_ID, "WXYZ")
    assert connected.apps == (App(APP, "Standups"),)
    [tried] = desk.tried
    assert (tried.id, tried.account_id, tried.api_token) == (WORKSPACE, ACCOUNT_ID, TOKEN)
    assert desk.candidate.calls == ["list_apps"]


async def test_an_account_without_apps_is_taken(desk: Desk) -> None:
    """They can be made later."""
    desk.candidate.apps = ()

    connected = await desk.connect()(WORKSPACE, TYPED, ASKER)

    assert connected.apps == ()
    assert len(desk.kept.stored) == 1


async def test_what_came_along_is_taken_off(desk: Desk) -> None:
    """Spaces of a copied line, and capitals of the id."""
    typed = Credentials(account_id=f" {ACCOUNT_ID.upper()}\n", api_token=f"\t{TOKEN} ")

    await desk.connect()(WORKSPACE, typed, ASKER)

    assert desk.kept.stored[0][1] == TYPED


@pytest.mark.parametrize(
    ("refusal", "status", "meant"),
    [
        (TokenRefused("401"), TokenStatus.UNKNOWN, TokenRefused),
        (PermissionMissing("403"), TokenStatus.UNKNOWN, TokenRefused),
        (TokenRefused("401"), TokenStatus.DISABLED, TokenDisabled),
        (PermissionMissing("403"), TokenStatus.EXPIRED, TokenExpired),
        (PermissionMissing("403"), TokenStatus.ACTIVE, PermissionMissing),
        (TokenRefused("401"), TokenStatus.ACTIVE, PermissionMissing),
        (PermissionMissing("403"), RealtimeKitUnavailable("502"), PermissionMissing),
        (TokenRefused("401"), RealtimeKitUnavailable("502"), TokenRefused),
    ],
)
async def test_what_a_refusal_means_is_found_out(
    desk: Desk,
    refusal: Exception,
    status: TokenStatus | Exception,
    meant: type[RealtimeKitError],
) -> None:
    """Cloudflare says the same of a dead token and of a missing permission."""
    desk.candidate.apps, desk.candidate.status = refusal, status

    with pytest.raises(RealtimeKitError) as raised:
        await desk.connect()(WORKSPACE, TYPED, ASKER)

    assert type(raised.value) is meant
    assert raised.value.detail == str(refusal)
    assert desk.kept.stored == []


@pytest.mark.parametrize(
    "refusal", [AccountNotFound("404 7003"), RealtimeKitBusy("429"), RealtimeKitUnavailable("502")]
)
async def test_what_means_one_thing_is_not_asked_about(desk: Desk, refusal: Exception) -> None:
    """Nothing is stored, and Cloudflare is left alone."""
    desk.candidate.apps = refusal

    with pytest.raises(type(refusal)):
        await desk.connect()(WORKSPACE, TYPED, ASKER)

    assert desk.candidate.calls == ["list_apps"]
    assert desk.kept.stored == []


@pytest.mark.parametrize(
    ("account_id", "api_token", "wrong"),
    [
        ("", TOKEN, "account_id"),
        ("dana@example.com", TOKEN, "account_id"),
        ("6b9c4f0e-52a7-4d5c-9a0b-1f3e7d2c8a41", TOKEN, "account_id"),
        (ACCOUNT_ID, "", "api_token"),
        (ACCOUNT_ID, "Bearer abc", "api_token"),
        (ACCOUNT_ID, "two words", "api_token"),
        (ACCOUNT_ID, "cfk_0123456789", "api_token"),
        (ACCOUNT_ID, "x" * 513, "api_token"),
    ],
)
async def test_what_cannot_be_right_is_sent_nowhere(
    desk: Desk, account_id: str, api_token: str, wrong: str
) -> None:
    """It is refused with what is wrong, and without being repeated."""
    typed = Credentials(account_id=account_id, api_token=api_token)

    with pytest.raises(CredentialMalformed) as raised:
        await desk.connect()(WORKSPACE, typed, ASKER)

    assert raised.value.field == wrong
    assert not api_token or api_token not in raised.value.complaint
    assert (desk.tried, desk.kept.stored) == ([], [])


async def test_without_a_key_nothing_is_tried(desk: Desk) -> None:
    """A token that could not be sealed is not even sent to Cloudflare."""
    with pytest.raises(KeyMissing):
        await desk.connect(can_seal=False)(WORKSPACE, TYPED, ASKER)

    assert (desk.tried, desk.kept.stored) == ([], [])


async def test_a_workspace_that_left_is_not_connected(desk: Desk) -> None:
    """There is nothing to connect."""
    with pytest.raises(InstallationBroken):
        await desk.connect()(WorkspaceId("T9GONE"), TYPED, ASKER)

    assert desk.tried == []


async def test_the_apps_known_before_are_forgotten(desk: Desk) -> None:
    """The next command sees the new account's, not the old one's for a minute."""
    directory = desk.directory
    await directory.apps(a_workspace())

    await desk.connect(directory=directory)(WORKSPACE, TYPED, ASKER)
    await directory.apps(a_workspace())

    assert desk.before.calls == ["list_apps", "list_apps"]


async def test_a_link_used_meanwhile_changes_nothing(desk: Desk) -> None:
    """Two forms of one link were sent at once; the second is told so."""
    desk.kept.refusal = SetupLinkDead()

    with pytest.raises(SetupLinkDead):
        await desk.connect()(WORKSPACE, TYPED, ASKER, link=LINK)


@dataclass
class Links:
    """Makes links; nothing else is asked here."""

    made: list[tuple[WorkspaceId, UserId, datetime]] = field(default_factory=list)

    async def create(self, workspace: WorkspaceId, administrator: UserId, at: datetime) -> str:
        """Make one."""
        self.made.append((workspace, administrator, at))
        return "t0ken"

    async def find(self, token: str, at: datetime) -> SetupLink | None:
        """Nobody asks."""
        raise NotImplementedError

    async def begin_try(self, token: str, at: datetime) -> SetupLink | None:
        """Nobody tries."""
        raise NotImplementedError

    async def give_back(self, link: SetupLink) -> None:
        """Nobody gives back."""
        raise NotImplementedError


def an_offer(links: Links, *, url: str | None = "https://bot.test", key: bool = True) -> OfferSetup:
    """The use case that makes addresses."""
    return OfferSetup(links=links, now=lambda: NOON, public_url=url, can_seal=key)


async def test_an_address_is_made_for_who_asked() -> None:
    """Below the deployment's own address."""
    links = Links()

    url = await an_offer(links)(WORKSPACE, ASKER)

    assert url == "https://bot.test/setup/t0ken"
    assert links.made == [(WORKSPACE, ASKER, NOON)]


@pytest.mark.parametrize(
    ("url", "key", "problem"),
    [("https://bot.test", False, KeyMissing), (None, True, NoPublicAddress)],
)
async def test_no_address_is_made_that_leads_nowhere(
    url: str | None, problem: type[Exception], *, key: bool
) -> None:
    """Whoever asks is told before they have looked a token up."""
    links = Links()

    with pytest.raises(problem):
        await an_offer(links, url=url, key=key)(WORKSPACE, ASKER)

    assert links.made == []
