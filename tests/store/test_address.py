"""Database addresses as people and hosting services write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import DatabaseUnusable
from bot.store.address import PostgresAddress, SqliteAddress, read_address


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///meeting-summary.db", Path("meeting-summary.db")),
        ("sqlite:////var/lib/bot.db", Path("/var/lib/bot.db")),
        ("sqlite+aiosqlite:///bot.db", Path("bot.db")),
        ("sqlite:///:memory:", None),
        ("sqlite://", None),
    ],
)
def test_sqlite_files_and_memory(url: str, path: Path | None) -> None:
    """Three slashes are relative, four are absolute, as everywhere."""
    assert read_address(url) == SqliteAddress(path)


@pytest.mark.parametrize(
    ("url", "dsn"),
    [
        ("postgres://u:p@db.example.com:5432/bot", "postgresql://u:p@db.example.com:5432/bot"),
        ("postgresql+asyncpg://db/bot", "postgresql://db/bot"),
        ("postgres://db/bot?sslmode=require", "postgresql://db/bot?sslmode=require"),
        (
            "postgres://db/bot?sslmode=require&channel_binding=require&pgbouncer=true",
            "postgresql://db/bot?sslmode=require",
        ),
        ("postgresql:///bot?host=/run/pg", "postgresql:///bot?host=%2Frun%2Fpg"),
    ],
)
def test_postgresql_as_hosting_services_give_it(url: str, dsn: str) -> None:
    """Heroku's scheme is accepted, and words only other clients know are dropped."""
    assert read_address(url) == PostgresAddress(dsn)


@pytest.mark.parametrize("url", ["", "bot.db", "mysql://u:s3cr3t@db/bot", "postgresql:bot"])
def test_anything_else_is_refused_without_quoting_it(url: str) -> None:
    """The refusal may be logged, the password in the URL may not."""
    with pytest.raises(DatabaseUnusable) as refusal:
        read_address(url)

    assert "s3cr3t" not in str(refusal.value)


def test_a_password_does_not_show() -> None:
    """An address in a traceback or a log keeps its secret."""
    assert "s3cr3t" not in repr(read_address("postgres://u:s3cr3t@db/bot"))
