"""Command lines: what each means, and what is suggested for those that mean nothing."""

from __future__ import annotations

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.ids import SessionId, is_uuid
from bot.errors import NotUnderstood
from bot.messages.grammar import FORMS, TITLE_MAX
from bot.slack.parsing import (
    VERBS,
    Command,
    Doctor,
    Help,
    OpenPicker,
    PostSummary,
    ShowSettings,
    Status,
    Subscribe,
    Subscriptions,
    Unsubscribe,
    as_line,
    is_keyword,
    parse,
)

APP = "6b9c4f0e-52a7-4d5c-9a0b-1f3e7d2c8a41"
SESSION = SessionId("2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d")
OTHER = SessionId("9d8c7b6a-5f4e-4d3c-8b2a-1c0d9e8f7a6b")
SHORT_ID = SessionId("bbb0a1d2c3e4f5a6b7c8")
DASHBOARD = f"https://dash.cloudflare.com/0a1b/realtime/kit/{APP}/sessions/{SESSION}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", OpenPicker()),
        ("   ", OpenPicker()),
        ("?", Help()),
        ("help", Help()),
        ("HELP!", Help()),
        ("--help", Help()),
        ("help me please", Help()),
        (f"help {SESSION}", Help()),
        ("settings", ShowSettings()),
        ("doctor", Doctor()),
        ("subscriptions", Subscriptions()),
        ("subscribe", Subscribe("")),
        ("Subscribe Weekly planning", Subscribe("Weekly planning")),
        (f"subscribe {APP.upper()}", Subscribe(APP)),
        (f"subscribe <https://dash.cloudflare.com/{APP}>", Subscribe(APP)),
        ('subscribe standups title:"weekly*"', Subscribe("standups", "weekly*")),
        ("/meeting-summary subscribe title:weekly*", Subscribe("", "weekly*")),
        ('subscribe standups title:"*"', Subscribe("standups")),
        ('subscribe title:"<#C012|general> sync"', Subscribe("", "#general sync")),
        ("unsubscribe", Unsubscribe("")),
        ("unsubscribe R&amp;D", Unsubscribe("R&D")),
        (f"status {SESSION}", Status(SESSION)),
        (f"Status `{SESSION.upper()}`", Status(SESSION)),
        (f"status {APP} {SESSION}", Status(SESSION)),
        (f"status <{DASHBOARD}>", Status(SESSION)),
        (SESSION, PostSummary("", SESSION)),
        (SHORT_ID, PostSummary("", SHORT_ID)),
        (f"standup {SESSION}", PostSummary("standup", SESSION)),
        (f"{SESSION} standup", PostSummary("standup", SESSION)),
        (f"Weekly planning {SESSION}", PostSummary("Weekly planning", SESSION)),
        (f"{APP} {SESSION}", PostSummary(APP, SESSION)),
        (f"{APP.upper()} {SESSION.upper()}", PostSummary(APP, SESSION)),
        (f"R&amp;D {SESSION}", PostSummary("R&D", SESSION)),
        (f"<{DASHBOARD}|{DASHBOARD}>", PostSummary(APP, SESSION)),
        (f"standup <https://x.example/{SESSION}>", PostSummary("standup", SESSION)),
        (f"stats {SESSION}", PostSummary("stats", SESSION)),
        (f"subscribers {SESSION}", PostSummary("subscribers", SESSION)),
        ('subscribe title:"weekly plan*', Subscribe("", "weekly plan*")),
        (f"/meeting-summary standup {SESSION}", PostSummary("standup", SESSION)),
        ("/meeting-summary", OpenPicker()),
    ],
)
def test_understands(typed: str, meant: Command) -> None:
    """Each form of a command, also carelessly typed or pasted, is understood."""
    assert parse(typed) == meant


@pytest.mark.parametrize(
    ("typed", "detail", "suggestion"),
    [
        ("stauts", "stauts", "help"),
        (f"stauts {SESSION}", "stauts", f"status {SESSION}"),
        ("setings", "setings", "settings"),
        ("docter now", "docter now", "doctor"),
        ("hlep", "hlep", "help"),
        ("settings now", "now", "settings"),
        ("doctor please", "please", "doctor"),
        ("status", "status", "help"),
        ("status standup", "standup", "help"),
        (f"status standup {SESSION}", "standup", f"status {SESSION}"),
        ("subscriptions standup", "standup", "subscriptions"),
        ("subscription", "subscription", "subscriptions"),
        (f"subscribe standup {SESSION}", SESSION, "subscribe standup"),
        (f"subscribe {APP} {SESSION}", SESSION, f"subscribe {APP}"),
        (f"subscribe <{DASHBOARD}>", SESSION, f"subscribe {APP}"),
        (f"unsubscribe {APP} please", "please", f"unsubscribe {APP}"),
        ("subscribe help", "help", "help"),
        ("subscribe subscriptions", "subscriptions", "subscriptions"),
        (f"subscribe help {SESSION}", SESSION, "help"),
        (f"subscribe {'a' * 121}", f"{'a' * 79}…", "subscribe"),
        ("subscribe standup title:", "title:", "subscribe standup"),
        (f"subscribe standup {SESSION} title:''", "title:", "subscribe standup"),
        ("subscribe title:a title:b* standup", "title:b standup", 'subscribe title:"a"'),
        ("subscribe x title:'a'--title", "--title", 'subscribe x title:"a"'),
        ("subscribe x title:'a' title:b", "title:b", 'subscribe x title:"a"'),
        ('unsubscribe standup title:"a*"', 'title:"a*"', "unsubscribe standup"),
        ('subscrieb standup title:"a*"', "subscrieb", 'subscribe standup title:"a*"'),
        ('subscribe <#C1|x> standup title:"a*"', "#x", 'subscribe standup title:"a*"'),
        ('<#C1|x> subscribe standup title:"a*"', "#x", 'subscribe standup title:"a*"'),
        ("subscribe <@U012> title:", "@U012", "subscribe"),
        (f"subscirbe {APP}", "subscirbe", f"subscribe {APP}"),
        (f"{APP} subscribe", f"{APP} subscribe", f"subscribe {APP}"),
        (f"{APP} unsubscribe", f"{APP} unsubscribe", f"unsubscribe {APP}"),
        (f"{SESSION} status", f"{SESSION} status", f"status {SESSION}"),
        (f"{SESSION} settings", f"settings {SESSION}", "settings"),
        ("standup", "standup", ""),
        ("what is this for", "what is this for", "help"),
        (f"standup {SESSION} please", "please", f"standup {SESSION}"),
        (f"standup {APP} {SESSION}", "standup", f"{APP} {SESSION}"),
        (f"{APP} {OTHER} {SESSION}", f"{OTHER}", f"{APP} {SESSION}"),
        (f"{SHORT_ID} {SHORT_ID} {SESSION}", f"{SHORT_ID} {SHORT_ID}", f"{SESSION}"),
        (f"{'a' * 121} {SESSION}", f"{'a' * 79}…", f"{SESSION}"),
        (f"<#C012|general> standup {SESSION}", "#general", f"standup {SESSION}"),
        ("<@U012>", "@U012", "help"),
        ("<!here> stauts", "@here", "help"),
    ],
)
def test_suggests(typed: str, detail: str, suggestion: str) -> None:
    """What is not understood is named, next to the line that was probably meant."""
    with pytest.raises(NotUnderstood) as caught:
        parse(typed)

    assert caught.value.detail == detail
    assert caught.value.suggestion == f"/meeting-summary {suggestion}".strip()


def test_an_alias_cannot_be_a_keyword() -> None:
    """Every first word of a command is kept from being an app's name."""
    assert all(map(is_keyword, [*VERBS, "Status", "SUBSCRIBE"]))
    assert not is_keyword("standup")


_PIECES = st.one_of(
    st.sampled_from(
        [
            *(*VERBS, "stauts", "subscrib", "standup", "/meeting-summary", "'", '"', "*"),
            *('title:"weekly*"', "Title = 'x'", "title:", "--title", "“a”", "title “b”*", "!"),
            *(APP, SESSION, OTHER, SHORT_ID, DASHBOARD, f"<{DASHBOARD}|x>"),
            *("<#C1|x>", "<@U1>", "<!here>", "&amp;lt;", "-"),
        ]
    ),
    st.text(max_size=12),
)
_LINES = st.one_of(st.text(), st.lists(_PIECES, max_size=6).map(" ".join))


def _read(line: str) -> Command | NotUnderstood:
    try:
        return parse(line)
    except NotUnderstood as error:
        return error


@given(st.one_of(_LINES, _LINES.map("subscribe {}".format)))
@example("&lt;" * 50)
@example(f"&amp;lt; {SESSION}")
def test_any_text_is_a_command_or_has_a_suggestion_that_is_one(text: str) -> None:
    """No text breaks the parser, and following its suggestion always works."""
    result = _read(text)

    if isinstance(result, NotUnderstood):
        assert 0 < len(result.detail) <= 80
        parse(result.suggestion)
    else:
        assert isinstance(result, Command)
        assert not isinstance(result, PostSummary | Subscribe | Unsubscribe) or (
            len(result.app) <= 120
        )
        assert not isinstance(result, Subscribe) or len(result.title or "") <= TITLE_MAX


@given(st.one_of(_LINES, _LINES.map("subscribe {}".format)))
def test_a_command_written_out_means_the_same(text: str) -> None:
    """The line written for a command, typed into Slack (which escapes it), is that command."""
    command = _read(text)

    if not isinstance(command, NotUnderstood):
        assert parse(html.escape(as_line(command), quote=False)) == command


_DECORATIONS = ["{}", " {} ", "`{}`", "*{}*", "“{}”", '"{}"', "{}.", "({})", "\u200b{}", "{}\u00a0"]


@given(
    st.sampled_from(["help", "settings", SESSION, f"status {SESSION}", f"standup {SESSION}"]),
    st.lists(st.sampled_from(_DECORATIONS), min_size=4, max_size=4),
)
def test_decorations_do_not_change_the_meaning(line: str, decorations: list[str]) -> None:
    """Quotes, code marks, blanks, capitals of ids and typographic dashes mean nothing."""
    decorated = [
        form.format(word.upper() if is_uuid(word) else word)
        for word, form in zip(line.split(), decorations, strict=False)
    ]

    assert parse(" ".join(decorated).replace("-", "\u2013")) == parse(line)


@pytest.mark.parametrize("typed", ["team1", "standup-meetings-weekly", "every/standup-of-2026"])
def test_a_name_is_no_session(typed: str) -> None:
    """Neither digits nor length nor dashes alone make an id."""
    with pytest.raises(NotUnderstood):
        parse(typed)


@pytest.mark.parametrize("typed", ["settings", "doctor"])
def test_a_word_that_stands_alone_is_suggested_alone(typed: str) -> None:
    """What came after it is what was not understood."""
    with pytest.raises(NotUnderstood) as refusal:
        parse(f"{typed} please now")

    assert refusal.value.detail == "please now"
    assert refusal.value.suggestion == f"/meeting-summary {typed}"


def test_a_long_title_is_suggested_by_its_beginning() -> None:
    """A hundred characters are taken; of more, the first and a star."""
    longest = "a" * TITLE_MAX

    assert parse(f"subscribe standup title:{longest}") == Subscribe("standup", longest)
    with pytest.raises(NotUnderstood) as refusal:
        parse(f"subscribe standup title:{longest}a")
    assert refusal.value.detail == f"{'a' * 79}…"
    assert parse(refusal.value.suggestion) == Subscribe("standup", f"{longest[1:]}*")


def test_every_line_of_the_help_can_be_typed() -> None:
    """As it stands, but for the ids."""
    for form in FORMS:
        line = form.line.replace("<session>", SESSION).replace("<app>", "standup")

        assert as_line(parse(line)).split()[0] == "/meeting-summary"


def test_the_limits_are_kept_to_the_character() -> None:
    """An id of 16 characters, an app's name of 120, a name of three words, an echo of 80."""
    shortest = "a1" * 8

    assert parse(shortest) == PostSummary("", SessionId(shortest))
    assert parse(f"{'a' * 120} {SESSION}") == PostSummary("a" * 120, SESSION)
    with pytest.raises(NotUnderstood) as three:
        parse("all the teams")
    assert three.value.suggestion == "/meeting-summary"
    with pytest.raises(NotUnderstood) as echoed:
        parse("b" * 80)
    assert echoed.value.detail == "b" * 80
