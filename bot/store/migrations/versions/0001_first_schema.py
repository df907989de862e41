"""The first schema: workspaces, aliases, deliveries, messages and turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_workspaces()
    _create_deliveries()
    op.create_table(
        "messages",
        sa.Column("delivery", sa.String(32), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("ts", sa.String(32)),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("delivery", "key", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["delivery"], ["deliveries.id"], name="fk_messages_delivery", ondelete="CASCADE"
        ),
        sa.CheckConstraint("state IN ('sending', 'sent', 'refused')", name="state"),
    )
    op.create_table(
        "turns",
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("holder", sa.String(64)),
        sa.Column("held_until", MOMENT),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_turns"),
    )


def _create_workspaces() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("bot_user_id", sa.String(64), nullable=False),
        sa.Column("bot_id", sa.String(64), nullable=False),
        sa.Column("token_digest", sa.String(64), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
    )
    op.create_index("ix_workspaces_token_digest", "workspaces", ["token_digest"])
    op.create_table(
        "aliases",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("app", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", name="pk_aliases"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("asker", sa.String(64)),
        sa.Column("answer_url", sa.Text()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=False),
        sa.Column("run_at", MOMENT),
        sa.Column("told", sa.String(16)),
        sa.Column("parent_ts", sa.String(32)),
        sa.Column("notice_ts", sa.String(32)),
        sa.Column("expires_at", MOMENT),
        sa.Column("holder", sa.String(64)),
        sa.Column("held_until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "workspace",
            "channel",
            "session",
            "repeat",
            name="uq_deliveries_workspace_channel_session_repeat",
        ),
        sa.CheckConstraint(
            "state IN ('due', 'waiting', 'posted', 'failed', 'skipped')", name="state"
        ),
    )
    something_to_do = sa.text("run_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_run_at",
        "deliveries",
        ["run_at"],
        postgresql_where=something_to_do,
        sqlite_where=something_to_do,
    )
    op.create_index("ix_deliveries_workspace_session", "deliveries", ["workspace", "session"])
