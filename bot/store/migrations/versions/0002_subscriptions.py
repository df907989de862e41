"""Subscriptions, the apps they watch, and what more than one installation needs.

It only adds, so that processes of the version before keep working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables and columns."""
    _create_subscriptions()
    _create_watched_apps()
    op.add_column("deliveries", sa.Column("subscription", sa.String(32)))
    wanted_by_one = sa.text("subscription IS NOT NULL")
    op.create_index(
        "ix_deliveries_subscription",
        "deliveries",
        ["subscription"],
        postgresql_where=wanted_by_one,
        sqlite_where=wanted_by_one,
    )
    for name in ("bot_token", "api_token", "webhook_key"):
        op.add_column("workspaces", sa.Column(name, sa.Text()))
    for name in ("account_id", "webhook_key_digest"):
        op.add_column("workspaces", sa.Column(name, sa.String(64)))
    op.create_index(
        "ix_workspaces_webhook_key_digest", "workspaces", ["webhook_key_digest"], unique=True
    )


def _create_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("app", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("allows_outsiders", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.String(64)),
        sa.Column("paused_at", MOMENT),
        sa.Column("told_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint(
            "workspace", "channel", "app", name="uq_subscriptions_workspace_channel_app"
        ),
    )
    op.create_index("ix_subscriptions_workspace_app", "subscriptions", ["workspace", "app"])
    untold = sa.text("paused_at IS NOT NULL AND told_at IS NULL")
    op.create_index(
        "ix_subscriptions_paused_at",
        "subscriptions",
        ["paused_at"],
        postgresql_where=untold,
        sqlite_where=untold,
    )


def _create_watched_apps() -> None:
    op.create_table(
        "watched_apps",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("app", sa.String(64), nullable=False),
        sa.Column("webhook", sa.String(64)),
        sa.Column("webhook_state", sa.String(16), nullable=False),
        sa.Column("webhook_reason", sa.String(64)),
        sa.Column("webhook_checked_at", MOMENT),
        sa.Column("heard_at", MOMENT),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("complete_at", MOMENT),
        sa.Column("claimed_at", MOMENT),
        sa.PrimaryKeyConstraint("workspace", "app", name="pk_watched_apps"),
    )
    op.create_index("ix_watched_apps_next_at", "watched_apps", ["next_at"])
