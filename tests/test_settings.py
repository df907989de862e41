"""The settings: what is read, what is refused, and what is never said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import Purpose, Settings, SettingsProblems, load_settings, read_settings

COMPLETE = {
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "SLACK_BOT_TOKEN": "xoxb-make-believe",
    "CLOUDFLARE_ACCOUNT_ID": "0123456789abcdef0123456789abcdef",
    "CLOUDFLARE_API_TOKEN": "cfut_make_believe",
}
NOWHERE = Path("no-such-file")


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def _problems(purpose: Purpose = Purpose.MIGRATE) -> tuple[str, ...]:
    return read_settings(purpose, env_file=NOWHERE)[1]


def test_defaults_are_enough_to_migrate() -> None:
    """Nothing needs to be set for the database's sake: it is a file in the current folder."""
    settings = load_settings(Purpose.MIGRATE, env_file=NOWHERE)

    assert settings.database_url.get_secret_value() == "sqlite:///meeting-summary.db"
    assert settings.port == 3000
    assert settings.run_worker
    assert settings.slack_api_url == "https://slack.com/api/"


def test_web_starts_with_five_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the README's setting-up names is all that is needed."""
    _set(monkeypatch, **COMPLETE)

    settings = load_settings(Purpose.WEB, env_file=NOWHERE)

    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-make-believe"


def test_a_dotenv_file_says_what_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment wins over the file; the file may begin with a byte order mark."""
    file = tmp_path / ".env"
    file.write_text("\ufeffPORT=4000\nHOST=127.0.0.1\n", encoding="utf-8")
    monkeypatch.setenv("HOST", "127.0.0.2")

    settings = load_settings(Purpose.MIGRATE, env_file=file)

    assert settings.port == 4000
    assert settings.host == "127.0.0.2"


def test_a_dotenv_file_that_is_no_text_is_one_problem(tmp_path: Path) -> None:
    """A file in another encoding stops the start with a line, not with a stack trace."""
    file = tmp_path / ".env"
    file.write_bytes(b"PORT=\xff\xfe4000")

    problems = read_settings(Purpose.MIGRATE, env_file=file)[1]

    assert problems == (f"{file} cannot be read as UTF-8 text; save it again or remove it",)


def test_spaces_around_a_value_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that was pasted with its line's end works."""
    _set(monkeypatch, **{name: f" {value}\n" for name, value in COMPLETE.items()})

    assert _problems(Purpose.WEB) == ()


def test_an_empty_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """`PORT=` in a file means the default, not a malformed port."""
    _set(monkeypatch, PORT="", SLACK_APP_TOKEN="  ", DATABASE_URL="")

    settings = load_settings(Purpose.MIGRATE, env_file=NOWHERE)

    assert settings.port == 3000
    assert settings.slack_app_token is None


@pytest.mark.parametrize(
    ("purpose", "missing"),
    [
        (
            Purpose.WEB,
            {
                "SLACK_SIGNING_SECRET",
                "SLACK_BOT_TOKEN",
                "CLOUDFLARE_ACCOUNT_ID",
                "CLOUDFLARE_API_TOKEN",
            },
        ),
        (
            Purpose.SOCKET,
            {"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"},
        ),
        (Purpose.FETCH, {"CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"}),
        (Purpose.MIGRATE, set()),
        (Purpose.DOCTOR, set()),
        (Purpose.MANIFEST, set()),
    ],
)
def test_each_command_asks_for_what_it_needs(purpose: Purpose, missing: set[str]) -> None:
    """With nothing set, every missing name is said at once, and no other."""
    problems = _problems(purpose)

    assert {line.split()[0] for line in problems} == missing
    assert all("is missing" in line for line in problems)


def test_all_problems_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Malformed, missing and contradictory settings come in one answer, one line each."""
    _set(
        monkeypatch,
        PORT="many",
        LOG_FORMAT="xml",
        RUN_WORKER="false",
        CLOUDFLARE_ACCOUNT_ID="me@example.com",
    )

    with pytest.raises(SettingsProblems) as caught:
        load_settings(Purpose.FETCH, env_file=NOWHERE)

    assert caught.value.lines == (
        "CLOUDFLARE_ACCOUNT_ID must be the account's id, not an e-mail address",
        "PORT must be a whole number",
        "LOG_FORMAT must be 'text' or 'json'",
        "CLOUDFLARE_API_TOKEN is missing: make one with the permission Realtime",
        "RUN_WORKER=false needs PostgreSQL: on SQLite `web` does the work itself",
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1-A1", "this is an app-level token (SLACK_APP_TOKEN)"),
        ("SLACK_BOT_TOKEN", "xoxp-1", "a user's token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1", "rotated"),
        ("SLACK_BOT_TOKEN", "secret", "must start with xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxp-1", "this is a configuration token (SLACK_CONFIG_TOKEN)"),
        ("SLACK_CONFIG_TOKEN", "xoxe-1-refresh", "this is a refresh token"),
        ("SLACK_CONFIG_TOKEN", "xoxb-1", "this is a bot token (SLACK_BOT_TOKEN)"),
        ("SLACK_APP_TOKEN", "xoxb-1", "this is a bot token (SLACK_BOT_TOKEN)"),
        ("SLACK_SIGNING_SECRET", "xoxb-1", "Basic Information"),
        ("SLACK_SIGNING_SECRET", '"abc"', "without spaces and quotation marks"),
        ("SLACK_API_URL", "http://slack.com/api/", "must begin with https://"),
        ("SLACK_API_URL", "slack.com", "must be a web address"),
        ("SLACK_API_URL", "https://slack.com:port/api/", "must be a web address"),
        ("SLACK_API_URL", "https://user:pass@slack.com/", "without a password"),
        ("CLOUDFLARE_ACCOUNT_ID", "6b9c4f0e-52a7-4d5c-9a0b-1f3e7d2c8a41", "has dashes"),
        ("CLOUDFLARE_ACCOUNT_ID", "acme", "32 digits"),
        ("CLOUDFLARE_API_TOKEN", "Bearer abc", "without `Bearer`"),
        ("CLOUDFLARE_API_TOKEN", "cfk_abc", "global API key"),
        ("CLOUDFLARE_API_TOKEN", "two words", "one word"),
        ("PUBLIC_URL", "http://bot.example.com", "must begin with https://"),
        ("PUBLIC_URL", "https://bot.example.com/?x=1", "without a password, `?`"),
        ("DATABASE_URL", "mysql://root:hunter2@db", "must begin with sqlite:///"),
        ("DATABASE_URL", "db.sqlite", "must begin with sqlite:///"),
        ("ENCRYPTION_KEY", "tiny", "the key has under 32"),
        ("ENCRYPTION_KEY", f"{'k' * 40},short", "key 2 has under 32"),
        ("PORT", "0", "must be from 1 to 65535"),
        ("PORT", "65536", "must be from 1 to 65535"),
        ("LOG_LEVEL", "LOUD", "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("ALLOW_LOCAL_DOWNLOADS", "perhaps", "must be true or false"),
    ],
)
def test_a_malformed_value_is_explained_without_being_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """One line, beginning with the setting's name, says what belongs there."""
    monkeypatch.setenv(name, value)

    problems = [line for line in _problems() if line.startswith(name)]

    assert len(problems) == 1
    assert words in problems[0]
    assert value not in problems[0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s"},
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID exclude each other",
        ),
        (
            {"SLACK_CLIENT_ID": "1.2"},
            "SLACK_CLIENT_SECRET is missing: it belongs to SLACK_CLIENT_ID",
        ),
        ({"SLACK_CLIENT_SECRET": "s"}, "SLACK_CLIENT_ID is missing"),
        ({"CLOUDFLARE_API_TOKEN": "t"}, "CLOUDFLARE_ACCOUNT_ID is missing: it belongs to"),
        ({"RUN_WORKER": "false"}, "RUN_WORKER=false needs PostgreSQL"),
    ],
)
def test_contradictions_are_refused(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], words: str
) -> None:
    """Settings that cannot all be meant stop every command."""
    _set(monkeypatch, **settings)

    problems = _problems()

    assert len(problems) == 1
    assert words in problems[0]


MANY = {
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "0123456789abcdef",
    "PUBLIC_URL": "https://bot.example.com",
    "ENCRYPTION_KEY": "k" * 32,
    "DATABASE_URL": "postgres://bot@db/bot",
    "SLACK_APP_TOKEN": "xapp-1-A1-make-believe",
}


@pytest.mark.parametrize("purpose", [Purpose.WEB, Purpose.WORKER, Purpose.SOCKET])
def test_many_workspaces_bring_their_own_tokens(
    monkeypatch: pytest.MonkeyPatch, purpose: Purpose
) -> None:
    """Neither a bot token nor anything of Cloudflare's is asked for."""
    _set(monkeypatch, **MANY)

    settings = load_settings(purpose, env_file=NOWHERE)

    assert settings.serves_many


@pytest.mark.parametrize(
    ("purpose", "missing"),
    [
        (Purpose.WEB, {"PUBLIC_URL", "ENCRYPTION_KEY"}),
        (Purpose.WORKER, {"ENCRYPTION_KEY"}),
        (Purpose.SOCKET, {"ENCRYPTION_KEY"}),
        (Purpose.FORGET, {"ENCRYPTION_KEY"}),
        (Purpose.ROTATE_KEYS, {"ENCRYPTION_KEY"}),
        (Purpose.MIGRATE, set()),
    ],
)
def test_many_workspaces_need_an_address_and_a_key(
    monkeypatch: pytest.MonkeyPatch, purpose: Purpose, missing: set[str]
) -> None:
    """People come back to the address, and the key seals what they bring."""
    _set(
        monkeypatch, **{k: v for k, v in MANY.items() if k not in ("PUBLIC_URL", "ENCRYPTION_KEY")}
    )

    problems = _problems(purpose)

    assert {line.split()[0] for line in problems} == missing


def test_with_a_key_cloudflare_can_be_connected_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """One workspace starts without an account too: an administrator connects it."""
    _set(monkeypatch, **COMPLETE, ENCRYPTION_KEY="k" * 32)
    monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")

    settings = load_settings(Purpose.WEB, env_file=NOWHERE)

    assert not settings.serves_many


def test_a_worker_alone_needs_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes may not share a SQLite file."""
    _set(monkeypatch, **COMPLETE)

    on_sqlite = _problems(Purpose.WORKER)
    monkeypatch.setenv("DATABASE_URL", "postgres://bot@db/bot")
    on_postgresql = _problems(Purpose.WORKER)

    assert on_sqlite == ("DATABASE_URL must be PostgreSQL's: on SQLite `web` does the work itself",)
    assert on_postgresql == ()


def test_a_malformed_setting_is_not_reported_as_missing_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One mistake is one line."""
    _set(monkeypatch, **{**COMPLETE, "SLACK_BOT_TOKEN": "xoxp-1", "CLOUDFLARE_API_TOKEN": "cfk_1"})

    problems = _problems(Purpose.WEB)

    assert [line.split()[0] for line in problems] == ["SLACK_BOT_TOKEN", "CLOUDFLARE_API_TOKEN"]


def test_addresses_are_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's ends in a slash, the others do not, however they were typed."""
    _set(
        monkeypatch,
        SLACK_API_URL="http://127.0.0.1:9000/api",
        CLOUDFLARE_BASE_URL="http://localhost:9001/client/v4/",
        PUBLIC_URL="https://bot.example.com/",
    )

    settings = load_settings(Purpose.MIGRATE, env_file=NOWHERE)

    assert settings.slack_api_url == "http://127.0.0.1:9000/api/"
    assert settings.cloudflare_base_url == "http://localhost:9001/client/v4"
    assert settings.public_url == "https://bot.example.com"


def test_several_keys_are_kept_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first key seals; the others only open."""
    first, second = "a" * 32, "b" * 32
    monkeypatch.setenv("ENCRYPTION_KEY", f"{first}, {second}")

    settings = load_settings(Purpose.MIGRATE, env_file=NOWHERE)

    assert settings.encryption_keys == (first, second)


def test_without_a_key_there_are_none() -> None:
    """Whoever seals must say that a key is needed."""
    assert load_settings(Purpose.MIGRATE, env_file=NOWHERE).encryption_keys == ()


@given(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=12))
def test_secrets_do_not_show(secret: str) -> None:
    """Printing the settings, as a debugger or an error might, shows no secret."""
    settings = Settings(
        _env_file=None,
        slack_bot_token=f"xoxb-{secret}",
        cloudflare_api_token=f"t{secret}",
        database_url=f"postgres://bot:{secret}@db/bot",
        encryption_key=secret * 3,
        slack_signing_secret=f"s{secret}",
    )

    assert secret not in repr(settings)
    assert secret not in str(settings)
