"""What must be true of everything a person is told privately."""

from __future__ import annotations

import json
import re

from bot.demo.stage import API_TOKEN
from tests.scenarios.world import World

_ADDRESS = re.compile(r"(?:https?|ftp|file)://(?!acme\.slack\.com/archives/)", re.IGNORECASE)
_NAMES = re.compile(r"Reference \S+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_STATUS = re.compile(r"\b[45]\d\d\b")
_CODE = re.compile(r"\b[A-Za-z]+_[A-Za-z_]+\b|\b[a-z]+[A-Z]\w+\b|\b10000\b|\b(?:6|7)\d{3}\b")
_OURS = {"/meeting-summary", "RealtimeKit"}


def assert_plain(world: World) -> None:
    """No address but a thread's, no status, no code, no JSON, no token, in nobody's answers."""
    for answer in world.stage.slack.team.answers:
        told = [answer.text, json.dumps(answer.blocks)]
        assert all(API_TOKEN not in text and "xoxb" not in text for text in told)
        assert all("X-Amz" not in text for text in told)
    for text in [*world.private(), *world.direct()]:
        words = _NAMES.sub("", text)
        assert not _ADDRESS.search(words), words
        assert not _STATUS.search(words), words
        assert not [code for code in _CODE.findall(words) if code not in _OURS], words
        assert not any(mark in words for mark in "{}"), words


def assert_token_stays_home(world: World) -> None:
    """The API token went to the API alone: never to where files are, in no form."""
    for request in world.stage.kit.calls("download"):
        assert "authorization" not in request.headers
        assert "cookie" not in request.headers
        assert API_TOKEN not in f"{request.path}?{request.query} {dict(request.headers)}"
