"""Database addresses as people and hosting services write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from bot.errors import DatabaseUnusable

_POSTGRES_SCHEMES = ("postgres", "postgresql", "postgresql+asyncpg")

_UNDERSTOOD = frozenset(
    {
        *("host", "port", "user", "password", "dbname", "database", "passfile", "options"),
        *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword"),
        *("ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib"),
        *("application_name", "target_session_attrs"),
    }
)
"""What asyncpg reads of a DSN's query. It sends anything else to the server as a setting, which
then refuses the connection; other clients' words (`channel_binding`, `pgbouncer`, …) are dropped.
Source: asyncpg, `connect_utils.py`."""


@dataclass(frozen=True, slots=True)
class SqliteAddress:
    """A SQLite file, or memory (no path) for tests."""

    path: Path | None


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A PostgreSQL database; the DSN may hold a password and does not show in a `repr`."""

    dsn: str = field(repr=False)


def read_address(url: str) -> SqliteAddress | PostgresAddress:
    """Read a database's URL: `sqlite:///file.db`, `postgres://…` or `postgresql://…`.

    Raises:
        DatabaseUnusable: it is none of these. The error does not quote it: it may hold a password.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise DatabaseUnusable("a database URL starts with sqlite:/// or postgresql://")
    if scheme in ("sqlite", "sqlite+aiosqlite"):
        path = rest.removeprefix("/")
        return SqliteAddress(None if path in ("", ":memory:") else Path(path))
    if scheme in _POSTGRES_SCHEMES:
        return PostgresAddress(_for_asyncpg(f"postgresql://{rest}"))
    raise DatabaseUnusable("the database must be sqlite:/// or postgresql://")


def _for_asyncpg(dsn: str) -> str:
    address, _, query = dsn.partition("?")
    understood = [(name, value) for name, value in parse_qsl(query) if name in _UNDERSTOOD]
    return f"{address}?{urlencode(understood)}" if understood else address
