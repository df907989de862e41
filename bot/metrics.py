"""What the bot counts and times, for Prometheus; every name begins with `meeting_summary_`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

Observe: TypeAlias = Callable[[str, str, float], None]
"""Takes a method's or an endpoint's name, the outcome, and how long it took in seconds."""

_PREFIX = "meeting_summary"
_RATE_LIMITED = frozenset({"429", "ratelimited", "rate_limited"})
_CALL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LOOK_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_THREAD_SECONDS = (0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 300, 1_800, 7_200, 43_200)
"""Half a day at the end: a summary that is not ready yet is waited for that long and longer."""


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        """Make every metric, so that each is there, at nought, from the first scrape on."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.commands = self._counter("commands", "Slash commands", "command", "outcome")
        self.posts = self._counter("posts", "Deliveries that ended", "outcome")
        self.failures = self._counter("failures", "Failed tries of deliveries", "reason")
        took = "Seconds from acknowledging a command to its finished thread"
        self.ack_to_thread = self._histogram("ack_to_thread", took, buckets=_THREAD_SECONDS)
        self.queue_depth = self._gauge("queue_depth", "Deliveries that are due")
        self.queue_age = self._gauge(
            "queue_age_seconds", "Seconds the longest due delivery has been due"
        )
        self.subscriptions_paused = self._gauge(
            "subscriptions_paused", "Subscriptions that wait for a person to put something right"
        )
        self._checks_bad = self._gauge(
            "checks_bad", "Workspaces in which a check of the doctor is bad", "check"
        )
        self.webhook_registrations = self._counter(
            "webhook_registrations", "Tries to bring an app's webhook in line", "outcome"
        )
        self._webhook_events = self._counter(
            "webhook_events", "Webhooks that came, by the event they told of", "event", "outcome"
        )
        self._looks = self._counter("looks", "Looks through an app's sessions", "outcome")
        self._look_seconds = self._histogram(
            "look", "Seconds a look through an app's sessions took", buckets=_LOOK_SECONDS
        )
        self._calls = self._counter(
            "calls", "Calls of another service", "service", "method", "outcome"
        )
        self._rate_limited = self._counter(
            "rate_limited", "Calls another service refused as too many (429)", "service", "method"
        )
        took = "Seconds a call of another service took"
        self._call_seconds = self._histogram(
            "call", took, "service", "method", buckets=_CALL_SECONDS
        )

    def observe_slack(self, name: str, outcome: str, seconds: float) -> None:
        """Count and time one call of Slack (an `Observe`)."""
        self._observe("slack", name, outcome, seconds)

    def observe_cloudflare(self, name: str, outcome: str, seconds: float) -> None:
        """Count and time one call of Cloudflare, or one download (an `Observe`)."""
        self._observe("cloudflare", name, outcome, seconds)

    def observe_webhook(self, event: str, outcome: str) -> None:
        """Count one webhook that came, by the event's name and what became of it."""
        self._webhook_events.labels(event, outcome).inc()

    def observe_look(self, outcome: str, seconds: float) -> None:
        """Count and time one look through an app's sessions."""
        self._looks.labels(outcome).inc()
        self._look_seconds.observe(seconds)

    def show_checks(self, bad: Mapping[str, int]) -> None:
        """Show in how many workspaces each check is bad, in place of what was shown before."""
        self._checks_bad.clear()
        for check, workspaces in bad.items():
            self._checks_bad.labels(check).set(workspaces)

    def render(self) -> tuple[bytes, str]:
        """The answer to a scrape: its body and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _observe(self, service: str, name: str, outcome: str, seconds: float) -> None:
        self._calls.labels(service, name, outcome).inc()
        self._call_seconds.labels(service, name).observe(seconds)
        if outcome in _RATE_LIMITED:
            self._rate_limited.labels(service, name).inc()

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}_total", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", meaning, labels, registry=self.registry)

    def _histogram(
        self, name: str, meaning: str, *labels: str, buckets: Sequence[float]
    ) -> Histogram:
        return Histogram(
            f"{_PREFIX}_{name}_seconds", meaning, labels, buckets=buckets, registry=self.registry
        )
