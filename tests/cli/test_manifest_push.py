"""`manifest push`: the real command beside a served Slack; no secret reaches the terminal."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.arguments import ExitCode
from bot.cli.manifest_push import WHERE_VALUES_ARE
from bot.demo.fake_slack import FakeSlack, faults
from bot.demo.fake_slack.manifests import App
from bot.manifest import for_address, for_socket_mode, load_manifest
from bot.settings import Settings, SettingsProblems
from tests.cli.manifest_stage import Shown, Typist, served_slack

URL = "https://bot.example.com"
OURS = for_address(load_manifest(), URL).document
PUSH = ("manifest", "push", "--url", URL)


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[FakeSlack]:
    """A Slack whose configuration token is set."""
    monkeypatch.chdir(tmp_path)
    async with served_slack() as slack:
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        monkeypatch.setenv("SLACK_CONFIG_TOKEN", slack.manifests.token)
        yield slack


@pytest.fixture
def app(slack: FakeSlack) -> App:
    """An app as our manifest wants it."""
    app = App(id="A0BEFORE", manifest=deepcopy(dict(OURS)), client_id="1111.2222")
    slack.manifests.apps[app.id] = app
    return app


@pytest.fixture
def typist(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typist:
    """Somebody at a keyboard."""
    return Typist(monkeypatch, capsys)


def methods(slack: FakeSlack) -> list[str]:
    """What was asked of Slack, in order."""
    return [call.method.removeprefix("apps.manifest.") for call in slack.calls]


def secrets_in(shown: Shown, slack: FakeSlack) -> list[str]:
    """What the terminal shows that it must not."""
    kept = [
        slack.manifests.token,
        *(s for a in slack.manifests.apps.values() for s in a.credentials),
    ]
    return [secret for secret in kept if secret in shown.all]


async def test_makes_an_app(typist: Typist, slack: FakeSlack) -> None:
    """Checked first, then made; its id and its pages are said, and no secret is."""
    shown = await typist.type_in(*PUSH)

    [app] = slack.manifests.apps.values()
    assert (shown.code, shown.err) == (ExitCode.DONE, "")
    assert methods(slack) == ["validate", "create"]
    assert app.manifest == OURS
    assert f"https://api.slack.com/apps/{app.id}" in shown.out
    assert f"manifest push --app-id {app.id}" in shown.out
    assert secrets_in(shown, slack) == []
    assert app.client_id not in shown.all
    assert os.listdir() == []  # noqa: PTH208 - `Path` has no way that does not block


async def test_says_where_each_value_is(typist: Typist, slack: FakeSlack) -> None:
    """Each setting that the app gives, beside the page that shows it."""
    shown = await typist.type_in(*PUSH)

    for setting, where in WHERE_VALUES_ARE.items():
        [line] = [line for line in shown.out.splitlines() if f" {setting} " in line]
        assert line.endswith(where)
        assert setting.lower() in Settings.model_fields
    assert slack.calls_of("apps.manifest.create")


async def test_makes_an_app_for_socket_mode(typist: Typist, slack: FakeSlack) -> None:
    """Without any address."""
    await typist.type_in("manifest", "push", "--socket")

    [app] = slack.manifests.apps.values()
    assert app.manifest == for_socket_mode(load_manifest()).document


async def test_the_address_that_is_set_is_enough(
    typist: Typist, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing need be typed twice."""
    monkeypatch.setenv("PUBLIC_URL", URL)

    await typist.type_in("manifest", "push")

    [app] = slack.manifests.apps.values()
    assert app.manifest == OURS


async def test_what_stands_before_the_word_counts(typist: Typist, slack: FakeSlack) -> None:
    """`manifest --url … push` means the same."""
    await typist.type_in("manifest", "--url", URL, "push")

    [app] = slack.manifests.apps.values()
    assert app.manifest == OURS


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("push",), "Say where Slack reaches the bot: --url, PUBLIC_URL, or --socket."),
        (("push", "--url", "http://bot.example.com"), "--url must begin with https://"),
        (("--socket", "push", "--url", URL), "--url and --socket exclude each other"),
    ],
)
async def test_the_example_address_is_never_pushed(
    typist: Typist, slack: FakeSlack, words: tuple[str, ...], complaint: str
) -> None:
    """Printed, somebody can correct it; in an app it would be wrong at once."""
    shown = await typist.type_in("manifest", *words)

    assert shown.code == ExitCode.WRONG_USE
    assert complaint in shown.err
    assert slack.calls == []


async def test_shows_what_would_change_and_asks(typist: Typist, slack: FakeSlack, app: App) -> None:
    """A yes changes it; other scopes mean that it must be installed again."""
    app.manifest["settings"]["interactivity"]["request_url"] = "https://old.example.com/slack"
    app.manifest["oauth_config"]["scopes"]["bot"].remove("files:write")

    shown = await typist.type_in(*PUSH, "--app-id", app.id, answers="y\n")

    assert shown.code == ExitCode.DONE
    assert methods(slack) == ["validate", "export", "update"]
    assert app.manifest == OURS
    assert shown.out == (
        "What would change in the Slack app A0BEFORE:\n"
        "  + oauth_config.scopes.bot: files:write\n"
        "  ~ settings.interactivity.request_url: https://old.example.com/slack -> "
        "https://bot.example.com/slack/events\n"
        "The Slack app A0BEFORE was changed.\n"
        "Its scopes are others now. Install it again, page Install App: "
        "https://api.slack.com/apps/A0BEFORE\n"
    )
    assert shown.err == "Change it? [y/N] "


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yeah, no\n"])
async def test_anything_but_a_yes_changes_nothing(
    typist: Typist, slack: FakeSlack, app: App, answer: str
) -> None:
    """Also when the terminal closes."""
    app.manifest["display_information"]["name"] = "Old"

    shown = await typist.type_in(*PUSH, "--app-id", app.id, answers=answer)

    assert shown.code == ExitCode.FAILED
    assert shown.err.endswith("Nothing was changed.\n")
    assert (app.manifest["display_information"]["name"], app.updates) == ("Old", 0)
    assert methods(slack) == ["validate", "export"]


async def test_a_script_must_say_yes(typist: Typist, app: App) -> None:
    """Where nobody can be asked, the change is shown and not made."""
    app.manifest["display_information"]["name"] = "Old"

    unsure = await typist.type_in(*PUSH, "--app-id", app.id)
    updates = app.updates
    sure = await typist.type_in(*PUSH, "--app-id", app.id, "--yes")

    assert (unsure.code, updates) == (ExitCode.WRONG_USE, 0)
    assert "~ display_information.name: Old -> Meeting Summary" in unsure.out
    assert "add --yes" in unsure.err
    assert (sure.code, app.manifest) == (ExitCode.DONE, OURS)
    assert "Install it again" not in sure.out


async def test_an_app_that_is_right_is_left_alone(
    typist: Typist, slack: FakeSlack, app: App
) -> None:
    """However Slack writes its manifest."""
    shown = await typist.type_in(*PUSH, "--app-id", app.id, "--yes")

    assert (shown.code, app.updates) == (ExitCode.DONE, 0)
    assert shown.out == "The Slack app A0BEFORE is as it should be: nothing to change.\n"
    assert methods(slack) == ["validate", "export"]


async def test_says_what_slack_does_not_take(typist: Typist, slack: FakeSlack) -> None:
    """Each complaint with its place, and nothing is made."""
    errors = [
        {"message": "Must be reachable\x1b[2J", "pointer": "/features/slash_commands/0/url"},
        {"message": "Too odd"},
    ]
    slack.faults.add("apps.manifest.validate", faults.error("invalid_manifest", errors=errors))

    shown = await typist.type_in(*PUSH)

    assert shown.code == ExitCode.FAILED
    assert shown.err.splitlines() == [
        "Slack does not take this manifest, so nothing was changed:",
        "  features.slash_commands.0.url: Must be reachable[2J",
        "  the whole: Too odd",
    ]
    assert slack.manifests.apps == {}


async def test_a_complaint_that_comes_late_is_one_too(typist: Typist, slack: FakeSlack) -> None:
    """Many of them are counted; none at all is said."""
    errors = [{"message": f"Wrong {number}"} for number in range(25)]
    slack.faults.add("apps.manifest.create", faults.error("invalid_app", errors=errors))
    many = await typist.type_in(*PUSH)
    slack.faults.add("apps.manifest.create", faults.error("invalid_app"))

    none = await typist.type_in(*PUSH)

    assert (many.code, none.code) == (ExitCode.FAILED, ExitCode.FAILED)
    assert many.err.splitlines()[-2:] == ["  the whole: Wrong 19", "  And 5 more."]
    assert "It does not say why." in none.err


FAILURES: list[tuple[str, faults.Fault, ExitCode, str]] = [
    ("validate", faults.error("token_expired"), ExitCode.NOT_ALLOWED, "has expired"),
    ("validate", faults.error("invalid_auth"), ExitCode.NOT_ALLOWED, "does not accept the config"),
    ("validate", faults.error("token_revoked"), ExitCode.NOT_ALLOWED, "does not accept the config"),
    ("validate", faults.error("not_allowed_token_type"), ExitCode.NOT_ALLOWED, "takes only a conf"),
    ("create", faults.error("no_permission"), ExitCode.NOT_ALLOWED, "may not do this"),
    ("create", faults.error("access_denied"), ExitCode.NOT_ALLOWED, "may not do this"),
    ("create", faults.error("accesslimited"), ExitCode.NOT_ALLOWED, "The workspace's rules"),
    ("create", faults.error("app_not_eligible"), ExitCode.NOT_ALLOWED, "lets nobody change"),
    ("create", faults.rate_limited("17"), ExitCode.TRY_AGAIN, "Try again in 17 seconds."),
    ("create", faults.answer(429), ExitCode.TRY_AGAIN, "Try again in 60 seconds."),
    ("validate", faults.answer(502), ExitCode.TRY_AGAIN, "could not be reached"),
    ("validate", faults.drop(), ExitCode.TRY_AGAIN, "could not be reached"),
    ("create", faults.drop(), ExitCode.FAILED, "did not say whether it made the app"),
    ("create", faults.drop(after_acting=True), ExitCode.FAILED, "or there may be two"),
    ("create", faults.error("internal_error"), ExitCode.FAILED, "did not say whether it made"),
    ("create", faults.error("of_next_year"), ExitCode.FAILED, "with the word of_next_year."),
]


@pytest.mark.parametrize(("method", "fault", "code", "words"), FAILURES)
async def test_a_failure_is_a_line_and_a_code(
    typist: Typist,
    slack: FakeSlack,
    method: str,
    fault: faults.Fault,
    code: ExitCode,
    words: str,
) -> None:
    """Whatever stands in the way; nothing secret is in it."""
    slack.faults.add(f"apps.manifest.{method}", fault)

    shown = await typist.type_in(*PUSH)

    [line] = shown.err.splitlines()
    assert (shown.code, shown.out) == (code, "")
    assert words in line
    assert secrets_in(shown, slack) == []


async def test_slack_is_out_of_reach(
    typist: Typist, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens there."""
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/api/")

    shown = await typist.type_in(*PUSH)

    assert shown.code == ExitCode.TRY_AGAIN
    assert "Slack could not be reached" in shown.err
    assert slack.calls == []


async def test_an_app_that_is_none(typist: Typist, slack: FakeSlack) -> None:
    """Nothing is made in its place."""
    shown = await typist.type_in(*PUSH, "--app-id", "A0NOBODYS", "--yes")

    assert shown.code == ExitCode.NOT_FOUND
    assert "Slack knows no such app" in shown.err
    assert slack.manifests.apps == {}


async def test_an_expired_token_as_slack_sees_it(typist: Typist, slack: FakeSlack) -> None:
    """The next step says where there is a new one."""
    slack.manifests.is_expired = True

    shown = await typist.type_in(*PUSH)

    assert shown.code == ExitCode.NOT_ALLOWED
    assert "Generate one at https://api.slack.com/apps" in shown.err


async def test_a_token_is_asked_for_without_being_shown(
    typist: Typist, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal; it is used once and kept nowhere."""
    monkeypatch.delenv("SLACK_CONFIG_TOKEN")
    asked = typed(monkeypatch, lambda: f" {slack.manifests.token} ")

    shown = await typist.type_in(*PUSH, answers="")

    assert (shown.code, asked) == (ExitCode.DONE, ["Configuration token (it is not shown): "])
    assert secrets_in(shown, slack) == []


def typed(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], str]) -> list[str]:
    """Answer what is asked for in secret; returns the questions."""
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return answer()

    monkeypatch.setattr(getpass, "getpass", ask)
    return asked


def _closes() -> str:
    raise EOFError


def _would_show() -> str:
    raise getpass.GetPassWarning


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: "xoxb-12-bot", "SLACK_CONFIG_TOKEN must start with xoxe.xoxp-; this is a bot"),
        (lambda: "xoxe-1-refresh", "this is a refresh token"),
        (lambda: "", "SLACK_CONFIG_TOKEN must start with xoxe.xoxp-"),
        (_closes, "SLACK_CONFIG_TOKEN must start with xoxe.xoxp-"),
        (_would_show, "this terminal would show what is typed"),
    ],
)
async def test_what_is_typed_must_be_a_configuration_token(
    typist: Typist,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[], str],
    words: str,
) -> None:
    """What is none is not sent anywhere, and not repeated."""
    monkeypatch.delenv("SLACK_CONFIG_TOKEN")
    typed(monkeypatch, answer)

    with pytest.raises(SettingsProblems) as caught:
        await typist.type_in(*PUSH, answers="")

    assert words in str(caught.value)
    assert "-12-bot" not in str(caught.value)
    assert slack.calls == []


async def test_a_script_must_have_the_token_set(
    typist: Typist, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is there to be asked."""
    monkeypatch.delenv("SLACK_CONFIG_TOKEN")
    asked = typed(monkeypatch, lambda: slack.manifests.token)

    with pytest.raises(SettingsProblems, match="SLACK_CONFIG_TOKEN is missing"):
        await typist.type_in(*PUSH)

    assert (asked, slack.calls) == ([], [])


async def test_a_bot_token_is_no_configuration_token(
    typist: Typist, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused before anything is asked of Slack."""
    monkeypatch.setenv("SLACK_CONFIG_TOKEN", slack.team.token)

    with pytest.raises(SettingsProblems, match="this is a bot token") as caught:
        await typist.type_in(*PUSH)

    assert slack.team.token not in str(caught.value)
    assert slack.calls == []


async def test_what_is_pushed_is_what_is_printed(typist: Typist, slack: FakeSlack) -> None:
    """One manifest, whichever way it goes."""
    printed = await typist.type_in("manifest", "--url", URL)
    await typist.type_in(*PUSH)

    [call] = slack.calls_of("apps.manifest.create")
    sent: Any = json.loads(call.arguments["manifest"])
    assert sent == yaml.safe_load(printed.out)
