"""A small cluster: processes of their own on PostgreSQL, one of which is killed at its work."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.demo.fake_slack.faults import hang
from tests.chaos.cluster import Cluster, open_cluster
from tests.chaos.crew import Member
from tests.chaos.holds import read_holds
from tests.chaos.plan import Plan

SMALL = Plan(
    meetings=4,
    commands=8,
    workspaces=4,
    unreadable=0,
    crew=("web-1", "worker-1", "worker-2"),
    database_away=None,
    trouble=0.0,
    told_within=0.5,
    written_within=0.5,
    never_told=0.0,
    program=("-m", "tests.chaos.impatient"),
)


async def holder_of_what_hangs(cluster: Cluster) -> Member:
    """Wait until Slack leaves a message unanswered; returns the process that waits for it."""
    slack = cluster.stage.slack
    while True:
        for call in slack.calls_of("chat.postMessage"):
            if call.outcome == "hang":
                delivery = call.arguments["metadata"]["event_payload"]["delivery_id"]
                holds = await read_holds(cluster.notes)
                process = next(h.process for h in reversed(holds) if h.delivery == delivery)
                return next(each for each in cluster.members if each.process == process)
        await asyncio.sleep(0.05)


async def test_a_killed_workers_delivery_is_taken_over(tmp_path: Path) -> None:
    """It held a channel's turn: another process goes on, and everything is posted once."""
    async with asyncio.timeout(90), open_cluster(SMALL, tmp_path) as cluster:
        cluster.stage.slack.faults.add("chat.postMessage", hang())
        telling = asyncio.create_task(cluster.tell())
        await (await holder_of_what_hangs(cluster)).kill()
        await telling
        await cluster.until_ended()
        outcome = await cluster.judge(seconds=0, ended=True)

    assert list(outcome.faults) == []
    assert outcome.verdict.posted == 20
    assert len(outcome.took) >= 1
