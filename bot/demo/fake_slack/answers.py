"""Response URLs: where the app answers one person privately.

Source: https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from bot.demo.fake_slack.blocks import check_message
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.schema import boolean, items, one_of, record, text
from bot.demo.fake_slack.state import PrivateAnswer, ResponseUrl
from bot.demo.fake_slack.team import Team

_USES = 5
_LASTS = timedelta(minutes=30)
_ANSWER = record(
    {},
    {
        "response_type": one_of("ephemeral"),
        "replace_original": boolean,
        "text": text(40_000),
        "blocks": items(lambda _value, _pointer: iter(()), maximum=50),
    },
)
"""The app answers in private only: `in_channel` would post where it may not be a member."""


def take_answer(team: Team, where: ResponseUrl, said: Mapping[str, Any]) -> None:
    """Show an answer to the one person it is for. Raises `Refused`."""
    if team.now() - where.made_at > _LASTS:
        raise Refused("expired_url", status=HTTPStatus.NOT_FOUND)
    if where.uses >= _USES:
        raise Refused("used_url", status=HTTPStatus.NOT_FOUND)
    where.uses += 1
    show_answer(team, user=where.user, channel=where.channel, said=said, came="response_url")


def show_answer(
    team: Team, *, user: str, channel: str, said: Mapping[str, Any], came: Any
) -> PrivateAnswer:
    """Check an answer as Slack would, and show it."""
    problems = [str(problem) for problem in _ANSWER(said, "")]
    if problems:
        raise Refused("invalid_payload", messages=problems, status=HTTPStatus.BAD_REQUEST)
    if not said.get("text") and not said.get("blocks"):
        raise Refused("no_text", status=HTTPStatus.BAD_REQUEST)
    check_message(said.get("blocks", []), [])
    answer = PrivateAnswer(
        user=user,
        channel=channel,
        text=said.get("text", ""),
        blocks=said.get("blocks", []),
        came=came,
        ts=team.new_ts(),
    )
    team.answers.append(answer)
    return answer
