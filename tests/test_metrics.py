"""What a scrape sees."""

from __future__ import annotations

import re

import pytest

from bot.metrics import Metrics


def _sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"meeting_summary_{name}", labels)


def test_a_scrape_is_prometheus_text() -> None:
    """Every metric of ours is there from the start, with what it means and its unit."""
    body, content_type = Metrics().render()

    text = body.decode()
    assert content_type.startswith("text/plain")
    assert "# HELP meeting_summary_queue_age_seconds Seconds the longest" in text
    ours = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert {name for name in ours if not name.startswith(("meeting_summary_", "process_"))} == set()


def test_calls_are_counted_and_timed() -> None:
    """Each call is counted by its outcome and timed in seconds."""
    metrics = Metrics()

    metrics.observe_slack("chat.postMessage", "ok", 0.2)
    metrics.observe_cloudflare("summary", "timeout", 10.0)

    posted = {"service": "slack", "method": "chat.postMessage"}
    assert _sample(metrics, "calls_total", **posted, outcome="ok") == 1
    assert _sample(metrics, "call_seconds_sum", **posted) == pytest.approx(0.2)
    failed = {"service": "cloudflare", "method": "summary", "outcome": "timeout"}
    assert _sample(metrics, "calls_total", **failed) == 1


@pytest.mark.parametrize("outcome", ["429", "ratelimited", "rate_limited"])
def test_refusals_for_too_many_calls_are_counted_apart(outcome: str) -> None:
    """Both services' words for it count; other refusals do not."""
    metrics = Metrics()

    metrics.observe_slack("chat.postMessage", outcome, 0.1)
    metrics.observe_slack("chat.postMessage", "channel_not_found", 0.1)

    labels = {"service": "slack", "method": "chat.postMessage"}
    assert _sample(metrics, "rate_limited_total", **labels) == 1


def test_webhooks_are_counted_by_event_and_outcome() -> None:
    """What came and what became of it; nothing else of a request is a label."""
    metrics = Metrics()

    metrics.observe_webhook("meeting.ended", "stored")
    metrics.observe_webhook("unread", "forged")

    ended = {"event": "meeting.ended", "outcome": "stored"}
    assert _sample(metrics, "webhook_events_total", **ended) == 1
    assert _sample(metrics, "webhook_events_total", event="unread", outcome="forged") == 1


def test_looks_are_counted_and_timed() -> None:
    """Each look through an app's sessions is counted by its outcome and timed in seconds."""
    metrics = Metrics()

    metrics.observe_look("looked", 0.4)
    metrics.observe_look("token_refused", 0.2)

    assert _sample(metrics, "looks_total", outcome="looked") == 1
    assert _sample(metrics, "looks_total", outcome="token_refused") == 1
    assert _sample(metrics, "look_seconds_count") == 2
    assert _sample(metrics, "look_seconds_sum") == pytest.approx(0.6)


def test_subscriptions_and_their_webhooks_are_counted() -> None:
    """How many subscriptions wait for a person, and how registering webhooks goes."""
    metrics = Metrics()

    metrics.subscriptions_paused.set(3)
    metrics.webhook_registrations.labels("active").inc()

    assert _sample(metrics, "subscriptions_paused") == 3
    assert _sample(metrics, "webhook_registrations_total", outcome="active") == 1


def test_two_processes_parts_do_not_share_metrics() -> None:
    """Each has a registry of its own, so that tests and demo can make several."""
    first, second = Metrics(), Metrics()

    first.commands.labels("post", "accepted").inc()
    first.failures.labels("slack_busy").inc()
    first.posts.labels("posted").inc()
    first.ack_to_thread.observe(4.0)
    first.queue_depth.set(2)

    assert _sample(first, "commands_total", command="post", outcome="accepted") == 1
    assert _sample(first, "queue_depth") == 2
    assert _sample(second, "commands_total", command="post", outcome="accepted") is None
