"""Where secrets may be sent."""

from __future__ import annotations

import pytest

from bot.slack.addresses import slack_address

SLACK = "https://slack.com/api/"
HERE = "http://127.0.0.1:8080/api/"


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/commands/T1/2/3",
        "https://hooks.slack.com:443/actions/T1/2/3",
        "https://HOOKS.slack.com/commands/T1/2/3",
        "https://files.slack.com/upload/v1/abc?x=%2F",
        "https://slack.com/x",
        "https://hooks.slack-gov.com/commands/T1/2/3",
    ],
)
def test_slacks_own_addresses(address: str) -> None:
    """Slack's hosts are taken, over https."""
    url = slack_address(address, base_url=SLACK)

    assert str(url).lower() in (address.lower(), address.lower().replace(":443", ""))


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/commands/T1/2/3",
        "https://hooks.slack.com:8443/commands/T1/2/3",
        "https://hooks.slack.com.example.com/x",
        "https://notslack.com/x",
        "https://slack.com@example.com/x",
        "https://user@hooks.slack.com/x",
        "https://:pass@hooks.slack.com/x",
        "https://example.com\\@hooks.slack.com/x",
        "https://example.com/hooks.slack.com",
        "https://example.com#hooks.slack.com",
        "http://127.0.0.1:8080/commands",
        "https://localhost/x",
        "https://169.254.169.254/latest",
        "ftp://hooks.slack.com/x",
        "//hooks.slack.com/x",
        "hooks.slack.com/x",
        "https://hooks.slack.com:port/x",
        "https://[hooks.slack.com/x",
        "",
    ],
)
def test_nobody_elses(address: str) -> None:
    """Every other address is refused, also one that only looks like Slack's."""
    assert slack_address(address, base_url=SLACK) is None


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("http://127.0.0.1:8080/commands/T1/x", True),
        ("http://localhost:9/x", True),
        ("http://[::1]:9/x", True),
        ("https://hooks.slack.com/x", False),
        ("http://192.0.2.1/x", False),
        ("ftp://127.0.0.1/x", False),
    ],
)
def test_a_slack_on_this_machine(address: str, *, taken: bool) -> None:
    """Where the API is on this machine, answers stay on it too."""
    assert (slack_address(address, base_url=HERE) is not None) is taken
