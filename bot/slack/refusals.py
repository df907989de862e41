"""Slack's error codes, and every other way a call can fail, as this bot's errors.

Slack adds codes without notice: a code that is not in the table is a `SlackRefused`, which is
final and keeps the code.
Sources: the error lists of chat.postMessage, chat.update, conversations.history, views.open,
files.getUploadURLExternal, files.completeUploadExternal and oauth.v2.access under
https://docs.slack.dev/reference/methods
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from http import HTTPStatus

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

CODES: Mapping[type[SlackError], tuple[str, ...]] = {
    InstallationBroken: (
        "access_denied",
        "account_inactive",
        "invalid_auth",
        "invalid_refresh_token",
        "no_permission",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    ),
    AppMisconfigured: (
        "accesslimited",
        "bad_client_secret",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_client_id",
        "messages_tab_disabled",
        "metadata_must_be_sent_from_app",
        "method_deprecated",
        "missing_scope",
        "not_allowed_token_type",
        "not_enabled",
        "two_factor_setup_required",
    ),
    NotInChannel: ("channel_not_found", "not_in_channel", "user_not_in_channel"),
    ChannelClosed: (
        "is_archived",
        "is_inactive",
        "posting_to_channel_denied",
        "posting_to_general_channel_denied",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "slack_connect_*_sharing_blocked",
        "thread_locked",
    ),
    LayoutRefused: (
        "cannot_reply_to_message",
        "message_not_found",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_only_channel",
        "thread_not_found",
    ),
    ContentRefused: (
        "attachment_payload_limit_exceeded",
        "block_mismatch",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_*",
        "markdown_text_conflict",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_blocks_too_many",
        "msg_too_long",
        "no_text",
        "only_one_table_allowed",
        "too_many_attachments",
        "view_too_large",
    ),
    FilesRefused: (
        "blocked_file_type",
        "file_not_found",
        "file_type_not_allowed",
        "file_upload_size_restricted",
        "file_uploads_disabled",
        "file_uploads_except_images_disabled",
        "malware_detected",
        "slack_connect_blocked_file_type",
        "snippet_too_large",
    ),
    EditRefused: (
        "cant_delete_message",
        "cant_update_message",
        "edit_window_closed",
        "hash_conflict",
        "not_found",
        "streaming_state_conflict",
        "update_failed",
    ),
    QuotaReached: ("message_limit_exceeded",),
    SlackBusy: ("rate_limited", "ratelimited"),
    SlackUnavailable: (
        "external_channel_migrating",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    ),
    SendUnconfirmed: ("fatal_error", "internal_error"),
    AnswerRefused: (
        "exchanged_trigger_id",
        "expired_trigger_id",
        "expired_url",
        "invalid_trigger_id",
        "trigger_exchanged",
        "trigger_expired",
        "used_url",
    ),
    # These say that this bot addressed Slack wrongly: a mistake of ours that no retry mends.
    SlackRefused: (
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "missing_post_type",
        "team_not_found",
    ),
}
"""Which codes mean which error; `*` stands for any run of characters."""

_BY_CODE = {code: error for error, codes in CODES.items() for code in codes}
_PATTERNS = tuple((code, error) for code, error in _BY_CODE.items() if "*" in code)

# What comes from outside ends up in logs and metrics, so only its plain part is repeated.
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SCOPES = re.compile(r"[a-z][a-z0-9_.:,]{0,199}")
_POINTER = re.compile(r"\[json-pointer:(/[A-Za-z0-9_/]{1,100})\]")
_POINTERS_KEPT = 3


def error_for(code: str) -> type[SlackError]:
    """What a code of Slack's means."""
    exact = _BY_CODE.get(code)
    if exact is not None:
        return exact
    return next((error for p, error in _PATTERNS if fnmatchcase(code, p)), SlackRefused)


def read_code(reply: object) -> str | None:
    """The code in a reply that says no, or `None` when the reply does not say anything."""
    if not isinstance(reply, Mapping) or not isinstance(reply.get("error"), str):
        return None
    code: str = reply["error"]
    return code if _CODE.fullmatch(code) else "unreadable_code"


def read_refusal(
    status: int, reply: object, *, sending: bool, retry_after: float | None = None
) -> SlackError:
    """Say what an answer means that is no success.

    Args:
        status: the answer's HTTP status.
        reply: its body as JSON, or `None` where it is anything else.
        sending: whether the call would have shown something to somebody. When Slack's answer
            does not tell whether it acted, a send is unconfirmed and must be looked up, while
            anything else can simply be asked again.
        retry_after: seconds Slack asked to wait.
    """
    code = read_code(reply)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SlackBusy(code or "429", retry_after=retry_after)
    if code is None or not isinstance(reply, Mapping):
        return in_doubt(f"http_{status}", sending=sending)
    error = error_for(code)
    if error is SendUnconfirmed:
        return in_doubt(code, sending=sending)
    detail = code + _what_exactly(code, reply)
    return error(detail, retry_after=retry_after if error.retryable else None)


def in_doubt(detail: str, *, sending: bool) -> SlackError:
    """The error for a call that may or may not have been carried out."""
    return SendUnconfirmed(detail) if sending else SlackUnavailable(detail)


def _what_exactly(code: str, reply: Mapping[str, object]) -> str:
    """The scope that is missing, or where a block is wrong; never what it said."""
    needed = reply.get("needed")
    if code == "missing_scope" and isinstance(needed, str) and _SCOPES.fullmatch(needed):
        return f" {needed}"
    metadata = reply.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    places = _POINTER.findall(" ".join(map(str, messages))) if isinstance(messages, list) else []
    return f" at {' '.join(places[:_POINTERS_KEPT])}" if places else ""
