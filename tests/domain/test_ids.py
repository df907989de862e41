"""Identifiers are checked once, before they reach a URL."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import is_resource_id, is_uuid, new_reference


@pytest.mark.parametrize(
    "text",
    [
        "2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d",
        "2F6A1C7E-8D43-4B1F-9E20-5C7D8A9B0C1D",
        "0123456789abcdef0123456789abcdef",
        "abcdef-ghijkl",
        "legacy_app",
    ],
)
def test_every_form_realtimekit_is_known_to_use_passes(text: str) -> None:
    """The reference pages disagree about ids, so no documented form is refused."""
    assert is_resource_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "short", "a" * 65, "-starts-with-dash", "has space", "../../etc", "a/b/c/d", "ünïcode"],
)
def test_what_could_change_a_path_is_refused(text: str) -> None:
    """Nothing that means something in a URL gets through."""
    assert not is_resource_id(text)


@given(st.text(max_size=80))
def test_an_accepted_id_is_plain_ascii(text: str) -> None:
    """Whatever is accepted needs no escaping anywhere."""
    if is_resource_id(text):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", text)


def test_a_uuid_is_told_from_other_ids() -> None:
    """Only the dashed form counts, in any case."""
    assert is_uuid("2F6a1C7e-8d43-4b1f-9e20-5c7d8a9b0c1d")
    assert not is_uuid("2f6a1c7e8d434b1f9e205c7d8a9b0c1d")
    assert not is_uuid("2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d\n")


def test_references_are_short_and_do_not_repeat() -> None:
    """A reference can be read out over the telephone: no 0, 1, I or O, and each is new."""
    references = {new_reference() for _ in range(1000)}

    assert len(references) == 1000
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{10}", reference) for reference in references)
