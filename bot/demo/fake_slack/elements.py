"""The parts blocks are made of: texts, buttons, menus, inputs and rich text.

Limits: https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.demo.fake_slack.schema import (
    Problem,
    Rule,
    boolean,
    by_type,
    integer,
    items,
    one_of,
    record,
    text,
    url,
)

ID = text(255)


def plain(maximum: int) -> Rule:
    """A `plain_text` object."""
    return by_type({"plain_text": record({"text": text(maximum)}, {"emoji": boolean})})


def any_text(maximum: int) -> Rule:
    """A `plain_text` or a `mrkdwn` object."""
    return by_type(
        {
            "plain_text": record({"text": text(maximum)}, {"emoji": boolean}),
            "mrkdwn": record({"text": text(maximum)}, {"verbatim": boolean}),
        }
    )


CONFIRM = record(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
# slack_sdk allows a value of 150 characters and Slack's own Node types 75: the lesser counts.
OPTION = record({"text": any_text(75), "value": text(75)}, {"description": plain(75), "url": url})
OPTION_GROUP = record({"label": plain(75), "options": items(OPTION, maximum=100)})
OPTIONS = items(OPTION, maximum=100)

_MENU = {"placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": boolean}
_FILTER = record(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), maximum=4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)


def _static_select(value: object, pointer: str) -> Iterator[Problem]:
    yield from record(
        {"action_id": ID},
        {
            **_MENU,
            "options": OPTIONS,
            "option_groups": items(OPTION_GROUP, maximum=100),
            "initial_option": OPTION,
        },
    )(value, pointer)
    if isinstance(value, Mapping) and ("options" in value) == ("option_groups" in value):
        yield Problem(pointer, "must provide either options or option_groups")


_BUTTON = record(
    {"text": plain(75), "action_id": ID},
    {
        "value": text(2_000),
        "url": url,
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": text(75),
    },
)
_EXTERNAL_SELECT = record(
    {"action_id": ID},
    {**_MENU, "initial_option": OPTION, "min_query_length": integer(0, 255)},
)
_CONVERSATIONS_SELECT = record(
    {"action_id": ID},
    {
        **_MENU,
        "initial_conversation": ID,
        "default_to_current_conversation": boolean,
        "response_url_enabled": boolean,
        "filter": _FILTER,
    },
)
_OVERFLOW = record({"action_id": ID, "options": items(OPTION, maximum=5)}, {"confirm": CONFIRM})
_CHOICES = record(
    {"action_id": ID, "options": items(OPTION, maximum=10)},
    {
        "initial_options": items(OPTION, maximum=10),
        "initial_option": OPTION,
        "confirm": CONFIRM,
        "focus_on_load": boolean,
    },
)
_PLAIN_TEXT_INPUT = record(
    {"action_id": ID},
    {
        "placeholder": plain(150),
        "initial_value": text(3_000, minimum=0),
        "multiline": boolean,
        "min_length": integer(0, 3_000),
        "max_length": integer(1, 3_000),
        "focus_on_load": boolean,
    },
)

_NUMBER_INPUT = record(
    {"action_id": ID, "is_decimal_allowed": boolean},
    {
        "placeholder": plain(150),
        "initial_value": text(50),
        "min_value": text(50),
        "max_value": text(50),
        "focus_on_load": boolean,
    },
)
_MULTI_USERS_SELECT = record(
    {"action_id": ID},
    {**_MENU, "initial_users": items(ID, maximum=100), "max_selected_items": integer(1, 100)},
)
_MULTI_CONVERSATIONS_SELECT = record(
    {"action_id": ID},
    {
        **_MENU,
        "initial_conversations": items(ID, maximum=100),
        "default_to_current_conversation": boolean,
        "max_selected_items": integer(1, 100),
        "filter": _FILTER,
    },
)

_MENUS: dict[str, Rule] = {
    "static_select": _static_select,
    "external_select": _EXTERNAL_SELECT,
    "conversations_select": _CONVERSATIONS_SELECT,
    "checkboxes": _CHOICES,
    "radio_buttons": _CHOICES,
}
ACTION = by_type({"button": _BUTTON, "overflow": _OVERFLOW, **_MENUS})
INPUT = by_type(
    {
        "plain_text_input": _PLAIN_TEXT_INPUT,
        "number_input": _NUMBER_INPUT,
        # Rejected outside inputs by some clients, so they are not offered elsewhere.
        "multi_users_select": _MULTI_USERS_SELECT,
        "multi_conversations_select": _MULTI_CONVERSATIONS_SELECT,
        **_MENUS,
    }
)
IMAGE = record({"image_url": url, "alt_text": text(2_000)})
ACCESSORY = by_type({"button": _BUTTON, "overflow": _OVERFLOW, "image": IMAGE, **_MENUS})

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_ANY_LENGTH = 40_000
_INLINE = by_type(
    {
        "text": record({"text": text(_ANY_LENGTH)}, {"style": _STYLE}),
        "link": record({"url": url}, {"text": text(_ANY_LENGTH), "style": _STYLE}),
        "emoji": record({"name": ID}, {"unicode": ID, "style": _STYLE}),
        "user": record({"user_id": ID}, {"style": _STYLE}),
        "usergroup": record({"usergroup_id": ID}, {"style": _STYLE}),
        "channel": record({"channel_id": ID}, {"style": _STYLE}),
        "broadcast": record({"range": one_of("here", "channel", "everyone")}, {"style": _STYLE}),
        "date": record(
            {"timestamp": integer(1, 4_102_444_800), "format": text(255)},
            {"fallback": text(255), "url": url, "style": _STYLE},
        ),
    }
)
_SECTION = record({"elements": items(_INLINE, maximum=10_000)})
_BORDER = {"border": integer(0, 1)}
_CODE_LINE = by_type(
    {
        "text": record({"text": text(_ANY_LENGTH)}),
        "link": record({"url": url}, {"text": text(_ANY_LENGTH)}),
    }
)
RICH_TEXT = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": record(
            {
                "style": one_of("bullet", "ordered"),
                "elements": items(by_type({"rich_text_section": _SECTION}), maximum=1_000),
            },
            {"indent": integer(0, 8), "offset": integer(0, 100_000), **_BORDER},
        ),
        "rich_text_quote": record({"elements": items(_INLINE, maximum=10_000)}, _BORDER),
        "rich_text_preformatted": record(
            {"elements": items(_CODE_LINE, maximum=10_000)}, {"language": text(80), **_BORDER}
        ),
    }
)
