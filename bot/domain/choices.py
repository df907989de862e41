"""What an administrator chooses in the settings, and what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import AppId, UserId, is_uuid
from bot.domain.policy import AppPolicy

MOST_READERS = 100_000
"""The most from which a confirmation can be asked for."""

MOST_ADMINISTRATORS = 50
"""The most people who can be added: each is looked up before any is."""

_ALIAS = re.compile(r"[\w.-]{1,40}")


class Choice(StrEnum):
    """What is chosen: also the name of its field in the windows."""

    DEFAULT_APP = "default_app"
    SHARED = "shared_channels"
    CONFIRM_FROM = "confirm_from"
    ADMINISTRATORS = "administrators"
    ALIASES = "aliases"
    CHANNELS = "app_channels"
    LISTED = "listed_channels"


class Wrong(StrEnum):
    """Why a choice is not taken."""

    UNKNOWN_APP = "unknown_app"
    NO_NUMBER = "no_number"
    TOO_MANY_PEOPLE = "too_many_people"
    NOT_A_MEMBER = "not_a_member"
    NOT_AN_ALIAS = "not_an_alias"
    A_KEYWORD = "a_keyword"
    ALIAS_TAKEN = "alias_taken"
    NO_CHANNELS = "no_channels"
    UNKNOWN_CHANNELS = "unknown_channels"
    NOT_ASKED = "not_asked"
    """Slack could not be asked whether this person may, so nothing was changed."""
    NOT_YOU = "not_you"
    """This person may not, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceChoices:
    """What is chosen for a workspace."""

    default_app: AppId | None
    allows_shared: bool
    confirm_from: int | None
    administrators: frozenset[UserId]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChoices:
    """What is chosen for one app."""

    app: AppId
    aliases: frozenset[str]
    """Case-folded."""
    policy: AppPolicy


def wrong_alias(
    names: Iterable[str],
    app: AppId,
    taken: Mapping[str, AppId],
    is_keyword: Callable[[str], bool],
) -> Wrong | None:
    """Why some of these names cannot be an app's, or `None` when all can.

    Args:
        names: case-folded.
        app: whose they are to be.
        taken: the workspace's aliases.
        is_keyword: whether a word of the command is meant by a name.
    """
    for name in names:
        if not _ALIAS.fullmatch(name) or is_uuid(name):
            return Wrong.NOT_AN_ALIAS
        if is_keyword(name):
            return Wrong.A_KEYWORD
        if taken.get(name, app) != app:
            return Wrong.ALIAS_TAKEN
    return None
