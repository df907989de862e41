"""The Home tab that the README shows, and the settings it opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.audit import AuditAction, AuditEntry
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import (
    AppId,
    ChannelId,
    DeliveryId,
    SessionId,
    SubscriptionId,
    UserId,
    WorkspaceId,
)
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.subscription import Subscription
from bot.domain.summary import App
from bot.messages.home import Everything
from bot.messages.settings import Page

AT = datetime(2026, 11, 23, 21, 44, tzinfo=UTC)
STANDUPS, BOARD = AppId("standups-app"), AppId("board-app")
DANA = UserId("dana")
MOBILE, LEADS = ChannelId("C0MOBILE"), ChannelId("C0LEADS")
WORKSPACE = WorkspaceId("T0ACME")

SUBSCRIPTION = Subscription(
    id=SubscriptionId("S1"),
    workspace=WORKSPACE,
    channel=MOBILE,
    app=STANDUPS,
    name="standups",
    title="weekly*",
    created_by=DANA,
    created_at=AT,
)


def _delivery(name: str, state: DeliveryState, reason: str | None = None) -> Delivery:
    return Delivery(
        id=DeliveryId(name),
        workspace=WORKSPACE,
        channel=MOBILE if reason is None else LEADS,
        session=SessionId("s"),
        app="standups",
        asker=DANA,
        state=state,
        reason=reason,
        created_at=AT + timedelta(minutes=5),
        run_at=None,
    )


EXAMPLE = Everything(
    connected=True,
    account_ending="365e",
    token_ending="k3Vd",
    apps=[App(STANDUPS, "standups"), App(BOARD, "board calls")],
    aliases={"daily": STANDUPS},
    policy=Policy(default_app=STANDUPS, apps={BOARD: AppPolicy(channels=AllowedChannels.PRIVATE)}),
    subscriptions=[SUBSCRIPTION],
    administrators=frozenset({UserId("erin")}),
    deliveries=[
        _delivery("7KQ2MB4XYZ", DeliveryState.POSTED),
        _delivery("3HFD8WNPRT", DeliveryState.FAILED, "not_in_channel"),
    ],
    record=[
        AuditEntry(workspace=WORKSPACE, at=AT, who=DANA, action=AuditAction.CONNECTED),
    ],
    link_of=lambda _: None,
)

SETTINGS = Page(
    policy=EXAMPLE.policy,
    administrators=EXAMPLE.administrators,
    aliases=EXAMPLE.aliases,
    apps=EXAMPLE.apps,
    connected=EXAMPLE.connected,
    token_ending=EXAMPLE.token_ending,
)
"""What its settings show."""
