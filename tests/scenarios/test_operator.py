"""What an operator's tools read: health, readiness and the metrics."""

from __future__ import annotations

import re

from sqlalchemy import text

from bot.demo.fake_slack.faults import error, rate_limited
from tests.scenarios.test_refusals import POST
from tests.scenarios.world import World


async def metric(world: World, line: str) -> float:
    """The value of one line of the metrics, named as Prometheus names it."""
    shown = (await world.served.http.get("/metrics")).text
    found = re.search(rf"^{re.escape(line)} (\S+)$", shown, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_health_and_readiness_say_how_the_parts_stand(world: World) -> None:
    """The process is up; so are database and worker, each by name."""
    health = await world.served.http.get("/healthz")
    ready = await world.served.http.get("/readyz")

    assert (health.status_code, health.text) == (200, "ok\n")
    assert (ready.status_code, ready.json()) == (200, {"database": "up", "worker": "up"})


async def test_a_database_of_another_version_is_not_ready_but_alive(world: World) -> None:
    """Whoever restarts processes should not restart this one for it."""
    async with world.served.bot.stores.database.begin() as connection:
        await connection.execute(text("DELETE FROM alembic_version"))

    health = await world.served.http.get("/healthz")
    ready = await world.served.http.get("/readyz")

    assert health.status_code == 200
    assert (ready.status_code, ready.json()["database"]) == (503, "down")


async def test_a_worker_that_stands_still_is_not_ready(world: World) -> None:
    """No look through the deliveries for minutes means that nothing is posted."""
    world.clock.advance(minutes=4)

    ready = await world.served.http.get("/readyz")

    assert (ready.status_code, ready.json()["worker"]) == (503, "down")


async def test_the_metrics_tell_how_posting_goes(world: World) -> None:
    """Commands, outcomes, failures by reason, the time to the thread, and calls by service."""
    world.stage.slack.faults.add(POST, rate_limited("5"))
    session = world.meeting()
    await world.ask(session)
    await world.until_next_step()
    world.stage.slack.faults.add(POST, error("is_archived"))
    await world.ask(world.meeting())
    await world.type("nonsense")

    name = "meeting_summary_"
    understood = '{command="PostSummary",outcome="understood"}'
    assert await metric(world, f"{name}commands_total{understood}") == 2
    unknown = '{command="unknown",outcome="not_understood"}'
    assert await metric(world, f"{name}commands_total{unknown}") == 1
    assert await metric(world, f'{name}posts_total{{outcome="posted"}}') == 1
    assert await metric(world, f'{name}posts_total{{outcome="failed"}}') == 1
    assert await metric(world, f'{name}failures_total{{reason="slack_busy"}}') == 1
    assert await metric(world, f'{name}failures_total{{reason="channel_closed"}}') == 1
    assert await metric(world, f"{name}ack_to_thread_seconds_count") == 1
    post = 'method="chat.postMessage"'
    ok = f'{{{post},outcome="ok",service="slack"}}'
    assert await metric(world, f"{name}calls_total{ok}") == 2
    assert await metric(world, f'{name}rate_limited_total{{{post},service="slack"}}') == 1


async def test_the_metrics_tell_what_waits_and_since_when(world: World) -> None:
    """What an operator is woken for: a queue that does not empty."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error("service_unavailable"))
    await world.ask(session)
    idle = await metric(world, "meeting_summary_queue_depth")

    world.clock.advance(minutes=10)

    assert idle == 0
    assert await metric(world, "meeting_summary_queue_depth") == 1
    assert 500 < await metric(world, "meeting_summary_queue_age_seconds") <= 600


async def test_the_metrics_name_nobody(world: World) -> None:
    """No person, channel, session, token or title is a label."""
    session = world.meeting(title="Secret merger")
    await world.ask(session)

    shown = (await world.served.http.get("/metrics")).text

    for secret in (session, world.dana.id, "C0MOBILE", "Secret", "xoxb-", world.stage.account.id):
        assert secret not in shown
