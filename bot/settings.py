"""Every environment variable, read once and typed; all that is wrong with them is said at once.

Names, defaults and meanings are the README's table too; `tests/test_docs.py` keeps them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import setting_values as check


class Purpose(StrEnum):
    """The command the settings are for: each needs others of them."""

    WEB = "web"
    WORKER = "worker"
    SOCKET = "socket"
    MIGRATE = "migrate"
    FETCH = "fetch"
    DOCTOR = "doctor"
    MANIFEST = "manifest"
    CONNECT = "connect"
    ROTATE_KEYS = "rotate-keys"
    FORGET = "forget"
    AUDIT = "audit"


class SettingsProblems(Exception):
    """The settings do not allow a start; `lines` say why, one plain line a problem."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Keep the lines; none of them repeats a value, which may be a secret."""
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def _secret(checked: Callable[[str], str]) -> AfterValidator:
    """Apply a check to a secret's text."""
    return AfterValidator(lambda secret: SecretStr(checked(secret.get_secret_value())))


def _in_capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


LogLevel: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat: TypeAlias = Literal["text", "json"]
ServiceUrl: TypeAlias = Annotated[str, AfterValidator(check.service_url)]
OneWord: TypeAlias = Annotated[str, AfterValidator(check.one_word)]


class Settings(BaseSettings):
    """This deployment's settings: environment variables of the same names in capitals."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8-sig",  # Windows editors put a mark before the first name
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    slack_signing_secret: Annotated[SecretStr, _secret(check.not_a_token)] | None = Field(
        None, description="proves that a request is Slack's; required for `web`"
    )
    slack_bot_token: Annotated[SecretStr, _secret(check.slack_token("xoxb-"))] | None = Field(
        None, description="one workspace: the bot token (`xoxb-…`) of the installed app"
    )
    slack_client_id: OneWord | None = Field(
        None,
        description="any number of workspaces, each installed by its own administrators (OAuth); "
        "not together with `SLACK_BOT_TOKEN`",
    )
    slack_client_secret: Annotated[SecretStr, _secret(check.not_a_token)] | None = Field(
        None, description="belongs to `SLACK_CLIENT_ID`"
    )
    slack_app_token: Annotated[SecretStr, _secret(check.slack_token("xapp-"))] | None = Field(
        None, description="the app-level token (`xapp-…`); required for `socket`"
    )
    slack_config_token: Annotated[SecretStr, _secret(check.slack_token("xoxe.xoxp-"))] | None = (
        Field(
            None,
            description="`manifest push` only: a configuration token (`xoxe.xoxp-…`), which lasts "
            "12 hours; asked for where there is a terminal",
        )
    )
    slack_api_url: Annotated[str, AfterValidator(check.slack_api_url)] = Field(
        "https://slack.com/api/", description="Slack's Web API"
    )
    slack_authorize_url: ServiceUrl = Field(
        "https://slack.com/oauth/v2/authorize", description="where an installation begins"
    )
    cloudflare_account_id: Annotated[str, AfterValidator(check.account_id)] | None = Field(
        None, description="one workspace: the Cloudflare account's id, 32 digits and letters"
    )
    cloudflare_api_token: Annotated[SecretStr, _secret(check.api_token)] | None = Field(
        None, description="one workspace: an API token with the permission Realtime"
    )
    cloudflare_base_url: ServiceUrl = Field(
        "https://api.cloudflare.com/client/v4", description="Cloudflare's API"
    )
    realtimekit_webhook_key_url: ServiceUrl = Field(
        "https://api.realtime.cloudflare.com/.well-known/webhooks.json",
        description="the key that RealtimeKit signs webhooks with",
    )
    public_url: Annotated[str, AfterValidator(check.public_url)] | None = Field(
        None, description="where Slack and Cloudflare reach this deployment (`https://…`)"
    )
    database_url: Annotated[SecretStr, _secret(check.database_url)] = Field(
        SecretStr("sqlite:///meeting-summary.db"),
        description="or `postgres://…`, `postgresql://…` as hosts give it",
    )
    encryption_key: Annotated[SecretStr, _secret(check.encryption_key)] | None = Field(
        None,
        description="seals secrets in the database; several, comma-separated: the first seals, "
        "all open",
    )
    allow_local_downloads: bool = Field(
        default=False, description="tests and demo only: downloads by http and from this machine"
    )
    run_worker: bool = Field(
        default=True, description="`false`: `web` leaves the work to `worker`; PostgreSQL only"
    )
    port: int = Field(3000, ge=1, le=65_535, description="where `web` listens")
    host: OneWord = Field("0.0.0.0", description="the address `web` listens on")  # noqa: S104 - containers need it
    log_level: Annotated[LogLevel, BeforeValidator(_in_capitals)] = Field(
        "INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`"
    )
    log_format: LogFormat = Field("text", description="`text` or `json`")

    @field_validator("*", mode="before")
    @classmethod
    def _tidy(cls, value: object, info: ValidationInfo) -> object:
        """Drop spaces around a value; an empty one is one that was not set."""
        if not isinstance(value, str):
            return value
        return value.strip() or cls.model_fields[info.field_name or ""].default

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is a file of this machine, which one process may use."""
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def serves_many(self) -> bool:
        """Whether workspaces install the app themselves, instead of being named here."""
        return self.slack_client_id is not None

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """The keys, the one that seals first; none when there is nothing to seal with."""
        keys = self.encryption_key.get_secret_value() if self.encryption_key else ""
        return tuple(key.strip() for key in keys.split(",") if key.strip())


def load_settings(purpose: Purpose, *, env_file: Path = Path(".env")) -> Settings:
    """Read the environment, and `.env` for what the environment does not say.

    Raises:
        SettingsProblems: something is missing for this purpose, contradictory or malformed.
    """
    settings, problems = read_settings(purpose, env_file=env_file)
    if problems:
        raise SettingsProblems(problems)
    return settings


def read_settings(
    purpose: Purpose, *, env_file: Path = Path(".env")
) -> tuple[Settings, tuple[str, ...]]:
    """Read what can be read, with a default for each malformed setting, and say what is wrong."""
    try:
        settings, malformed = _read_with_defaults(env_file)
    except (OSError, UnicodeDecodeError):
        unread = f"{env_file} cannot be read as UTF-8 text; save it again or remove it"
        return Settings.model_construct(), (unread,)
    found = (*_missing(settings, purpose), *_contradictions(settings, purpose))
    # A malformed setting is not a missing one, and its default contradicts nothing.
    rest = (line for names, line in found if not malformed.keys() & names)
    return settings, (*malformed.values(), *rest)


def _read_with_defaults(env_file: Path) -> tuple[Settings, dict[str, str]]:
    try:
        return Settings(_env_file=env_file), {}
    except ValidationError as error:
        malformed = {str(each["loc"][0]).lower(): _plain_line(each) for each in error.errors()}
    defaults = {name: Settings.model_fields[name].default for name in malformed}
    return Settings(_env_file=env_file, **defaults), malformed


_PLAIN_WORDS = {
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "greater_than_equal": "must be from 1 to 65535",
    "less_than_equal": "must be from 1 to 65535",
}


def _plain_line(error: ErrorDetails) -> str:
    words = _PLAIN_WORDS.get(error["type"], error["msg"])
    words = words.removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{str(error['loc'][0]).upper()} {words}"


Finding: TypeAlias = tuple[Collection[str], str]
"""The settings a problem is about, and the line that says it."""


_WHERE_TO_FIND = {
    "slack_signing_secret": "the Slack app's page Basic Information shows it",
    "slack_bot_token": "the Slack app's page Install App shows it",
    "slack_app_token": "make one with the scope connections:write",
    "cloudflare_account_id": "the address of Cloudflare's dashboard contains it",
    "cloudflare_api_token": "make one with the permission Realtime",
    "public_url": "Slack sends people back there when they install the app",
    "encryption_key": f"API tokens are stored encrypted; make one: {check.MAKE_A_KEY}",
}


def _missing(settings: Settings, purpose: Purpose) -> Iterator[Finding]:
    """What this purpose, or another setting, cannot do without."""
    required = {name: _WHERE_TO_FIND[name] for name in _required(settings, purpose)}
    for name, why in {**required, **_lonely(settings)}.items():
        if getattr(settings, name) is None:
            yield {name}, f"{name.upper()} is missing: {why}"


def _required(settings: Settings, purpose: Purpose) -> Iterator[str]:
    serves = purpose in (Purpose.WEB, Purpose.WORKER, Purpose.SOCKET)
    if purpose is Purpose.WEB:
        yield "slack_signing_secret"
    if purpose is Purpose.SOCKET:
        yield "slack_app_token"
    if serves and not settings.serves_many:
        yield "slack_bot_token"
    if purpose is Purpose.WEB and settings.serves_many:
        yield "public_url"
    opens_secrets = purpose is Purpose.FORGET and settings.slack_bot_token is None
    if purpose in _SEALING or opens_secrets or (serves and settings.serves_many):
        yield "encryption_key"
    # With a key, an administrator can connect the one workspace too.
    alone = serves and not settings.serves_many and not settings.encryption_keys
    if alone or purpose is Purpose.FETCH:
        yield from ("cloudflare_account_id", "cloudflare_api_token")


_SEALING = (Purpose.CONNECT, Purpose.ROTATE_KEYS)


_PAIRS = (
    ("slack_client_id", "slack_client_secret"),
    ("cloudflare_account_id", "cloudflare_api_token"),
)


def _lonely(settings: Settings) -> dict[str, str]:
    """The other half of each pair of which one is set."""
    both_ways = (*_PAIRS, *((second, first) for first, second in _PAIRS))
    return {
        absent: f"it belongs to {present.upper()}"
        for present, absent in both_ways
        if getattr(settings, present) is not None
    }


def _contradictions(settings: Settings, purpose: Purpose) -> Iterator[Finding]:
    """What cannot all be meant."""
    if settings.slack_bot_token and settings.slack_client_id:
        line = "SLACK_BOT_TOKEN and SLACK_CLIENT_ID exclude each other: keep one of them"
        yield {"slack_bot_token", "slack_client_id"}, line
    if settings.uses_sqlite and not settings.run_worker:
        line = "RUN_WORKER=false needs PostgreSQL: on SQLite `web` does the work itself"
        yield {"run_worker", "database_url"}, line
    if settings.uses_sqlite and purpose is Purpose.WORKER:
        line = "DATABASE_URL must be PostgreSQL's: on SQLite `web` does the work itself"
        yield {"database_url"}, line
