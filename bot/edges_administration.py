"""What administrators and those who install the app reach, built around an open bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.bootstrap import Bot, build_connect
from bot.domain.ids import UserId, WorkspaceId
from bot.manifest import SCOPE_REASONS
from bot.messages.picker import View
from bot.slack.administrators import Administrators
from bot.slack.background import Background
from bot.slack.directory import Person, user_info
from bot.slack.listeners.connect import Connects
from bot.slack.listeners.home import HomeTab
from bot.slack.listeners.settings import SettingsWindows
from bot.slack.parsing import is_keyword
from bot.slack.private import PrivateAnswers
from bot.slack.views import publish_home
from bot.slack.windows import SlackWindows
from bot.usecases.change_settings import ChangeSettings
from bot.usecases.connect import OfferSetup
from bot.usecases.install import Install
from bot.usecases.show_home import ShowHome
from bot.usecases.show_settings import ShowSettings
from bot.web.app import Endpoint
from bot.web.oauth import InstallEndpoint, not_for_many
from bot.web.setup import SetupEndpoint


def build_administrators(bot: Bot) -> Administrators:
    """Who may administer, asked of Slack."""

    async def look_up(workspace: WorkspaceId, user: UserId) -> Person:
        home = await bot.tenants.get(workspace)
        return await user_info(bot.connections.slack_api(home.bot_token), user)

    return Administrators(look_up, bot.stores.policies.administrators)


def build_windows(bot: Bot) -> Callable[[WorkspaceId], Awaitable[SlackWindows]]:
    """Each workspace's windows."""

    async def windows(workspace: WorkspaceId) -> SlackWindows:
        home = await bot.tenants.get(workspace)
        return SlackWindows(bot.connections.slack_api(home.bot_token))

    return windows


def build_connects(bot: Bot, private: PrivateAnswers) -> Connects:
    """**Connect Cloudflare**, wherever it stands."""
    settings = bot.connections.settings
    offer = OfferSetup(
        links=bot.stores.setup_links,
        now=bot.connections.now,
        public_url=settings.public_url,
        can_seal=bool(settings.encryption_keys),
    )
    return Connects(
        windows=build_windows(bot),
        offer=offer,
        may_administer=build_administrators(bot),
        private=private,
    )


def build_home(bot: Bot, background: Background) -> HomeTab:
    """The Home tab of everybody."""
    stores = bot.stores

    async def publish(workspace: WorkspaceId, person: UserId, view: View) -> None:
        home = await bot.tenants.get(workspace)
        await publish_home(bot.connections.slack_api(home.bot_token), person, view)

    return HomeTab(
        find=bot.tenants.find,
        show=ShowHome(
            bot.tenants,
            bot.fetching.directory,
            stores.policies,
            stores.subscriptions,
            stores.deliveries,
            stores.audit,
            stores.workspaces.token_ending,
        ),
        publish=publish,
        may_administer=build_administrators(bot),
        background=background,
    )


def build_settings(bot: Bot, private: PrivateAnswers, home: HomeTab) -> SettingsWindows:
    """The settings' windows."""
    administrators = build_administrators(bot)

    async def is_member(workspace: WorkspaceId, user: UserId) -> bool:
        installation = await bot.tenants.find(workspace, workspace)
        return installation is not None and await administrators.is_member(installation, user)

    stores = bot.stores
    return SettingsWindows(
        windows=build_windows(bot),
        show=ShowSettings(
            bot.tenants, bot.fetching.directory, stores.policies, stores.workspaces.token_ending
        ),
        change=ChangeSettings(stores.policies, is_member, is_keyword),
        may_administer=administrators,
        write_to=bot.alarms.write_to,
        private=private,
        changed=home.soon,
    )


def build_install(bot: Bot) -> tuple[Endpoint, Endpoint]:
    """Where installing begins and ends; not there for one workspace."""
    connections, stores = bot.connections, bot.stores
    oauth = connections.oauth()
    if oauth is None:
        return not_for_many, not_for_many
    endpoint = InstallEndpoint(
        install=Install(
            states=stores.oauth_states,
            oauth=oauth,
            installations=stores.installations,
            now=connections.now,
        ),
        authorize_url=connections.settings.slack_authorize_url,
        client_id=oauth.client_id,
        redirect_uri=oauth.redirect_uri,
        scopes=tuple(SCOPE_REASONS),
    )
    return endpoint.begin, endpoint.finish


def build_setup(bot: Bot, background: Background) -> SetupEndpoint:
    """The one-time page for an API token."""
    may_administer = build_administrators(bot)

    async def still_administers(workspace: WorkspaceId, user: UserId) -> bool:
        # The same id is a team's or an organisation's, whichever the app was installed for.
        installation = await bot.tenants.find(workspace, workspace)
        return installation is not None and await may_administer(installation, user)

    home = build_home(bot, background)

    async def changed(workspace: WorkspaceId, user: UserId) -> None:
        installation = await bot.tenants.find(workspace, workspace)
        if installation is not None:
            home.soon(installation, user)

    return SetupEndpoint(
        links=bot.stores.setup_links,
        may_administer=still_administers,
        connect=build_connect(bot.connections, bot.stores.credentials, bot.tenants, bot.fetching),
        now=bot.connections.now,
        changed=changed,
    )
