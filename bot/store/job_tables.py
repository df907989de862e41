"""The job engine's own tables on PostgreSQL, in a schema of their own."""

from __future__ import annotations

import asyncpg  # type: ignore[import-untyped]
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.inmemory import InMemoryDriver, InMemoryQueries
from pgqueuer.adapters.persistence import qb
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver

JOB_SCHEMA = "meeting_summary_jobs"

SETTINGS = DBSettings(
    # All by name, so that no PGQUEUER_* variable of the machine changes where jobs are.
    prefix="",
    db_schema=JOB_SCHEMA,
    channel=Channel("meeting_summary_jobs"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
    widen_id=True,
)

TRIM = (
    (
        "DELETE FROM meeting_summary_jobs.pgqueuer_log "
        "WHERE aggregated AND created < now() - CAST(:log AS interval)"
    ),
    (
        "DELETE FROM meeting_summary_jobs.pgqueuer_statistics "
        "WHERE created < now() - CAST(:log AS interval)"
    ),
    (
        "DELETE FROM meeting_summary_jobs.pgqueuer "
        "WHERE status = 'failed' AND updated < now() - CAST(:jobs AS interval)"
    ),
)
"""Drops what the engine itself keeps for good; `log` and `jobs` say how old it may get."""


def job_queries(driver: Driver) -> Queries:
    """The engine's questions to its tables, asked through any connection."""
    qbe, qbq, qbs = _named()
    return Queries(driver, qbe, qbq, qbs)


def jobs_in_memory() -> InMemoryQueries:
    """The same questions, answered out of this process's memory."""
    qbe, qbq, qbs = _named()
    return InMemoryQueries(InMemoryDriver(), qbe, qbq, qbs)


def _named() -> tuple[qb.QueryBuilderEnvironment, qb.QueryQueueBuilder, qb.QuerySchedulerBuilder]:
    # Left out, these would take the defaults, and wakes would go to a channel nobody listens to.
    return (
        qb.QueryBuilderEnvironment(SETTINGS),
        qb.QueryQueueBuilder(SETTINGS),
        qb.QuerySchedulerBuilder(SETTINGS),
    )


async def install_job_tables(connection: asyncpg.Connection) -> None:
    """Create the engine's tables, or bring them up to date. The caller sees that it is alone."""
    queries = job_queries(AsyncpgDriver(connection))
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        await queries.install()
