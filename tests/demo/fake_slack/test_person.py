"""A person at their Slack, against a small app that checks what it is sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.demo.fake_slack import SIGNING_SECRET, FakeSlack
from bot.demo.fake_slack.door import Ack, Door
from bot.demo.fake_slack.fields import CannotDo
from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.state import Message, View
from bot.demo.fake_slack.windows import show
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, CHANNEL, button, plain, section

ONE, TWO = ({"text": plain(name), "value": name} for name in ("one", "two"))
MENU = {"type": "static_select", "action_id": "menu", "options": [ONE, TWO]}
ASKING = {"type": "external_select", "action_id": "asking", "min_query_length": 0}
WHERE = {"type": "conversations_select", "action_id": "where"}
NOTE = {"type": "plain_text_input", "action_id": "note"}
TICKS = {"type": "checkboxes", "action_id": "ticks", "options": [ONE, TWO]}
GROUPS = {
    "type": "static_select",
    "action_id": "groups",
    "option_groups": [{"label": plain("G"), "options": [ONE]}],
}


class App:
    """An app that verifies the signature, remembers, and says what it is told to say."""

    def __init__(self, clock: ManualClock) -> None:
        self.says: Response = Response()
        self.heard: list[dict[str, Any]] = []
        self.clock = clock
        self.app = Starlette(routes=[Route("/slack/events", self.hear, methods=["POST"])])

    async def hear(self, request: Request) -> Response:
        """Refuse a wrong signature, as Slack's own SDK checks it."""
        body = await request.body()
        verifier = SignatureVerifier(SIGNING_SECRET)
        stamp = request.headers["x-slack-request-timestamp"]
        if stamp != str(int(self.clock().timestamp())):
            return Response(status_code=401)
        made = verifier.generate_signature(timestamp=stamp, body=body)
        if made != request.headers["x-slack-signature"]:
            return Response(status_code=401)
        self.heard.append(self.read(request.headers["content-type"], body))
        return self.says

    def read(self, content_type: str, body: bytes) -> dict[str, Any]:
        """What was sent, out of its wrapping."""
        if content_type == "application/json":
            event: dict[str, Any] = json.loads(body)
            return event
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        payload: dict[str, Any] = json.loads(fields["payload"]) if "payload" in fields else fields
        return payload


@pytest.fixture
def app(clock: ManualClock) -> App:
    """The app."""
    return App(clock)


@pytest.fixture
async def ada(slack: FakeSlack, app: App) -> AsyncIterator[Person]:
    """Ada."""
    transport = httpx.ASGITransport(app=app.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        yield slack.person(ADA, http)


@pytest.fixture
def message(slack: FakeSlack) -> Message:
    """A message with a button under it and a menu beside it."""
    posted = slack.team.say(CHANNEL, ADA, "x")
    posted.blocks = [section() | {"accessory": MENU}]
    posted.attachments = [{"blocks": [{"type": "actions", "elements": [button(value="K7")]}]}]
    return posted


@pytest.fixture
def window(slack: FakeSlack) -> View:
    """An open form."""
    elements = (ASKING, WHERE, NOTE, TICKS, GROUPS)
    fields = [
        {"type": "input", "label": plain("L"), "element": e, "optional": True} for e in elements
    ]
    blocks = [{"type": "actions", "block_id": "pick", "elements": [MENU]}, *fields]
    content = {"type": "modal", "title": plain("T"), "submit": plain("Go"), "blocks": blocks}
    return show(slack.team, ADA, content)


async def test_types_a_command(ada: Person, app: App, slack: FakeSlack) -> None:
    """A signed form with all that Slack sends, and an answer's address that works."""
    ack = await ada.command("app session", CHANNEL)

    [heard] = app.heard
    assert ack.is_taken
    assert (heard["command"], heard["text"]) == ("/meeting-summary", "app session")
    assert (heard["user_id"], heard["team_id"], heard["channel_id"]) == (ADA, "T0ACME", CHANNEL)
    assert heard["channel_name"] == "general"
    assert heard["response_url"] in {known.url for known in slack.team.response_urls.values()}
    assert heard["trigger_id"] in slack.team.triggers
    assert ada.answers == []


async def test_types_a_command_anywhere(ada: Person, app: App) -> None:
    """Also between two people, where the bot is not; fields may be replaced."""
    await ada.command("", "D0HUMANS", name="/other", team_domain="else")

    assert app.heard[0]["channel_name"] == "directmessage"
    assert (app.heard[0]["command"], app.heard[0]["team_domain"]) == ("/other", "else")


@pytest.mark.parametrize("body", ["On it.", '{"text": "On it."}', '"On it."'])
async def test_sees_what_the_app_says_at_once(body: str, ada: Person, app: App) -> None:
    """A text or JSON in the answer to a command is shown to who typed it."""
    app.says = PlainTextResponse(body)

    await ada.command("help", CHANNEL)

    assert [(answer.text, answer.came) for answer in ada.answers] == [("On it.", "ack")]


async def test_what_the_app_says_at_once_is_checked(ada: Person, app: App) -> None:
    """Slack would not show these blocks."""
    app.says = PlainTextResponse(json.dumps({"text": "x", "blocks": [section("")]}))

    with pytest.raises(Refused, match="invalid_blocks"):
        await ada.command("help", CHANNEL)


async def test_a_refused_command_shows_nothing(ada: Person, app: App) -> None:
    """Only an answer with status 200 counts."""
    app.says = PlainTextResponse("Oops", 500)

    ack = await ada.command("help", CHANNEL)

    assert not ack.is_taken
    assert (ada.answers, ada.acks) == ([], [ack])


async def test_a_wrong_signature_is_one(ada: Person, app: App) -> None:
    """A forged signature does not pass, so the true one means something."""
    assert isinstance(ada.door, Door)

    ack = await ada.door.send(b"x=1", "text/plain", {"X-Slack-Signature": "v0=forged"})

    assert (ack.status, app.heard) == (401, [])


async def test_silence_is_no_ack(ada: Person) -> None:
    """An app that does not answer in three seconds did not take it."""

    def time_out(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"]["read"] == 3.0
        raise httpx.ReadTimeout("too slow")

    async with httpx.AsyncClient(
        transport=httpx.MockTransport(time_out), base_url="http://app"
    ) as http:
        slow = Person(
            id=ADA,
            team=ada.team,
            door=Door(http=http, signing_secret="x", now=ada.team.now),
            slack_url="",
        )
        ack = await slack_event(slow)

    assert (ack.status, ack.is_taken) == (None, False)


async def slack_event(person: Person) -> Ack:
    """Open the Home tab."""
    return await person.event({"type": "app_home_opened", "tab": "home"})


async def test_presses_a_button_under_a_message(
    ada: Person, app: App, message: Message, slack: FakeSlack
) -> None:
    """The button's value, where it stood, and an address to answer at."""
    ack = await ada.press("go", message, channel=CHANNEL)

    [heard] = app.heard
    [action] = heard["actions"]
    assert ack.is_taken
    assert (heard["type"], heard["user"]["id"]) == ("block_actions", ADA)
    assert (action["action_id"], action["value"], action["type"]) == ("go", "K7", "button")
    assert (heard["channel"]["id"], heard["message"]["ts"]) == (CHANNEL, message.ts)
    assert heard["container"]["is_ephemeral"] is False
    assert heard["response_url"] in {known.url for known in slack.team.response_urls.values()}


async def test_chooses_from_a_menu(ada: Person, app: App, message: Message) -> None:
    """The chosen option goes along."""
    await ada.press("menu", message, channel=CHANNEL, chosen="two")

    assert app.heard[0]["actions"][0]["selected_option"] == TWO


async def test_presses_a_button_of_a_private_answer(ada: Person, app: App) -> None:
    """What only this person sees is ephemeral, in the channel it was shown in."""
    blocks = [{"type": "actions", "elements": [button(value="K7")]}]
    app.says = PlainTextResponse(json.dumps({"text": "x", "blocks": blocks}))
    await ada.command("x", CHANNEL)
    app.says = Response()

    await ada.press("go", ada.answers[0])

    assert app.heard[1]["container"]["is_ephemeral"] is True
    assert app.heard[1]["channel"]["id"] == CHANNEL


@pytest.mark.parametrize(("action", "chosen"), [("nowhere", None), ("menu", "three")])
async def test_cannot_do_what_is_not_offered(
    action: str, chosen: str | None, ada: Person, message: Message
) -> None:
    """No such button, and no such option."""
    with pytest.raises(CannotDo):
        await ada.press(action, message, channel=CHANNEL, chosen=chosen)


async def test_asks_a_menu_for_its_options(ada: Person, app: App, window: View) -> None:
    """The app's options are offered, from then on they can be chosen."""
    groups = [{"label": plain("G"), "options": [TWO]}]
    app.says = PlainTextResponse(json.dumps({"options": [ONE], "option_groups": groups}))

    offered = await ada.ask(window, "asking", "o")

    assert offered == [ONE, TWO]
    assert (app.heard[0]["type"], app.heard[0]["value"]) == ("block_suggestion", "o")
    ada.fill(window, "asking", "two")
    [values] = [state for state in window.values.values() if "asking" in state]
    assert values["asking"] == {"type": "external_select", "selected_option": TWO}


async def test_a_menu_whose_app_fails_offers_nothing(ada: Person, app: App, window: View) -> None:
    """An error, and an empty answer, are no options."""
    empty = await ada.ask(window, "asking")
    app.says = PlainTextResponse("{}", 500)

    assert (empty, await ada.ask(window, "asking")) == ([], [])


async def test_a_choice_in_a_window_is_heard_and_kept(ada: Person, app: App, window: View) -> None:
    """What is chosen in a block of actions reaches the app at once, and stays in the window."""
    await ada.press("menu", window, chosen="one")

    [heard] = app.heard
    assert heard["container"] == {"type": "view", "view_id": window.id}
    state = heard["view"]["state"]["values"]["pick"]["menu"]
    assert state == {"type": "static_select", "selected_option": ONE}
    assert "response_url" not in heard


async def test_submits_a_form(ada: Person, app: App, window: View) -> None:
    """Everything filled in goes along, and an empty answer closes the window."""
    for action, chosen in {"where": CHANNEL, "note": "Hi", "ticks": "one", "groups": "one"}.items():
        ada.fill(window, action, chosen)

    await ada.submit(window)

    values = {a: v for s in app.heard[0]["view"]["state"]["values"].values() for a, v in s.items()}
    assert values["where"]["selected_conversation"] == CHANNEL
    assert values["note"] == {"type": "plain_text_input", "value": "Hi"}
    assert values["ticks"]["selected_options"] == [ONE]
    assert values["groups"]["selected_option"] == ONE
    assert app.heard[0]["type"] == "view_submission"
    assert ada.window is None


@pytest.mark.parametrize(
    ("said", "still_open"),
    [
        ({"response_action": "errors", "errors": {"pick": "Choose one"}}, True),
        (
            {
                "response_action": "update",
                "view": {"type": "modal", "title": plain("New"), "blocks": [section()]},
            },
            True,
        ),
        ({"response_action": "clear"}, False),
    ],
)
async def test_does_with_the_window_what_the_app_says(
    said: dict[str, Any], *, still_open: bool, ada: Person, app: App, window: View
) -> None:
    """Errors are shown, another view replaces it, or all windows close."""
    app.says = PlainTextResponse(json.dumps(said))

    await ada.submit(window)

    assert (ada.window is window) is still_open
    assert window.errors == said.get("errors", {})
    assert window.content["title"] == said.get("view", window.content)["title"]


async def test_a_body_nobody_knows_breaks_a_window(ada: Person, app: App, window: View) -> None:
    """Slack would say that something went wrong."""
    app.says = PlainTextResponse('{"ok": true}')

    with pytest.raises(Refused, match="invalid_response_action"):
        await ada.submit(window)


async def test_a_failed_submission_leaves_the_window(ada: Person, app: App, window: View) -> None:
    """An answer that is none changes nothing."""
    app.says = PlainTextResponse("", 500)

    await ada.submit(window)

    assert ada.window is window


async def test_an_event(ada: Person, app: App) -> None:
    """In its envelope, with an id of its own; a retry can be marked as one."""
    first = await slack_event(ada)
    await ada.event({"type": "app_uninstalled", "user": "U0X"}, **{"x-slack-retry-num": "1"})

    one, two = app.heard
    assert first.is_taken
    assert (one["type"], one["event"]["type"], one["event"]["user"]) == (
        "event_callback",
        "app_home_opened",
        ADA,
    )
    assert one["authorizations"][0]["team_id"] == "T0ACME"
    assert one["event_id"] != two["event_id"]
    assert two["event"]["user"] == "U0X"
