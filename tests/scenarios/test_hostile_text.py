"""Text somebody said in a meeting to reach people in Slack: it stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from bot.demo.fake_slack.state import Message
from bot.demo.stage import ASKER
from tests.scenarios.world import World, read

pytestmark = pytest.mark.asyncio(loop_scope="module")

PINGS = (
    "<!channel> <!here> <!everyone> <@U0ERIN> <#C0SECRET> <!subteam^S1> <@W012|erin> "
    "@channel @here @everyone"
)
HOSTILE = {
    "pings": PINGS,
    "pings-in-markdown": f"# {PINGS}\n\n- {PINGS}\n\n> {PINGS}\n\n**{PINGS}** `{PINGS}`",
    "pings-in-code": f"```\n{PINGS}\n```",
    "pings-in-a-table": f"| a | b |\n|---|---|\n| {PINGS} | x |",
    "escaped": "&lt;!channel&gt; &amp;lt;!channel&amp;gt; &#60;!channel&#62; \\<!channel\\>",
    "slack-link": "<https://evil.example|https://bank.example> <mailto:a@b.example|x>",
    "links": (
        "[bank.example](https://evil.example/login) [x](javascript:alert(1)) [y](data:text/html,x) "
        "[z](slack://open) [f](file:///etc/passwd) <tel:123> [u](https://a@evil.example/) "
        "![i](https://img.example/a.png) www.example.com ftp://f.example/x"
    ),
    "date-token": "<!date^1392734382^{date}^https://evil.example|x>",
    "unbalanced": "`` ``` * ** _ ~~ [x]( [[ ]] <<>> <!cha" + "`*_~" * 50,
    "reordered": "\u202e<!channel>\u202c \u2066x\u2069 <\u200b!channel> <!\u200bchannel>",
    "emoji-and-scripts": "👨‍👩‍👧‍👦 🇨🇭 :tada: שלום مرحبا 会议纪要 नमस्ते" * 20,
    "no-spaces": "x" * 20_000,
    "many-headings": "\n\n".join(f"## Heading {n}\n\n<!channel> {n}" for n in range(60)),
    "long-list": "\n".join(f"- word{n} <@U0ERIN>" for n in range(1_000)),
    "fake-notice": "The file can be downloaded until never. [Get the file](https://evil.example)",
}
TITLES = {
    "pings": PINGS,
    "links": "<https://evil.example|Weekly> [x](https://evil.example) https://evil.example",
    "escaped": "&lt;!channel&gt; & <b>",
    "lines": "Weekly\n<!here>\r\nplanning\u2028now",
    "reordered": "\u202eWeekly\u200b",
    "long": "<!channel>" * 200,
    "blanks": " \u200b\t",
}
_TOKEN = re.compile(r"<([^<>]*)>")
_ALLOWED = re.compile(rf"!date\^[0-9]+\^[^<>]*|@{ASKER}|https?://[^|]+(?:\|.*)?")
_LIVE = {"user", "usergroup", "channel", "broadcast", "team", "date", "emoji"}


def objects(value: object) -> Iterator[dict[str, object]]:
    """Every object of a JSON value, however deep."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from objects(inner)


def mrkdwn(message: Message) -> list[str]:
    """Every text in which Slack would see marks and mentions."""
    shown = objects([message.blocks, message.attachments])
    texts = [str(found["text"]) for found in shown if found.get("type") == "mrkdwn"]
    fallbacks = [str(attachment.get("fallback", "")) for attachment in message.attachments]
    return [message.text, *texts, *fallbacks]


def assert_harmless(message: Message) -> None:
    """Nothing in a message pings, leads anywhere but to the web, or unfurls."""
    shown = list(objects([message.blocks, message.attachments]))
    assert not [found for found in shown if found.get("type") in _LIVE]
    for found in shown:
        assert str(found.get("url", "https://")).startswith(("https://", "http://"))
        assert "image_url" not in found
        assert found.get("type") != "markdown"
    for text in mrkdwn(message):
        for token in _TOKEN.findall(text):
            assert _ALLOWED.fullmatch(token), text
            assert "evil" not in token, text
    assert not message.unfurls


def assert_all_harmless(world: World) -> None:
    """Nothing posted does harm, and nothing sent asked Slack to look for links or names itself."""
    messages = world.channel().messages
    assert len(messages) >= 2
    for message in messages:
        assert_harmless(message)
    for call in world.stage.slack.calls_of("chat.postMessage"):
        assert call.arguments["unfurl_links"] is False
        assert call.arguments["unfurl_media"] is False
        assert call.arguments.keys().isdisjoint({"link_names", "parse", "reply_broadcast"})


@pytest.mark.parametrize("case", HOSTILE)
async def test_nothing_in_a_summary_comes_alive(shared: World, case: str) -> None:
    """It is posted as it was said, and nothing in it pings, lies about a link or unfurls."""
    session = shared.meeting(HOSTILE[case])

    await shared.ask(session)

    assert_all_harmless(shared)
    assert len(shared.private()) == 1


@pytest.mark.parametrize("case", TITLES)
async def test_nothing_in_a_title_comes_alive(shared: World, case: str) -> None:
    """Neither in the parent, nor in what notifications and screen readers say."""
    session = shared.meeting(title=TITLES[case])

    await shared.ask(session)

    assert_all_harmless(shared)
    [(parent, _)] = shared.threads()
    assert len(read(parent).split("\n")[0]) <= 150


async def test_what_was_said_is_still_there(shared: World) -> None:
    """Harmless is not the same as gone."""
    session = shared.meeting("Dana said <!channel> & <@U0ERIN>, then `<!here>`.")

    await shared.ask(session)

    [(_, [reply])] = shared.threads()
    assert read(reply).startswith("Dana said <!channel> & <@U0ERIN>, then <!here>.")


async def test_a_false_link_shows_where_it_leads(shared: World) -> None:
    """A link whose words name another place has its true host beside them."""
    session = shared.meeting("See [bank.example](https://evil.example/login).")

    await shared.ask(session)

    [(_, [reply])] = shared.threads()
    assert "evil.example" in read(reply)
    assert "javascript" not in json.dumps(reply.blocks)


@pytest.mark.parametrize("line", ["<!channel>", "<!here> <@U0ERIN>", "standups <!channel>"])
async def test_nothing_in_a_command_comes_alive(shared: World, line: str) -> None:
    """What was typed is repeated as text alone."""
    await shared.dana.command(line, "C0MOBILE")
    await shared.rest()

    [answer] = shared.dana.answers
    for found in objects(list(answer.blocks)):
        assert found.get("type") not in _LIVE
        if found.get("type") == "mrkdwn":
            assert not [t for t in _TOKEN.findall(str(found["text"])) if not _ALLOWED.fullmatch(t)]
    assert not [t for t in _TOKEN.findall(answer.text) if not _ALLOWED.fullmatch(t)]
