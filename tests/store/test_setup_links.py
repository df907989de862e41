"""One-time addresses in the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.domain.ids import UserId, WorkspaceId
from bot.domain.setup_link import LINK_LASTS, MOST_TRIES
from bot.store.engine import Database
from bot.store.setup_links import SqlSetupLinks, use_up
from bot.store.tables import setup_links, workspaces
from tests.fakes import ASKER, NOON, WORKSPACE
from tests.subscribing import Kept

SECOND = timedelta(seconds=1)


@pytest.fixture
def links(kept: Kept) -> SqlSetupLinks:
    """No link yet, and one workspace."""
    return SqlSetupLinks(kept.workspaces.database)


async def test_a_link_is_found_by_its_token(links: SqlSetupLinks) -> None:
    """It says for whom and until when; looking uses nothing up."""
    token = await links.create(WORKSPACE, ASKER, NOON)

    for _ in range(MOST_TRIES + 1):
        link = await links.find(token, NOON)

    assert link is not None
    assert (link.workspace, link.administrator) == (WORKSPACE, ASKER)
    assert link.expires_at == NOON + LINK_LASTS
    assert link.tries_left == MOST_TRIES


async def test_the_token_is_not_stored(links: SqlSetupLinks, database: Database) -> None:
    """Whoever reads the database can open no page."""
    token = await links.create(WORKSPACE, ASKER, NOON)

    async with database.read() as connection:
        row = (await connection.execute(select(setup_links))).one()
    assert token not in str(row)
    assert len(token) == 43


async def test_tokens_differ(links: SqlSetupLinks) -> None:
    """Each link has its own, and both work."""
    first, second = [await links.create(WORKSPACE, ASKER, NOON) for _ in range(2)]

    assert first != second
    assert await links.find(first, NOON) is not None


@pytest.mark.parametrize(
    ("name", "shown"), [("Acme Corporation", "Acme Corporation"), (None, "acme.slack.com")]
)
async def test_a_link_names_its_workspace(
    links: SqlSetupLinks, database: Database, name: str | None, shown: str
) -> None:
    """By its name, or else by its address."""
    row = {"name": name, "url": "https://acme.slack.com/"}
    async with database.begin() as connection:
        await connection.execute(update(workspaces).values(row))
    token = await links.create(WORKSPACE, ASKER, NOON)

    link = await links.find(token, NOON)

    assert link is not None
    assert link.workspace_name == shown


async def test_a_link_lasts_fifteen_minutes(links: SqlSetupLinks) -> None:
    """After that it can neither be opened nor tried."""
    token = await links.create(WORKSPACE, ASKER, NOON)

    assert await links.find(token, NOON + LINK_LASTS - SECOND) is not None
    assert await links.find(token, NOON + LINK_LASTS) is None
    assert await links.begin_try(token, NOON + LINK_LASTS) is None


@pytest.mark.parametrize("token", ["", "made-up", "ü" * 9, "\ud800"])
async def test_a_token_nobody_made_finds_nothing(links: SqlSetupLinks, token: str) -> None:
    """Whatever is in the address."""
    await links.create(WORKSPACE, ASKER, NOON)

    assert await links.find(token, NOON) is None
    assert await links.begin_try(token, NOON) is None


async def test_a_workspace_that_left_has_no_links(links: SqlSetupLinks) -> None:
    """There is nothing to connect."""
    token = await links.create(WorkspaceId("T9GONE"), ASKER, NOON)

    assert await links.find(token, NOON) is None
    assert await links.begin_try(token, NOON) is None


async def test_tries_are_counted_and_end(links: SqlSetupLinks) -> None:
    """Five, however many come at once."""
    token = await links.create(WORKSPACE, ASKER, NOON)

    tried = await asyncio.gather(*(links.begin_try(token, NOON) for _ in range(MOST_TRIES + 3)))

    left = sorted(link.tries_left for link in tried if link is not None)
    assert left == list(range(MOST_TRIES))
    assert await links.find(token, NOON) is None


async def test_a_try_can_be_given_back(links: SqlSetupLinks) -> None:
    """An outage of somebody else's is not held against the person."""
    token = await links.create(WORKSPACE, ASKER, NOON)
    link = await links.begin_try(token, NOON)
    assert link is not None

    await links.give_back(link)
    await links.give_back(link)

    found = await links.find(token, NOON)
    assert found is not None
    assert found.tries == 0


async def test_a_link_is_used_up_once(links: SqlSetupLinks, database: Database) -> None:
    """Whoever comes second is told so; and it is gone for everybody."""
    token = await links.create(WORKSPACE, ASKER, NOON)
    link = await links.find(token, NOON)
    assert link is not None

    async with database.begin() as connection:
        first = await use_up(connection, link, NOON)
    async with database.begin() as connection:
        second = await use_up(connection, link, NOON)

    assert (first, second) == (True, False)
    assert await links.find(token, NOON) is None
    assert await links.begin_try(token, NOON) is None


async def test_old_links_are_deleted(links: SqlSetupLinks, database: Database) -> None:
    """With the next one that is made."""
    for who in ("U1", "U2"):
        await links.create(WORKSPACE, UserId(who), NOON)

    await links.create(WORKSPACE, ASKER, NOON + LINK_LASTS)

    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(setup_links)) == 1
