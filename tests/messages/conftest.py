"""Golden files: one whole message each, kept beside the tests.

`REWRITE_GOLDEN=1 pytest tests/messages` writes them anew; read the difference before committing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from bot.demo.fake_slack.blocks import check_message, check_view
from bot.messages.kit import TEXT_MAX, Message, length

Golden: TypeAlias = Callable[[str, Message | Mapping[str, Any]], None]


def attachments(message: Message) -> list[dict[str, Any]]:
    """A message's footer as it is sent."""
    return [{"blocks": list(message.footer)}] if message.footer else []


FOLDER = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Golden:
    """Compare a whole message or window with its file, and have the stand-in for Slack take it."""

    def compare(name: str, shown: Message | Mapping[str, Any]) -> None:
        if isinstance(shown, Message):
            content: Mapping[str, Any] = asdict(shown)
            check_message(list(shown.blocks), attachments(shown))
            assert length(shown.text) <= TEXT_MAX
        else:
            content = shown
            check_view(shown)
        path = FOLDER / f"{name}.json"
        if os.environ.get("REWRITE_GOLDEN"):
            text = json.dumps(content, indent=2, ensure_ascii=False)
            path.write_text(f"{text}\n", encoding="utf-8")
        kept = json.loads(path.read_text(encoding="utf-8"))
        assert json.loads(json.dumps(content)) == kept

    return compare
