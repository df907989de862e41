"""Whether Slack would take these blocks: types, keys and sizes, block by block and together.

Limits: https://docs.slack.dev/reference/block-kit/blocks, and those that are not documented
where they are used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.demo.fake_slack.elements import (
    ACCESSORY,
    ACTION,
    ID,
    IMAGE,
    INPUT,
    RICH_TEXT,
    any_text,
    plain,
)
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.schema import (
    Problem,
    Rule,
    boolean,
    by_type,
    items,
    one_of,
    record,
    text,
    url,
)

TOTAL_TEXT = 13_200
"""Characters of all blocks together; undocumented, measured by others.

Source: https://github.com/slackapi/bolt-js/issues/2509
"""

_MARKDOWN = 12_000
_BLOCK = {"block_id": ID}


def _section(value: object, pointer: str) -> Iterator[Problem]:
    yield from record(
        {},
        {
            **_BLOCK,
            "text": any_text(3_000),
            "fields": items(any_text(2_000), maximum=10),
            "accessory": ACCESSORY,
            "expand": boolean,
        },
    )(value, pointer)
    if isinstance(value, Mapping) and not {"text", "fields"} & value.keys():
        yield Problem(pointer, "missing required field: text")


_CELL = by_type(
    {
        "raw_text": record({"text": text(TOTAL_TEXT)}),
        "rich_text": record({"elements": items(RICH_TEXT, maximum=1_000)}),
    }
)
_COLUMN = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})
_EVERYWHERE: dict[str, Rule] = {
    "section": _section,
    "header": record({"text": plain(150)}, _BLOCK),
    "divider": record({}, _BLOCK),
    "image": record({"image_url": url, "alt_text": text(2_000)}, {"title": plain(2_000), **_BLOCK}),
    "context": record(
        {
            "elements": items(
                by_type({"plain_text": plain(3_000), "mrkdwn": any_text(3_000), "image": IMAGE}),
                maximum=10,
            )
        },
        _BLOCK,
    ),
    "actions": record({"elements": items(ACTION, maximum=25)}, _BLOCK),
    "rich_text": record({"elements": items(RICH_TEXT, maximum=1_000)}, _BLOCK),
}
_MESSAGE_BLOCK = by_type(
    {
        **_EVERYWHERE,
        "markdown": record({"text": text(_MARKDOWN)}, _BLOCK),
        "table": record(
            {"rows": items(items(_CELL, maximum=20), maximum=100)},
            {"column_settings": items(_COLUMN, maximum=20), **_BLOCK},
        ),
    }
)
_VIEW_BLOCK = by_type(
    {
        **_EVERYWHERE,
        "input": record(
            {"label": plain(2_000), "element": INPUT},
            {"hint": plain(2_000), "optional": boolean, "dispatch_action": boolean, **_BLOCK},
        ),
    }
)
_ATTACHMENT = record(
    {"blocks": items(_MESSAGE_BLOCK, maximum=50)}, {"fallback": text(4_000), "color": text(20)}
)
_VIEW_PARTS = {
    "blocks": items(_VIEW_BLOCK, maximum=100),
    "private_metadata": text(3_000, minimum=0),
    "callback_id": ID,
    "external_id": ID,
}
_VIEW = by_type(
    {
        "home": record({"blocks": _VIEW_PARTS["blocks"]}, _VIEW_PARTS),
        "modal": record(
            {"blocks": _VIEW_PARTS["blocks"], "title": plain(24)},
            {
                **_VIEW_PARTS,
                "submit": plain(24),
                "close": plain(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
    }
)


def check_message(
    blocks: Sequence[Any], attachments: Sequence[Any], *, total: int = TOTAL_TEXT
) -> None:
    """Refuse what Slack would refuse as the content of a message.

    One bad block refuses the whole message. An attachment may only hold blocks here.

    Raises:
        Refused: with Slack's code, and where the mistake is.
    """
    _refuse("invalid_blocks", items(_MESSAGE_BLOCK, maximum=50, minimum=0)(blocks, "/blocks"))
    _refuse(
        "invalid_attachments",
        items(_ATTACHMENT, maximum=100, minimum=0)(attachments, "/attachments"),
    )
    everything = [*blocks, *(block for one in attachments for block in one["blocks"])]
    _refuse("invalid_blocks", _repeated_ids(everything))
    if sum(block["type"] == "table" for block in everything) > 1:
        raise Refused("invalid_attachments", messages=["only_one_table_allowed"])
    if sum(len(b["text"]) for b in everything if b["type"] == "markdown") > _MARKDOWN:
        raise Refused("msg_too_long")
    if text_length(everything) > total:
        raise Refused("msg_blocks_too_long")


def check_view(view: object) -> None:
    """Refuse what Slack would refuse as a view. Raises `Refused`."""
    _refuse("invalid_arguments", _VIEW(view, "/view"))
    assert isinstance(view, Mapping)  # noqa: S101 - or it had been refused
    blocks = view["blocks"]
    _refuse("invalid_arguments", _repeated_ids(blocks))
    if any(block["type"] == "input" for block in blocks) and "submit" not in view:
        problem = Problem("/view", "missing required field: submit")
        _refuse("invalid_arguments", iter([problem]))


def text_length(value: object) -> int:
    """Characters of all texts and addresses inside; links count, by what others measured."""
    if isinstance(value, Mapping):
        own = sum(len(value[key]) for key in ("text", "url") if isinstance(value.get(key), str))
        return own + sum(text_length(item) for item in value.values())
    if isinstance(value, list | tuple):
        return sum(text_length(item) for item in value)
    return 0


def _repeated_ids(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    named = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (
        Problem("/blocks", f"block_id {n} is not unique") for n, c in named.items() if c > 1
    )
    for index, block in enumerate(blocks):
        if block["type"] == "actions":
            acts = Counter(element["action_id"] for element in block["elements"])
            twice = [name for name, count in acts.items() if count > 1]
            where = f"/blocks/{index}"
            yield from (Problem(where, f"action_id {name} is not unique") for name in twice)


def _refuse(code: str, problems: Iterator[Problem]) -> None:
    found = [str(problem) for problem in problems]
    if found:
        raise Refused(code, messages=found)
