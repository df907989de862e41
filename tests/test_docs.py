"""The README says what the code does: its tables are compared with the code, cell by cell."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.cli.arguments import COMMANDS, EXIT_MEANINGS
from bot.domain.policy import AppPolicy
from bot.domain.summary import App
from bot.manifest import SCOPE_REASONS
from bot.messages.grammar import COMMAND
from bot.messages.home import for_administrators
from bot.messages.settings import app_window, workspace_window
from bot.messages.text_view import blocks_text
from bot.settings import Settings
from bot.slack.parsing import VERBS
from tests.messages.example_home import EXAMPLE, SETTINGS, STANDUPS
from tests.messages.window_text import window_text

Table = list[list[str]]


@pytest.fixture(scope="module")
def readme() -> str:
    """The whole README."""
    return (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def _table(readme: str, first_heading: str) -> Table:
    """The rows under a table's head, as lists of cells."""
    _, _, after = readme.partition(f"| {first_heading} |")
    lines = after.split("\n")[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_settings(readme: str) -> None:
    """Every setting has its row, in order, with its default and its meaning."""
    expected = [
        [f"`{name.upper()}`", _default(field), field.description or ""]
        for name, field in Settings.model_fields.items()
    ]

    assert _table(readme, "setting") == expected


def test_every_setting_says_what_it_means() -> None:
    """No row of the table is empty."""
    assert all(field.description for field in Settings.model_fields.values())


def test_processes(readme: str) -> None:
    """Every `python -m bot …` has its row."""
    rows = {cells[0].split("`")[1].split()[3]: cells[1] for cells in _table(readme, "process")}

    assert rows == dict(COMMANDS)


def test_scopes(readme: str) -> None:
    """Every scope has its row, with the reason it is asked for."""
    assert _rows(readme, "scope") == {f"`{scope}`": why for scope, why in SCOPE_REASONS.items()}


def test_exit_codes(readme: str) -> None:
    """Every exit code of `fetch` has its row."""
    expected = {str(code.value): meaning for code, meaning in EXIT_MEANINGS.items()}

    assert _rows(readme, "exit code") == expected


def test_slash_commands(readme: str) -> None:
    """Every word the slash command understands has its row."""
    typed = [cells[0].strip("`") for cells in _table(readme, "in Slack")]

    assert all(line.startswith(COMMAND) for line in typed)
    words = {line.removeprefix(COMMAND).split()[0] for line in typed if line != COMMAND}
    assert {word for word in words if not word.startswith("<")} == set(VERBS)


def _rows(readme: str, first_heading: str) -> Mapping[str, str]:
    return {cells[0]: cells[1] for cells in _table(readme, first_heading)}


def test_targets_of_make(readme: str, project_root: Path) -> None:
    """Each `make …` that the README names exists."""
    makefile = (project_root / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", readme, re.MULTILINE))

    assert named >= {"demo", "test", "check"}
    assert {target for target in named if f"\n{target}:" not in makefile} == set()


def test_files_that_are_named_exist(readme: str, project_root: Path) -> None:
    """A link to a file of the project leads somewhere."""
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)\)", readme)

    assert [link for link in links if not (project_root / link).exists()] == []


def test_the_picture_of_the_post_is_what_the_demo_prints(readme: str) -> None:
    """Whoever runs the demo sees the README's thread, at another time and with another id."""
    _, _, after = readme.partition("```text\n")
    picture, _, _ = after.partition("\n```")

    demo = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--once"],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    ).stdout

    assert _timeless(picture) in _timeless(demo)


def test_the_picture_of_the_home_tab_is_what_is_shown_there(readme: str) -> None:
    """The README's picture is the tab itself, read as text."""
    shown = blocks_text(for_administrators(EXAMPLE)["blocks"])

    assert f"```text\n{shown}\n```" in readme


def test_the_pictures_of_the_settings_are_what_opens(readme: str) -> None:
    """The workspace's window, and one app's on top of it, read as text."""
    app = app_window(App(STANDUPS, "standups"), ["daily"], AppPolicy())

    for view in (workspace_window(SETTINGS), app):
        indented = "\n".join(f"  {line}".rstrip() for line in window_text(view).split("\n"))
        assert f"  ```text\n{indented}\n  ```" in readme


def _timeless(text: str) -> str:
    """The text with its times and ids blanked, and its lines unwrapped: times differ in length."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", text)
    text = re.sub(
        r"[A-Z][a-z]+(?:day)?,? [A-Z]?[a-z]* ?\d{1,2}, \d{4} at \d{1,2}:\d\d [AP]M", "…", text
    )
    text = re.sub(r"\d\d:\d\d", "…", text)
    return " ".join(text.replace("│", " ").split())
