"""What people say in meetings to trick a bot, and what machines write when they go wrong."""

# ruff: noqa: RUF001 - letters that can pass for others are what this is about

from __future__ import annotations

import json
import re

import pytest

from bot.demo.fake_slack.blocks import check_message
from bot.messages.cutting import measure
from bot.messages.kit import CONTENT_MAX
from bot.messages.parts import parts
from bot.messages.text_view import as_text
from tests.messages.texts import FAMILY, elements, shown, visible

TOKENS = "<!channel> <!here> <!everyone> <@U012> <#C012> <!subteam^S1> <https://evil.example|text>"

HOSTILE = {
    "tokens": TOKENS,
    "tokens in code": f"`{TOKENS}`\n\n```\n{TOKENS}\n```",
    "tokens in a heading": f"# {TOKENS}",
    "tokens in a table": f"| a |\n|---|\n| {TOKENS.replace('|', '/')} |",
    "tokens in a list": f"- {TOKENS}\n  1. {TOKENS}",
    "tokens in a quote": f"> {TOKENS}",
    "tokens in words of a link": "[<!channel> <@U012>](https://a.example)",
    "tokens in a target": "[x](<!channel>) [y](https://a.example/<!here>) [z](slack://<@U012>)",
    "tokens in a title": "[x](https://a.example '<!channel>')",
    "tokens in a description": "![<!channel>](https://a.example/i.png)",
    "escaped tokens": "&lt;!channel&gt; &#60;!here&#62; \\<!everyone\\> &amp;lt;!channel&amp;gt;",
    "names": "@channel @here @everyone #general :tada: @alice: do it",
    "dates": "<!date^1^{date}^https://evil.example|today>",
    "entities": "&amp; &amp;amp; &copy; & &nosuch;",
    "unbalanced marks": "`a *b **c _d ~~e [f ](g ![h ``i *** ]( ))",
    "schemes": "[a](javascript:alert(1)) [b](data:text/html,x) [c](slack://x) <vbscript:x>",
    "disguises": "[google.com](https://evil.example) [х](https://gооgle.example) "
    "[a](https://google.example@evil.example)",
    "bidi": "\u202egnp.exe\u202c \u2066safe\u2069 \u200f&#x202e;x&#8238;",
    "controls": "a\x00b\x1b[2Jc\x08d\x7fe&#7;f",
    "hidden": "a\u200bb\u2060c\U000e0041\U000e0042d\ufeffe",
    "surrogates": "a\ud800b\udfffc",
    "html": "<script>alert(1)</script> <b onclick=x>y</b>\n\n<div>\n\n*z*\n</div>",
    "right to left": "# שלום עולם\n\n- مرحبا بالعالم\n- **עברית** and English",
    "cjk": "# 会议纪要\n\n我们决定了三件事。第一，周五发布。" * 200,
    "emoji": f"{FAMILY} " * 400 + FAMILY * 400,
    "one line without spaces": "x" * 20_000,
    "a line of a script without spaces": "語" * 20_000,
    "a thousand words in a list": "\n".join(f"- word{n} and more" for n in range(1_000)),
    "sixty headings": "".join(f"## Heading {n}\n\nText {n}.\n\n" for n in range(60)),
    "a broad table": "|" + "a|" * 30 + "\n|" + "-|" * 30 + "\n|" + "b|" * 30,
    "a long table": "|a|b|\n|-|-|\n" + "|c|d|\n" * 500,
    "tables": "|a|b|\n|-|-|\n|c|d|\n\nText\n\n" * 5,
    "one giant cell": f"|a|\n|-|\n|{'x ' * 10_000}|",
    "a giant link": f"[{'w ' * 9_000}](https://a.example/{'u' * 2_900})",
    "links": "[w](https://a.example/x) " * 2_000,
    "marks": "*a*b" * 8_000,
    "quotes": "> " * 3_000 + "x",
    "lists": "- " * 3_000 + "x",
    "deep lists": "".join(f"{'  ' * n}- {n}\n" for n in range(100)),
    "rules": "---\n\n" * 300,
    "combining marks": "a" + "\u0301" * 20_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_harmlessly(text: str) -> None:
    """Slack takes every part; nothing in any is live, hidden or reordered."""
    for part in parts(text):
        message = part.message

        check_message(list(message.blocks), [])
        assert sum(map(measure, part.blocks)) <= CONTENT_MAX
        assert not set(message.text) & set("<>")
        for element in elements(message.blocks):
            assert element["type"] not in _LIVE
            assert re.match("https?://", element.get("url", "http://"))
            if element["type"] == "mrkdwn":
                assert element["text"] == part.label
        assert not _UNSEEN.search(json.dumps(message.blocks, ensure_ascii=False))
        assert not _UNSEEN.search(message.text)


_LIVE = {"user", "usergroup", "broadcast", "channel", "emoji", "markdown", "image", "button"}
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0041\ud800-\udfff]"
)


@pytest.mark.parametrize("name", ["names", "one line without spaces", "hidden"])
def test_what_is_no_markup_is_shown_to_the_letter(name: str) -> None:
    """Over all parts."""
    text = HOSTILE[name]
    blocks = [block for part in parts(text) for block in part.blocks]

    assert visible(shown(blocks)) == visible(text)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        (
            "tokens",
            "<!channel> <!here> <!everyone> <@U012> <#C012> <!subteam^S1> https://evil.example|text",
        ),
        ("escaped tokens", "<!channel> <!here> <!everyone> &lt;!channel&gt;"),
        ("entities", "& &amp; © & &nosuch;"),
        ("schemes", "a (javascript:alert(1)) b (data:text/html,x) c (slack://x) vbscript:x"),
        ("bidi", "gnp.exe safe x"),
        ("controls", "ab[2Jcde\ufffdf"),
        (
            "disguises",
            (
                "google.com (https://evil.example) (evil.example) "
                "х (https://xn--ggle-55da.example) (xn--ggle-55da.example) "
                "a (https://google.example@evil.example)"
            ),
        ),
    ],
)
def test_what_a_person_sees(name: str, seen: str) -> None:
    """Word for word."""
    (part,) = parts(HOSTILE[name])

    assert as_text(part.message) == seen


def test_a_joined_emoji_is_never_torn() -> None:
    """Over all parts."""
    for part in parts(HOSTILE["emoji"]):
        words = shown(part.blocks).split()
        assert all(word.count(FAMILY) * len(FAMILY) == len(word) for word in words)
