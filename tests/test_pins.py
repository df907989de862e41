"""The pinned versions are those that `pyproject.toml` allows, and say nothing of where from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")


def _pins(file: Path) -> dict[str, str]:
    found = map(_PIN.match, file.read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


def _asked_for(project_root: Path, *, dev: bool) -> list[Requirement]:
    project = tomllib.loads((project_root / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    extra = project["optional-dependencies"]["dev"] if dev else []
    return [Requirement(text) for text in (*project["dependencies"], *extra)]


@pytest.mark.parametrize(
    ("file", "dev"), [("requirements.txt", False), ("requirements-dev.txt", True)]
)
def test_every_dependency_is_pinned_within_its_range(
    project_root: Path, file: str, *, dev: bool
) -> None:
    """What is installed is what `pyproject.toml` says the code was written for."""
    pins = _pins(project_root / file)

    outside = {
        str(asked)
        for asked in _asked_for(project_root, dev=dev)
        if not asked.specifier.contains(pins.get(canonicalize_name(asked.name), "0.0"))
    }

    assert outside == set()


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_address(project_root: Path, file: str) -> None:
    """A changed file is refused, from whichever index it comes; none is named."""
    text = (project_root / file).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[A-Za-z0-9])", text.strip())

    assert all("--hash=sha256:" in pin for pin in pins)
    assert all(_PIN.match(pin) for pin in pins)
    assert "://" not in text


def test_both_files_agree(project_root: Path) -> None:
    """Tests run with the versions that are deployed."""
    deployed = _pins(project_root / "requirements.txt")
    tested = _pins(project_root / "requirements-dev.txt")

    assert {name: tested.get(name) for name in deployed} == deployed
