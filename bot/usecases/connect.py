"""Connect a workspace to a Cloudflare account: try the credentials, then store them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot import setting_values
from bot.domain.credentials import Credentials, TokenStatus
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.setup_link import SETUP_PATH, SetupLink
from bot.domain.summary import App
from bot.errors import (
    CredentialMalformed,
    KeyMissing,
    NoPublicAddress,
    PermissionMissing,
    RealtimeKitError,
    TokenDisabled,
    TokenExpired,
    TokenRefused,
)
from bot.usecases.administration_ports import Account, KeepsCredentials, SetupLinks
from bot.usecases.app_directory import AppDirectory
from bot.usecases.ports import Clock, Workspace, Workspaces

_LONGEST = 512
"""Characters of either. Cloudflare's tokens have about 50 and are not promised to stay so short."""

_WHAT_IT_MEANS: Mapping[TokenStatus, type[RealtimeKitError]] = {
    TokenStatus.UNKNOWN: TokenRefused,
    TokenStatus.DISABLED: TokenDisabled,
    TokenStatus.EXPIRED: TokenExpired,
    TokenStatus.ACTIVE: PermissionMissing,  # or of another account: Cloudflare says the same
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What a workspace is connected to now."""

    account_id: str
    token_ending: str
    apps: Sequence[App]
    """Those the token can see. An account may have none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Try an account id and an API token with Cloudflare, and store what works."""

    workspaces: Workspaces
    account: Callable[[Workspace], Account]
    stored: KeepsCredentials
    directory: AppDirectory
    now: Clock
    can_seal: bool
    """Whether the deployment has an encryption key; nothing is stored without one."""

    async def __call__(
        self,
        workspace: WorkspaceId,
        typed: Credentials,
        who: UserId,
        *,
        link: SetupLink | None = None,
    ) -> Connected:
        """Connect a workspace; whatever is raised, nothing was stored.

        Args:
            workspace: an installed one.
            typed: as a person entered them.
            who: the administrator, or `OPERATOR`.
            link: the one-time link they were entered at, which is used up with them.

        Raises:
            KeyMissing: they could not be sealed.
            CredentialMalformed: one of the two cannot be what it should be.
            TokenRefused, TokenDisabled, TokenExpired, PermissionMissing, AccountNotFound: what
                Cloudflare has against them.
            RealtimeKitError: Cloudflare could not be asked.
            SetupLinkDead: the link was used meanwhile.
            InstallationBroken: the app is no longer installed there.
        """
        if not self.can_seal:
            raise KeyMissing
        credentials = tidied(typed)
        home = await self.workspaces.get(workspace)
        apps = await self._try(
            replace(home, account_id=credentials.account_id, api_token=credentials.api_token)
        )
        await self.stored.connect(workspace, credentials, who=who, at=self.now(), link=link)
        self.directory.forget(workspace)
        return Connected(
            account_id=credentials.account_id, token_ending=credentials.token_ending, apps=apps
        )

    async def _try(self, candidate: Workspace) -> Sequence[App]:
        account = self.account(candidate)
        try:
            return await account.list_apps()
        except (TokenRefused, PermissionMissing) as refusal:
            problem = await closer(account, refusal)
        raise problem


async def closer(account: Account, refusal: RealtimeKitError) -> RealtimeKitError:
    """What a refusal means: the same words stand for a dead token and a missing permission."""
    try:
        status = await account.token_status()
    except RealtimeKitError:
        return refusal
    return _WHAT_IT_MEANS[status](refusal.detail)


def tidied(typed: Credentials) -> Credentials:
    """What a person entered without what came along. Raises `CredentialMalformed`."""
    return Credentials(
        account_id=_checked("account_id", typed.account_id, setting_values.account_id),
        api_token=_checked("api_token", typed.api_token, setting_values.api_token),
    )


def _checked(field: str, text: str, check: Callable[[str], str]) -> str:
    text = text.strip()
    if not text:
        raise CredentialMalformed(field, "is missing")
    if len(text) > _LONGEST:
        raise CredentialMalformed(field, f"must have at most {_LONGEST} characters")
    try:
        return check(text)
    except ValueError as error:
        problem = CredentialMalformed(field, str(error))
    raise problem


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSetup:
    """Make the one-time address at which an administrator enters the credentials."""

    links: SetupLinks
    now: Clock
    public_url: str | None
    can_seal: bool

    def check(self) -> None:
        """Raise what is in the way for everybody: `KeyMissing`, `NoPublicAddress`."""
        if not self.can_seal:
            raise KeyMissing
        if self.public_url is None:
            raise NoPublicAddress

    async def __call__(self, workspace: WorkspaceId, administrator: UserId) -> str:
        """Make the address; whoever has it can use it. Raises `KeyMissing`, `NoPublicAddress`."""
        self.check()
        token = await self.links.create(workspace, administrator, self.now())
        return f"{self.public_url}{SETUP_PATH}/{token}"
