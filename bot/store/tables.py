"""The schema. A change here needs a revision in `migrations/versions`; a test says so."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
)

from bot.domain.delivery import DeliveryState, MessageState


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; a time without a zone is refused, not guessed at.

    PostgreSQL keeps the zone. SQLite keeps text of one length, so that moments sort as text.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring a moment to UTC on its way into the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give a moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: type[DeliveryState | MessageState]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


SEALED = {"sealed": True}
"""Marks a column of secrets: sealed, and bound to `table/id/column`, to open nowhere else."""


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("bot_user_id", String(64), nullable=False),
    Column("bot_id", String(64), nullable=False),
    Column("token_digest", String(64), nullable=False, index=True),
    Column("seen_at", Moment, nullable=False),
    Column("bot_token", Text, info=SEALED),
    Column("account_id", String(64)),
    Column("api_token", Text, info=SEALED),
    Column("webhook_key", Text, info=SEALED),
    Column("webhook_key_digest", String(64)),
    Column("name", Text),
    Column("scopes", Text),  # comma-separated, as Slack grants them
    Column("refresh_token", Text, info=SEALED),
    Column("token_expires_at", Moment),
    Column("installed_by", String(64)),
    Column("installed_at", Moment),
    Column("api_token_ending", String(4)),  # all that is ever shown of it
    Column("contact", String(64)),  # the administrator who is written to
    Column("look_at", Moment, index=True),  # when its health is looked at next
    Index("ix_workspaces_webhook_key_digest", "webhook_key_digest", unique=True),
)
"""The installations. One that is named in the settings has its tokens there, not here."""

aliases = Table(
    "aliases",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("app", String(64), nullable=False),
)
"""Names administrators gave to apps; `name` is case-folded."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("session", String(64), nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("app", Text, nullable=False),
    Column("asker", String(64)),
    Column("answer_url", Text, info=SEALED),
    Column("state", String(16), nullable=False),
    Column("reason", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment, nullable=False),  # when the state last changed
    Column("run_at", Moment),
    Column("told", String(16)),
    Column("parent_ts", String(32)),
    Column("notice_ts", String(32)),
    Column("expires_at", Moment),
    Column("holder", String(64)),  # the run that is at work on this row
    Column("held_until", Moment),
    Column("subscription", String(32)),  # what wants it, if no person does
    Column("agreed_readers", Integer),  # how many readers its asker has seen and agreed to
    Column("agreed_outside", Integer),  # and how many other companies
    UniqueConstraint("workspace", "channel", "session", "repeat"),
    CheckConstraint(_one_of("state", DeliveryState), name="state"),
)
Index(
    "ix_deliveries_run_at",
    deliveries.c.run_at,
    postgresql_where=deliveries.c.run_at.is_not(None),
    sqlite_where=deliveries.c.run_at.is_not(None),
)
Index("ix_deliveries_workspace_session", deliveries.c.workspace, deliveries.c.session)
Index("ix_deliveries_workspace_created_at", deliveries.c.workspace, deliveries.c.created_at)
Index(
    "ix_deliveries_subscription",
    deliveries.c.subscription,
    postgresql_where=deliveries.c.subscription.is_not(None),
    sqlite_where=deliveries.c.subscription.is_not(None),
)

messages = Table(
    "messages",
    metadata,
    Column("delivery", ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ts", String(32)),
    Column("begun_at", Moment, nullable=False),
    CheckConstraint(_one_of("state", MessageState), name="state"),
)
"""What was sent for a delivery, written down before and after; no text."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("app", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("title", Text),
    Column("created_by", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("allows_outsiders", Boolean, nullable=False),
    Column("paused", String(64)),
    Column("paused_at", Moment),
    Column("told_at", Moment),  # when its maker was told of the pause
    UniqueConstraint("workspace", "channel", "app"),
    Index("ix_subscriptions_workspace_app", "workspace", "app"),
)
_untold = and_(subscriptions.c.paused_at.is_not(None), subscriptions.c.told_at.is_(None))
Index(
    "ix_subscriptions_paused_at",
    subscriptions.c.paused_at,
    postgresql_where=_untold,
    sqlite_where=_untold,
)

watched_apps = Table(
    "watched_apps",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("app", String(64), primary_key=True),
    Column("webhook", String(64)),
    Column("webhook_state", String(16), nullable=False),
    Column("webhook_reason", String(64)),
    Column("webhook_checked_at", Moment),
    Column("registered_at", Moment),  # since when the webhook has stood as it does
    Column("heard_at", Moment),
    Column("next_at", Moment, nullable=False, index=True),
    Column("complete_at", Moment),
    Column("claimed_at", Moment),  # when a process last took it, to look through it
)

turns = Table(
    "turns",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("holder", String(64)),
    Column("held_until", Moment),
    Column("next_at", Moment, nullable=False),
)
"""Whose turn it is at something only one may do at a time, and when the next step may come."""

oauth_states = Table(
    "oauth_states",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
)
"""Installations that were begun: what must come back from Slack, by its digest."""

setup_links = Table(
    "setup_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("administrator", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("used_at", Moment),
)
"""Addresses of the one-time page for an API token, by their digests."""

policies = Table(
    "policies",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("default_app", String(64)),
    Column("allows_shared", Boolean, nullable=False),
    Column("confirm_from", Integer),
)
"""What administrators decided for a workspace; one without a row has the defaults."""

app_policies = Table(
    "app_policies",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("app", String(64), primary_key=True),
    Column("channels", String(16), nullable=False),
)
"""To which channels an app's summaries may go: all, the listed ones, or private ones."""

app_channels = Table(
    "app_channels",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("app", String(64), primary_key=True),
    Column("channel", String(64), primary_key=True),
)
"""The channels that are listed for an app."""

administrators = Table(
    "administrators",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("user", String(64), primary_key=True),
    Column("added_by", String(64), nullable=False),
    Column("added_at", Moment, nullable=False),
)
"""People who may administer beside the workspace's own administrators."""

audit = Table(
    "audit",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("workspace", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Index("ix_audit_workspace_at", "workspace", "at"),
)
"""Who changed what, when; rows are only added. No secret and no meeting text."""

alarms = Table(
    "alarms",
    metadata,
    Column("workspace", String(64), primary_key=True),
    Column("check", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", Moment, nullable=False),
    Column("told", String(16)),
)
"""How each check of a workspace stood when it was last looked at, and what was told of it."""

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seen_at", Moment, nullable=False),
)
"""Processes that do background work, and when each last said so."""
