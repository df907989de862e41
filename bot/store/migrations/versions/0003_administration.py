"""Installation by OAuth, settings and administrators, the audit record, and alarms.

It only adds, so that processes of the version before keep working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables and columns."""
    _extend_workspaces()
    for name in ("agreed_readers", "agreed_outside"):
        op.add_column("deliveries", sa.Column(name, sa.Integer()))
    op.create_index("ix_deliveries_workspace_created_at", "deliveries", ["workspace", "created_at"])
    _create_links()
    _create_policies()
    _create_administration()
    _create_watch()


def _extend_workspaces() -> None:
    for name in ("name", "scopes", "refresh_token"):
        op.add_column("workspaces", sa.Column(name, sa.Text()))
    for name in ("token_expires_at", "installed_at"):
        op.add_column("workspaces", sa.Column(name, MOMENT))
    for name in ("installed_by", "contact"):
        op.add_column("workspaces", sa.Column(name, sa.String(64)))
    op.add_column("workspaces", sa.Column("api_token_ending", sa.String(4)))
    op.add_column("workspaces", sa.Column("look_at", MOMENT))
    op.create_index("ix_workspaces_look_at", "workspaces", ["look_at"])


def _create_links() -> None:
    op.create_table(
        "oauth_states",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_oauth_states"),
    )
    op.create_index("ix_oauth_states_expires_at", "oauth_states", ["expires_at"])
    op.create_table(
        "setup_links",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("administrator", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("digest", name="pk_setup_links"),
    )
    op.create_index("ix_setup_links_expires_at", "setup_links", ["expires_at"])


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("default_app", sa.String(64)),
        sa.Column("allows_shared", sa.Boolean(), nullable=False),
        sa.Column("confirm_from", sa.Integer()),
        sa.PrimaryKeyConstraint("workspace", name="pk_policies"),
    )
    op.create_table(
        "app_policies",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("app", sa.String(64), nullable=False),
        sa.Column("channels", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "app", name="pk_app_policies"),
    )
    op.create_table(
        "app_channels",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("app", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "app", "channel", name="pk_app_channels"),
    )


def _create_administration() -> None:
    op.create_table(
        "administrators",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "user", name="pk_administrators"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_workspace_at", "audit", ["workspace", "at"])


def _create_watch() -> None:
    op.add_column("watched_apps", sa.Column("registered_at", MOMENT))
    op.create_table(
        "alarms",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("check", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("told", sa.String(16)),
        sa.PrimaryKeyConstraint("workspace", "check", name="pk_alarms"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
