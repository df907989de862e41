"""Which blocks this Slack takes: one case for each limit."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.fake_slack.blocks import check_message, check_view, text_length
from bot.demo.fake_slack.refused import Refused
from tests.demo.fake_slack.calling import button, plain, rich, section

OPTION = {"text": plain("One"), "value": "1"}
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"}
MRKDWN = {"type": "mrkdwn", "text": "*Hi*", "verbatim": True}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def select(**more: Any) -> dict[str, Any]:
    """A menu."""
    return {"type": "static_select", "action_id": "menu", "options": [OPTION], **more}


def inline(*elements: dict[str, Any]) -> dict[str, Any]:
    """A paragraph of these elements."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(elements)}],
    }


def rich_list(**more: Any) -> dict[str, Any]:
    """A list of one item."""
    item = rich()["elements"][0]
    items = {"type": "rich_text_list", "style": "bullet", "elements": [item], **more}
    return {"type": "rich_text", "elements": [items]}


def code(*elements: dict[str, Any]) -> dict[str, Any]:
    """Preformatted text."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": list(elements)}],
    }


def table(rows: int = 1, cells: int = 1, text: str = "x") -> dict[str, Any]:
    """A table."""
    row = [{"type": "raw_text", "text": text}] * cells
    return {"type": "table", "rows": [row] * rows}


TEXT = {"type": "text", "text": "x"}
CONFIRM = {"title": plain("Sure?"), "text": plain("Really"), "confirm": plain("Yes")}

GOOD = {
    "a section": section("x" * 3_000),
    "fields": {"type": "section", "fields": [plain("x" * 2_000)] * 3},
    "an accessory": section() | {"accessory": button(), "expand": True, "block_id": "b"},
    "a header": {"type": "header", "text": plain("x" * 150)},
    "a divider": {"type": "divider"},
    "an image": IMAGE | {"title": plain("T")},
    "a context": {"type": "context", "elements": [MRKDWN, plain("x"), IMAGE]},
    "25 actions": actions(*(button(f"b{n}") for n in range(25))),
    "a full button": actions(
        button(
            value="v" * 2_000,
            url="https://example.com",
            style="primary",
            accessibility_label="Go",
            confirm=CONFIRM | {"deny": plain("No"), "style": "danger"},
        )
    ),
    "a menu": actions(select(placeholder=plain("Choose"), initial_option=OPTION)),
    "a menu of groups": actions(
        {
            "type": "static_select",
            "action_id": "menu",
            "option_groups": [{"label": plain("G"), "options": [OPTION]}],
        }
    ),
    "an overflow menu": actions(
        {"type": "overflow", "action_id": "o", "options": [OPTION | {"url": "https://x.example"}]}
    ),
    "an external menu": actions(
        {"type": "external_select", "action_id": "e", "min_query_length": 0}
    ),
    "a channel menu": actions(
        {
            "type": "conversations_select",
            "action_id": "c",
            "default_to_current_conversation": True,
            "filter": {"include": ["public", "private"], "exclude_bot_users": True},
        }
    ),
    "inline elements": inline(
        {"type": "text", "text": "x", "style": {"bold": True, "code": True}},
        {"type": "link", "url": "https://example.com", "text": "here"},
        {"type": "link", "url": "mailto:ada@example.com"},
        {"type": "emoji", "name": "wave"},
        {"type": "user", "user_id": "U1"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": 1_700_000_000, "format": "{time}", "fallback": "noon"},
    ),
    "a nested list": rich_list(indent=8, offset=3, border=1),
    "preformatted": code(TEXT, {"type": "link", "url": "https://example.com"}),
    "a quote": {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [TEXT]}]},
    "a table": table(100, 20) | {"column_settings": [{"align": "left", "is_wrapped": True}]},
    "a table of rich text": {
        "type": "table",
        "rows": [[{"type": "rich_text", "elements": rich()["elements"]}]],
    },
    "markdown": {"type": "markdown", "text": "x" * 12_000},
}

BAD = {
    "an unknown type": ({"type": "carousel"}, "/blocks/0/type"),
    "no type": ({"text": plain("x")}, "/blocks/0/type"),
    "no object": ("text", "/blocks/0"),
    "an input in a message": (
        {"type": "input", "label": plain("x"), "element": select()},
        "/blocks/0/type",
    ),
    "a misspelt key": (section() | {"txet": 1}, "/blocks/0"),
    "an empty section": (section(""), "/blocks/0/text/text"),
    "a section without text": ({"type": "section"}, "/blocks/0"),
    "a long section": (section("x" * 3_001), "/blocks/0/text/text"),
    "a long field": (
        {"type": "section", "fields": [plain("x" * 2_001)]},
        "/blocks/0/fields/0/text",
    ),
    "11 fields": ({"type": "section", "fields": [plain("x")] * 11}, "/blocks/0/fields"),
    "a text that is no text": (section() | {"text": "x"}, "/blocks/0/text"),
    "a number for a text": (
        {"type": "section", "text": plain("x") | {"text": 5}},
        "/blocks/0/text",
    ),
    "emoji in mrkdwn": ({"type": "section", "text": MRKDWN | {"emoji": True}}, "/blocks/0/text"),
    "verbatim as a word": (
        {"type": "section", "text": MRKDWN | {"verbatim": "true"}},
        "/blocks/0/text/verbatim",
    ),
    "a long header": ({"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text"),
    "a mrkdwn header": ({"type": "header", "text": MRKDWN}, "/blocks/0/text/type"),
    "11 context elements": (
        {"type": "context", "elements": [plain("x")] * 11},
        "/blocks/0/elements",
    ),
    "an empty context": ({"type": "context", "elements": []}, "/blocks/0/elements"),
    "26 actions": (actions(*(button(f"b{n}") for n in range(26))), "/blocks/0/elements"),
    "no actions": (actions(), "/blocks/0/elements"),
    "actions that are no list": ({"type": "actions", "elements": {}}, "/blocks/0/elements"),
    "the same action twice": (actions(button(), button()), "/blocks/0"),
    "a long button": (actions(button(text=plain("x" * 76))), "/blocks/0/elements/0/text/text"),
    "a long value": (actions(button(value="x" * 2_001)), "/blocks/0/elements/0/value"),
    "an empty value": (actions(button(value="")), "/blocks/0/elements/0/value"),
    "a long address": (
        actions(button(url="https://x.example/" + "x" * 3_000)),
        "/blocks/0/elements/0/url",
    ),
    "an address that is none": (actions(button(url="javascript:x")), "/blocks/0/elements/0/url"),
    "a long action id": (actions(button("x" * 256)), "/blocks/0/elements/0/action_id"),
    "a style that is none": (actions(button(style="loud")), "/blocks/0/elements/0/style"),
    "a long question": (
        actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)})),
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    "a text input in a message": (
        actions({"type": "plain_text_input", "action_id": "i"}),
        "/blocks/0/elements/0/type",
    ),
    "a long option": (
        actions(select(options=[OPTION | {"text": plain("x" * 76)}])),
        "/blocks/0/elements/0/options/0/text/text",
    ),
    "a long option value": (
        actions(select(options=[OPTION | {"value": "x" * 76}])),
        "/blocks/0/elements/0/options/0/value",
    ),
    "101 options": (actions(select(options=[OPTION] * 101)), "/blocks/0/elements/0/options"),
    "no options": (actions(select(options=[])), "/blocks/0/elements/0/options"),
    "options and groups": (
        actions(select(option_groups=[{"label": plain("G"), "options": [OPTION]}])),
        "/blocks/0/elements/0",
    ),
    "six overflow options": (
        actions({"type": "overflow", "action_id": "o", "options": [OPTION] * 6}),
        "/blocks/0/elements/0/options",
    ),
    "an empty text element": (rich(""), "/blocks/0/elements/0/elements/0/text"),
    "an empty paragraph": (inline(), "/blocks/0/elements/0/elements"),
    "a script link": (
        inline({"type": "link", "url": "javascript:alert(1)"}),
        "/blocks/0/elements/0/elements/0/url",
    ),
    "an unknown inline type": (
        inline({"type": "shout", "text": "x"}),
        "/blocks/0/elements/0/elements/0/type",
    ),
    "a style as a word": (
        inline(TEXT | {"style": {"bold": "yes"}}),
        "/blocks/0/elements/0/elements/0/style/bold",
    ),
    "a deep list": (rich_list(indent=9), "/blocks/0/elements/0/indent"),
    "a list without style": (rich_list(style="dotted"), "/blocks/0/elements/0/style"),
    "an indent as a word": (rich_list(indent="1"), "/blocks/0/elements/0/indent"),
    "bold code": (code(TEXT | {"style": {"bold": True}}), "/blocks/0/elements/0/elements/0"),
    "milliseconds": (
        inline({"type": "date", "timestamp": 1_700_000_000_000, "format": "{time}"}),
        "/blocks/0/elements/0/elements/0/timestamp",
    ),
    "101 rows": (table(101), "/blocks/0/rows"),
    "21 cells": (table(1, 21), "/blocks/0/rows/0"),
    "an empty cell": (table(text=""), "/blocks/0/rows/0/0/text"),
    "21 columns": (table() | {"column_settings": [{}] * 21}, "/blocks/0/column_settings"),
    "a long image text": (IMAGE | {"alt_text": "x" * 2_001}, "/blocks/0/alt_text"),
    "a long markdown": ({"type": "markdown", "text": "x" * 12_001}, "/blocks/0/text"),
}


@pytest.mark.parametrize("name", GOOD)
def test_takes(name: str) -> None:
    """What Slack documents is taken, up to the limit."""
    check_message([GOOD[name]], [])


@pytest.mark.parametrize("name", BAD)
def test_refuses(name: str) -> None:
    """One step over a limit is refused, and where is said."""
    block, pointer = BAD[name]

    with pytest.raises(Refused) as caught:
        check_message([block], [])

    assert caught.value.code == "invalid_blocks"
    assert any(f"[json-pointer:{pointer}" in message for message in caught.value.messages)


@pytest.mark.parametrize(
    ("blocks", "attachments", "code"),
    [
        ([{"type": "divider"}] * 51, [], "invalid_blocks"),
        ([section() | {"block_id": "same"}] * 2, [], "invalid_blocks"),
        ([table(), table()], [], "invalid_attachments"),
        ([table()], [{"blocks": [table()]}], "invalid_attachments"),
        ([{"type": "markdown", "text": "x" * 6_001}] * 2, [], "msg_too_long"),
        ([section("x" * 3_000)] * 5, [], "msg_blocks_too_long"),
        ([section("x" * 3_000)] * 4, [{"blocks": [section("x" * 1_500)]}], "msg_blocks_too_long"),
        ([], [{"blocks": [section("")]}], "invalid_attachments"),
        ([], [{"text": "old style"}], "invalid_attachments"),
        ([], [{"blocks": [section()]}] * 101, "invalid_attachments"),
    ],
)
def test_refuses_together(blocks: list[Any], attachments: list[Any], code: str) -> None:
    """Some limits are of the message as a whole."""
    with pytest.raises(Refused) as caught:
        check_message(blocks, attachments)

    assert caught.value.code == code


def test_takes_together() -> None:
    """Fifty blocks and 13,200 characters are still taken."""
    check_message([{"type": "divider"}] * 49 + [table()], [])
    check_message([section("x" * 3_000)] * 4, [{"blocks": [section("x" * 1_200)]}])


def test_the_total_can_be_lowered() -> None:
    """To see a message halved, less than Slack's own total may be taken."""
    with pytest.raises(Refused, match="msg_blocks_too_long"):
        check_message([section("x" * 101)], [], total=100)


def test_texts_and_addresses_count() -> None:
    """The total counts characters of texts and links, wherever they stand."""
    link = {"type": "link", "url": "https://x.example", "text": "here"}

    assert text_length([inline(link), section("abc"), table(2, 2)]) == 17 + 4 + 3 + 4


def a_modal(**more: Any) -> dict[str, Any]:
    """A window."""
    return {"type": "modal", "title": plain("Choose"), "blocks": [section()], **more}


FIELD = {"type": "input", "label": plain("L"), "element": select()}
GOOD_VIEWS = {
    "a modal": a_modal(close=plain("x" * 24), private_metadata="", callback_id="c"),
    "a form": a_modal(blocks=[FIELD], submit=plain("Post")),
    "100 blocks": a_modal(blocks=[section()] * 100),
    "a Home tab": {"type": "home", "blocks": [section()]},
    "a text field": a_modal(
        blocks=[FIELD | {"element": {"type": "plain_text_input", "action_id": "i"}}],
        submit=plain("Post"),
    ),
}
BAD_VIEWS = {
    "a long title": a_modal(title=plain("x" * 25)),
    "a long button": a_modal(submit=plain("x" * 25)),
    "no title": {"type": "modal", "blocks": [section()]},
    "a form without a button": a_modal(blocks=[FIELD]),
    "a long label": a_modal(blocks=[FIELD | {"label": plain("x" * 2_001)}], submit=plain("x")),
    "101 blocks": a_modal(blocks=[section()] * 101),
    "no blocks": a_modal(blocks=[]),
    "the same block id twice": a_modal(blocks=[section() | {"block_id": "b"}] * 2),
    "long metadata": a_modal(private_metadata="x" * 3_001),
    "a misspelt key": a_modal(clear_on_closed=True),
    "a table": a_modal(blocks=[table()]),
    "a Home tab with a title": {"type": "home", "blocks": [section()], "title": plain("x")},
    "neither": {"type": "page", "blocks": []},
    "no object": [],
}


@pytest.mark.parametrize("name", GOOD_VIEWS)
def test_takes_a_view(name: str) -> None:
    """A window within its limits is taken."""
    check_view(GOOD_VIEWS[name])


@pytest.mark.parametrize("name", BAD_VIEWS)
def test_refuses_a_view(name: str) -> None:
    """A window Slack would not show is refused, and why is said."""
    with pytest.raises(Refused) as caught:
        check_view(BAD_VIEWS[name])

    assert caught.value.code == "invalid_arguments"
    assert caught.value.messages
