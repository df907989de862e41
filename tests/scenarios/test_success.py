"""Somebody asks for a summary that is there."""

from __future__ import annotations

from tests.scenarios.world import World, read


async def test_the_summary_appears_as_one_quiet_thread(world: World) -> None:
    """One parent with one reply; the reply ends with the notice; the asker alone heard more."""
    session = world.meeting()

    ack = await world.ask(session)

    assert ack.status == 200
    [(parent, replies)] = world.threads()
    assert read(parent).startswith("Weekly planning")
    assert [read(reply).split("\n")[0] for reply in replies] == ["Decisions"]
    assert "Get the file" in read(replies[0])
    assert world.private() == [
        "On it: the summary will be posted here. You don't need to do anything."
    ]
