"""Addresses of messages."""

from __future__ import annotations

import pytest

from bot.domain.ids import ChannelId, MessageTs
from bot.domain.links import link_to_message


@pytest.mark.parametrize("home", ["https://acme.slack.com/", "https://acme.slack.com"])
def test_a_messages_address_is_made_from_what_is_stored(home: str) -> None:
    """The form is the one Slack itself gives: the timestamp without its dot."""
    link = link_to_message(home, ChannelId("C024BE91L"), MessageTs("1355517523.000008"))

    assert link == "https://acme.slack.com/archives/C024BE91L/p1355517523000008"
