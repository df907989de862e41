"""Summaries of more than a message: nothing is lost, whatever Slack refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from bot.demo.fake_slack.faults import Fault, error
from bot.demo.fake_slack.state import Message
from bot.domain.delivery import DeliveryState
from tests.scenarios.world import World, read

WORDS = 20_000
LONG = "\n\n".join(
    f"## Topic {topic}\n\n" + " ".join(f"word{topic}x{n}" for n in range(100)) + "."
    for topic in range(WORDS // 100)
)
SHORT = "## Decisions\n\n" + "\n".join(f"- Item {n} is decided and done." for n in range(150))


def words_of(text: str) -> list[str]:
    """The words of a text, without marks and punctuation."""
    return re.findall(r"[A-Za-z0-9]+", text)


def said_by(replies: Iterable[Message]) -> list[str]:
    """The words of a thread, without labels and the notice."""
    texts = (read(reply).partition("│")[0] for reply in replies)
    return words_of("\n".join(re.sub(r"\A(?:Part \d+ of \d+|Continued).*\n", "", t) for t in texts))


def has_blocks(kind: str) -> Any:
    """Whether a call posts blocks of a kind."""

    def wanted(given: Mapping[str, Any]) -> bool:
        return any(block["type"] == kind for block in given.get("blocks", []))

    return wanted


def has_rich_text_with(word: str) -> Any:
    """Whether a call posts rich text with a word in it."""

    def wanted(given: Mapping[str, Any]) -> bool:
        rich = [block for block in given.get("blocks", []) if block["type"] == "rich_text"]
        return word in str(rich)

    return wanted


async def test_a_very_long_one_is_a_part_and_a_file(world: World) -> None:
    """The thread has the beginning, the file every word of it, and the notice ends the thread."""
    session = world.meeting(LONG)

    await world.ask(session)

    [(_, replies)] = world.threads()
    [file] = [file for reply in replies for file in reply.files]
    assert (file.name, file.title) == ("meeting-summary-2026-11-23.md", "The whole summary")
    assert file.text == LONG
    parts = [reply for reply in replies if not reply.files]
    assert len(parts) == 1
    assert re.match(r"Part 1 of \d+\. The whole summary is in the file here\.", read(parts[0]))
    assert said_by(parts) == words_of(LONG)[: len(said_by(parts))]
    assert replies[-1] is parts[0]
    assert "[Get the file]" in read(replies[-1])
    assert len(world.private()) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(("files.getUploadURLExternal", error("file_uploads_disabled")), id="disabled"),
        pytest.param(("files.completeUploadExternal", error("blocked_file_type")), id="type"),
        pytest.param(
            ("files.getUploadURLExternal", error("missing_scope", needed="f")), id="scope"
        ),
    ],
)
async def test_where_files_are_refused_all_parts_are_posted(
    world: World, refusal: tuple[str, Fault]
) -> None:
    """Numbered, in order, no faster than a channel takes them, and not a word is lost."""
    method, fault = refusal
    world.stage.slack.faults.add(method, fault.always())
    session = world.meeting(LONG)

    await world.ask(session)
    await world.until_settled(session)

    assert (await world.delivery(session)).state is DeliveryState.POSTED
    [(_, replies)] = world.threads()
    numbers = [re.match(r"Part (\d+) of (\d+)", read(reply)) for reply in replies]
    assert [int(n[1]) for n in numbers if n] == list(range(1, len(replies) + 1))
    assert {int(n[2]) for n in numbers if n} == {len(replies)}
    assert said_by(replies) == words_of(LONG)
    assert ["[Get the file]" in read(reply) for reply in replies].count(True) == 1
    assert "[Get the file]" in read(replies[-1])
    refused = [c for c in world.stage.slack.calls_of("chat.postMessage") if c.outcome != "ok"]
    assert refused == []
    assert len(world.private()) == 1


@pytest.mark.parametrize("total", [3_000, 1_800])
async def test_a_part_that_is_too_long_is_halved(world: World, total: int) -> None:
    """When Slack takes less than it used to, the same words come in more messages."""
    world.stage.slack.team.total_text = total
    session = world.meeting(SHORT)

    await world.ask(session)
    await world.until_settled(session)

    [(_, replies)] = world.threads()
    assert len(replies) > 1
    assert said_by(replies) == words_of(SHORT)
    assert ["[Get the file]" in read(reply) for reply in replies].count(True) == 1
    assert "[Get the file]" in read(replies[-1])
    bodies = [str(c.arguments) for c in world.stage.slack.calls_of("chat.postMessage")]
    assert len(bodies) == len(set(bodies))


async def test_blocks_slack_does_not_like_become_plain_text(world: World) -> None:
    """Without any rich text the words still arrive, with the notice under the last of them."""
    world.stage.slack.faults.add(
        "chat.postMessage", error("invalid_blocks").always().only_for(has_blocks("rich_text"))
    )
    session = world.meeting(SHORT)

    await world.ask(session)
    await world.until_settled(session)

    [(_, replies)] = world.threads()
    kinds = {block["type"] for reply in replies for block in reply.blocks}
    assert "section" in kinds
    assert "rich_text" not in kinds
    assert said_by(replies) == words_of(SHORT)
    assert "[Get the file]" in read(replies[-1])
    assert len(world.private()) == 1


async def test_only_the_refused_place_becomes_plain_text(world: World) -> None:
    """The rest of the summary keeps its form."""
    fault = error("invalid_blocks").always().only_for(has_rich_text_with("Item 149 "))
    world.stage.slack.faults.add("chat.postMessage", fault)
    session = world.meeting(SHORT)

    await world.ask(session)
    await world.until_settled(session)

    [(_, replies)] = world.threads()
    kinds = [{block["type"] for block in reply.blocks} for reply in replies]
    assert kinds[-1] == {"section"}
    assert sum("section" in kind for kind in kinds) == 1
    assert sum("rich_text" in kind for kind in kinds) >= 1
    assert said_by(replies) == words_of(SHORT)


async def test_what_slack_refuses_in_every_form_is_told(world: World) -> None:
    """Not even plain text: the asker hears it, with a link to what there is."""
    in_thread = error("invalid_blocks").always().only_for(lambda given: "thread_ts" in given)
    world.stage.slack.faults.add("chat.postMessage", in_thread)
    session = world.meeting()

    await world.ask(session)
    await world.until_settled(session)

    ended = await world.delivery(session)
    assert (ended.state, ended.reason) == (DeliveryState.FAILED, "content_refused")
    assert world.private()[-1].startswith("Slack would not show the text of this summary")
    assert "Part of it was posted before that" in world.private()[-1]
