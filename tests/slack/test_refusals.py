"""Slack's codes and answers, read as errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    AnswerRefused,
    AppMisconfigured,
    ChannelClosed,
    ContentRefused,
    EditRefused,
    FilesRefused,
    InstallationBroken,
    LayoutRefused,
    NotInChannel,
    QuotaReached,
    SendUnconfirmed,
    SlackBusy,
    SlackError,
    SlackRefused,
    SlackUnavailable,
)
from bot.slack.refusals import CODES, error_for, read_code, read_refusal

TABLE = {
    InstallationBroken: "invalid_auth not_authed account_inactive token_revoked org_login_required "
    "access_denied team_access_not_granted no_permission token_expired invalid_refresh_token",
    AppMisconfigured: "missing_scope not_allowed_token_type messages_tab_disabled accesslimited "
    "enterprise_is_restricted ekm_access_denied two_factor_setup_required method_deprecated "
    "deprecated_endpoint not_enabled metadata_must_be_sent_from_app bad_client_secret "
    "invalid_client_id",
    NotInChannel: "not_in_channel channel_not_found user_not_in_channel",
    ChannelClosed: "is_archived is_inactive restricted_action restricted_action_read_only_channel "
    "restricted_action_thread_locked thread_locked posting_to_channel_denied "
    "posting_to_general_channel_denied slack_connect_canvas_sharing_blocked "
    "slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked "
    "slack_connect_clip_sharing_blocked slack_connect_file_upload_sharing_blocked",
    LayoutRefused: "restricted_action_thread_only_channel restricted_action_non_threadable_channel "
    "cannot_reply_to_message thread_not_found message_not_found",
    SlackRefused: "team_not_found invalid_arguments invalid_arg_name invalid_charset "
    "invalid_form_data invalid_post_type missing_post_type a_code_of_next_year",
    ContentRefused: "invalid_blocks invalid_blocks_format msg_blocks_too_long msg_blocks_too_many "
    "msg_too_long no_text attachment_payload_limit_exceeded too_many_attachments "
    "invalid_metadata_format invalid_metadata_schema metadata_too_large markdown_text_conflict "
    "block_mismatch invalid_attachments only_one_table_allowed view_too_large",
    EditRefused: "cant_update_message edit_window_closed cant_delete_message "
    "streaming_state_conflict update_failed hash_conflict not_found",
    QuotaReached: "message_limit_exceeded",
    SlackBusy: "ratelimited rate_limited",
    SlackUnavailable: "service_unavailable request_timeout team_added_to_org "
    "external_channel_migrating",
    SendUnconfirmed: "internal_error fatal_error",
    FilesRefused: "file_uploads_disabled file_type_not_allowed snippet_too_large "
    "file_uploads_except_images_disabled slack_connect_blocked_file_type malware_detected "
    "file_not_found file_upload_size_restricted blocked_file_type",
    AnswerRefused: "expired_trigger_id exchanged_trigger_id invalid_trigger_id trigger_expired "
    "trigger_exchanged used_url expired_url",
}
ROWS = [(code, error) for error, codes in TABLE.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "error"), ROWS)
def test_every_code_has_its_error(code: str, error: type[SlackError]) -> None:
    """Each code Slack documents for what this bot does means one thing."""
    assert error_for(code) is error


def test_no_code_is_without_a_row() -> None:
    """The table above names all codes of the code, so a new one cannot slip in untested."""
    plain = {code for codes in CODES.values() for code in codes if "*" not in code}

    assert plain <= {code for code, _ in ROWS}


def test_no_code_stands_twice() -> None:
    """A code under two errors would mean whichever came last."""
    codes = [code for codes in CODES.values() for code in codes]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(("code", "error"), ROWS)
def test_a_refusal_keeps_its_code(code: str, error: type[SlackError]) -> None:
    """The code is in the detail, for the log; what is in doubt is unconfirmed for a send."""
    failure = read_refusal(200, {"ok": False, "error": code}, sending=True)

    assert (type(failure), failure.detail) == (error, code)


@pytest.mark.parametrize("code", ["internal_error", "fatal_error"])
def test_a_question_can_simply_be_asked_again(code: str) -> None:
    """Where nothing was to be shown to anybody, there is nothing to be in doubt about."""
    failure = read_refusal(200, {"ok": False, "error": code}, sending=False)

    assert type(failure) is SlackUnavailable


@pytest.mark.parametrize(("sending", "error"), [(True, SendUnconfirmed), (False, SlackUnavailable)])
@pytest.mark.parametrize("reply", [None, {}, [], "text", {"ok": False}, {"error": 5}])
def test_an_answer_that_says_nothing_is_in_doubt(
    reply: object, *, sending: bool, error: type[SlackError]
) -> None:
    """Without a code nobody knows whether Slack acted."""
    failure = read_refusal(503, reply, sending=sending)

    assert (type(failure), failure.detail) == (error, "http_503")


def test_a_missing_scope_is_named() -> None:
    """Who sets the app up must know which scope to add."""
    reply = {"error": "missing_scope", "needed": "files:write", "provided": "chat:write"}

    failure = read_refusal(200, reply, sending=True)

    assert failure.detail == "missing_scope files:write"


@pytest.mark.parametrize("needed", [None, 5, "", "Ada Lovelace said <hello>", "x" * 300])
def test_a_scope_that_is_none_is_not_repeated(needed: object) -> None:
    """Only what looks like a scope is repeated."""
    failure = read_refusal(200, {"error": "missing_scope", "needed": needed}, sending=True)

    assert failure.detail == "missing_scope"


def test_a_bad_block_is_located_and_not_quoted() -> None:
    """Slack's explanations may quote the message; only where the mistake is travels on."""
    words = [
        f"[ERROR] bad value: the secret plan [json-pointer:/blocks/{n}/text]" for n in range(5)
    ]
    reply = {"error": "invalid_blocks", "response_metadata": {"messages": words}}

    failure = read_refusal(200, reply, sending=True)

    assert failure.detail == "invalid_blocks at /blocks/0/text /blocks/1/text /blocks/2/text"


@pytest.mark.parametrize("metadata", [None, [], {}, {"messages": "text"}, {"messages": [1]}])
def test_explanations_of_any_shape_are_survived(metadata: object) -> None:
    """An explanation in an unexpected shape is left out."""
    reply = {"error": "invalid_blocks", "response_metadata": metadata}

    failure = read_refusal(200, reply, sending=True)

    assert failure.detail == "invalid_blocks"


def test_too_many_calls_say_how_long_to_wait() -> None:
    """A 429 is `SlackBusy`, with or without JSON."""
    with_code = read_refusal(429, {"error": "ratelimited"}, sending=True, retry_after=7.0)
    without = read_refusal(429, None, sending=True, retry_after=7.0)

    assert (type(with_code), with_code.retry_after) == (SlackBusy, 7.0)
    assert (type(without), without.retry_after, without.detail) == (SlackBusy, 7.0, "429")


def test_a_final_refusal_has_nothing_to_wait_for() -> None:
    """A wait belongs only to what is worth trying again."""
    busy = read_refusal(503, {"error": "service_unavailable"}, sending=True, retry_after=7.0)
    final = read_refusal(200, {"error": "is_archived"}, sending=True, retry_after=7.0)

    assert (busy.retry_after, final.retry_after) == (7.0, None)


@given(st.text())
def test_codes_from_outside_are_plain_words(code: str) -> None:
    """Whatever stands where the code should be, no text of it travels on unless it is a code."""
    read = read_code({"error": code})

    assert read == "unreadable_code" or (read == code and code.replace("_", "a").isalnum())
