"""The shape of the code: who imports whom, how long things are, and that importing does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"
TESTS = Path(__file__).parent

ALLOWED = {
    "domain": {"domain"},
    "errors": set(),
    "redaction": set(),
    "setting_values": set(),
    "logs": {"errors", "redaction"},
    "metrics": set(),
    "settings": {"setting_values"},
    "manifest": set(),
    "messages": {"messages", "domain", "errors"},
    "usecases": {
        "usecases",
        "messages",
        "domain",
        "errors",
        "logs",
        "metrics",
        "setting_values",
    },
    "realtimekit": {"realtimekit", "domain", "errors", "logs", "metrics"},
    "store": {"store", "domain", "errors", "logs", "metrics"},
    "jobs": {"jobs", "store", "domain", "errors", "logs", "metrics"},
}
"""What each part may import of ours; the parts above these are in `pyproject.toml`'s layers."""

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
LISTS = {
    "errors.py",
    "messages/sentences.py",
    "store/tables.py",
    "store/migrations/versions/0001_first_schema.py",
}
"""Long because they list things: the tree of errors, their sentences, the columns of tables."""

MODULES = sorted(BOT.rglob("*.py"))


def _name(path: Path) -> str:
    return str(path.relative_to(BOT))


def _part(path: Path) -> str:
    first = path.relative_to(BOT).parts[0]
    return first.removesuffix(".py")


def _runtime_imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported when the code runs, but for those that only types need."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from _runtime_imports(node)


def _imports(path: Path) -> set[str]:
    return set(_runtime_imports(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_go_one_way(path: Path) -> None:
    """A part imports only what lies below it."""
    part = _part(path)
    ours = {name.split(".")[1] for name in _imports(path) if name.startswith("bot.")}

    assert ours - ALLOWED.get(part, ours) == set()
    if part not in ("__main__", "cli", "demo", "serve", "edges", "edges_administration"):
        assert "bootstrap" not in ours
    if part in ("slack", "web"):
        assert ours.isdisjoint({"slack", "web"} - {part})


@pytest.mark.parametrize("path", sorted((BOT / "domain").glob("*.py")), ids=_name)
def test_the_domain_needs_only_the_standard_library(path: Path) -> None:
    """Values and decisions depend on nothing that could change under them."""
    foreign = {name.split(".")[0] for name in _imports(path)} - {"bot", *sys.stdlib_module_names}

    assert foreign == set()


@pytest.mark.parametrize("path", [path for path in MODULES if _name(path) not in LISTS], ids=_name)
def test_modules_and_functions_are_short(path: Path) -> None:
    """What grows longer is two things, and is split by what they are."""
    text = path.read_text(encoding="utf-8")

    assert text.count("\n") <= LONGEST_MODULE
    long = {name: length for name, length in _function_lengths(text) if length > LONGEST_FUNCTION}
    assert long == {}


def _function_lengths(text: str) -> Iterator[tuple[str, int]]:
    """Lines of each function's body, without its docstring."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "base", "misc"])
def test_no_module_is_named_for_nothing(name: str) -> None:
    """A module is named for what it is about."""
    assert [path for path in MODULES if name in (path.stem, *path.parent.parts)] == []


def _test_modules() -> list[Path]:
    return sorted(TESTS.rglob("test_*.py"))


@pytest.mark.parametrize("path", _test_modules(), ids=lambda path: str(path.relative_to(TESTS)))
def test_every_test_says_what_it_proves(path: Path) -> None:
    """A failing test's docstring is the first thing its reader needs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    silent = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    }

    assert silent == set()


IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
import bot

def refuse(event, arguments):
    if event in ("socket.connect", "socket.bind", "subprocess.Popen"):
        raise SystemExit(f"importing did {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise SystemExit(f"importing wrote {arguments[0]}")

# What other people's packages do when they are imported is theirs: croniter starts a program.
for module in ("httpx", "pgqueuer", "pydantic_settings", "slack_bolt.async_app", "sqlalchemy"):
    importlib.import_module(module)
sys.dont_write_bytecode = True
sys.addaudithook(refuse)
for module in pkgutil.walk_packages(bot.__path__, "bot."):
    if module.name != "bot.__main__" and ".migrations" not in module.name:
        importlib.import_module(module.name)
"""


def test_importing_does_nothing(tmp_path: Path) -> None:
    """No socket, no file, no setting: everything begins where it is called.

    The settings are wrong on purpose, in the environment and in `.env`: reading them would fail.
    """
    (tmp_path / ".env").write_bytes(b"\xff")

    result = subprocess.run(  # noqa: S603 - our own interpreter with our own text
        [sys.executable, "-W", "error", "-c", IMPORT_EVERYTHING],
        cwd=tmp_path,
        env={"PYTHONPATH": str(BOT.parent), "PORT": "wrong", "DATABASE_URL": "wrong"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert result.stderr == ""
    assert result.stdout == ""
    assert result.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
