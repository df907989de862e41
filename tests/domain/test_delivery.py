"""How a delivery stands."""

from __future__ import annotations

from bot.domain.delivery import DeliveryState


def test_a_promise_is_open_until_it_is_posted_failed_or_skipped() -> None:
    """Due and waiting are the states in which a summary may still be posted."""
    open_states = {state for state in DeliveryState if state.is_open}

    assert open_states == {DeliveryState.DUE, DeliveryState.WAITING}
