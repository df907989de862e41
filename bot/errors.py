"""Everything that can go wrong, as one tree.

    BotError
    ├── UserError                   the asker can put it right
    │   ├── NotUnderstood           the command line means nothing to us
    │   ├── AppRequired             no app was named and the account has several, or none
    │   ├── UnknownAlias            the app was named, but nobody knows that name
    │   ├── NotConnected            no Cloudflare account was set up for the workspace
    │   ├── NotYours                the button belongs to another channel or workspace
    │   ├── NotAdministrator        only an administrator of the workspace may do this
    │   ├── MeetingNotSession       a meeting's id was given for a session's
    │   ├── NotSubscribed           the channel has no such subscription
    │   ├── NotAChannel             only channels can have subscriptions
    │   ├── SharedChannel           people of another company read this channel
    │   ├── ChannelNotAllowed       administrators chose other channels for the app
    │   ├── ConfirmationDue         the asker has to agree first to who can read it
    │   ├── CredentialMalformed     what was entered cannot be an account id or an API token
    │   ├── SetupLinkDead           the one-time address was used, is too old or never was one
    │   ├── NoPublicAddress         the deployment has no address a browser could open
    │   └── StateUnknown            an installation that was not begun here, or too long ago
    ├── Unwanted                    a subscription does not want this session
    │   ├── TitleDiffers            its title is not what the subscription asks for
    │   ├── BreakoutRoom            it is a part of another session, which is posted
    │   ├── EndedBefore             it ended before there was a subscription
    │   └── Unsubscribed            the subscription is gone
    ├── RealtimeKitError            Cloudflare's side
    │   ├── TokenRefused            the API token is unknown, revoked or malformed
    │   │   ├── TokenDisabled       it was switched off in Cloudflare
    │   │   └── TokenExpired        its last day is over
    │   ├── PermissionMissing       the token works, but not for RealtimeKit of this account
    │   ├── AccountNotFound         the account id cannot be right
    │   ├── AppNotFound             the account has no such app
    │   ├── SessionNotFound         the app has no such session
    │   ├── SummaryNotReady         the summary may still come
    │   ├── NeverReady              it did not come within a day
    │   ├── NoTranscript            there is no transcript, so there will be no summary
    │   ├── SummaryEmpty            the summary exists and says nothing
    │   ├── SummaryExpired          older than the 7 days Cloudflare keeps summaries
    │   ├── LinkExpired             the presigned link died before it was used
    │   ├── LinkRefused             the link does not lead to a public https address
    │   ├── NotASummary             the file is a web page, an XML error or not text
    │   ├── SummaryTooLarge         the file is over the size we accept
    │   ├── RealtimeKitBusy         too many calls; says how long to wait
    │   ├── RealtimeKitUnavailable  a timeout, a broken connection or a 5xx
    │   ├── WebhookTaken            another registration has this address already
    │   ├── WebhookNotFound         there is no such registration any more
    │   └── UnexpectedReply         an answer nobody documented
    ├── SlackError                  Slack's side
    │   ├── InstallationBroken      the bot token is dead
    │   ├── AppMisconfigured        a scope or a setting of the Slack app is missing
    │   │   └── DirectUnseen        the app may not look at direct conversations
    │   ├── AudienceUnknown         Slack does not say who can read a conversation
    │   ├── NotInChannel            the bot must be invited first
    │   ├── ChannelClosed           archived, locked or forbidden
    │   ├── LayoutRefused           this channel takes no threads (or nothing but threads)
    │   ├── ThreadGone              the parent was deleted before the rest was posted
    │   ├── ContentRefused          Slack would not take these blocks
    │   ├── FilesRefused            Slack would not take a file here
    │   ├── EditRefused             the message can no longer be changed
    │   ├── QuotaReached            the workspace's plan is full
    │   ├── SlackBusy               too many calls; says how long to wait
    │   ├── SlackUnavailable        Slack surely did nothing; try again
    │   ├── SendUnconfirmed         Slack may or may not have acted
    │   ├── CannotLook              the history that would tell may not be read
    │   ├── AnswerRefused           a private answer's address no longer works
    │   └── SlackRefused            a refusal Slack did not use to give
    ├── StoreError                  the database's side
    │   ├── DatabaseInUse           another process has the SQLite file
    │   ├── DatabaseUnusable        the address or the file cannot be used as it is
    │   ├── DatabaseMissing         there is no SQLite file yet, and none was to be made
    │   ├── DatabaseOutdated        its tables are not this version's
    │   ├── DatabaseAway            it does not answer at the moment
    │   ├── SealBroken              a sealed text was sealed by no key we have, or changed
    │   └── KeyMissing              there is no encryption key to seal a credential with
    └── InternalError               a fault of the bot itself; the log knows it by its reference

`retryable` says whether trying the same thing later can help, `mendable` whether it can once a
person has put something right: a subscription pauses then. `reason` is the error's one
name in the database, in logs and in metrics; the sentence a person reads is in
`bot.messages.replies`. No error carries a token, a link or the text of a summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from bot.domain.audience import Audience
    from bot.domain.ids import AppId
    from bot.domain.summary import SessionDetails


class BotError(Exception):
    """Anything this bot knows how to answer for."""

    reason: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False
    mendable: ClassVar[bool] = False

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        """Keep what an operator needs.

        Args:
            detail: for the log: an outside error code or status, never a secret.
            retry_after: seconds the other side asked us to wait.
        """
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class UserError(BotError):
    """The asker can put it right."""


class NotUnderstood(UserError):
    """The command line means nothing to us; `suggestion` is a line that would."""

    reason = "not_understood"

    def __init__(self, detail: str, suggestion: str) -> None:
        """Say what was not understood (`detail`, untrusted text) and what to paste instead."""
        super().__init__(detail)
        self.suggestion = suggestion


class AppRequired(UserError):
    """No app was named, and the account has several or none; `names` lists them."""

    reason = "app_required"

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        """Keep the names to choose from (untrusted text: they come from the account)."""
        super().__init__(f"{len(names)} apps")
        self.names = names


class UnknownAlias(AppRequired):
    """The app was named, but no alias and no app of the account has that name."""

    reason = "unknown_alias"


class NotConnected(UserError):
    """No Cloudflare account was set up for this workspace; an administrator can."""

    reason = "not_connected"
    mendable = True


class NotYours(UserError):
    """What was clicked belongs to another channel or workspace, or is gone."""

    reason = "not_yours"


class NotAdministrator(UserError):
    """Only an administrator of the workspace may do this."""

    reason = "not_administrator"


class MeetingNotSession(UserError):
    """A meeting's id was given for a session's; `sessions` are that meeting's latest runs."""

    reason = "meeting_not_session"

    def __init__(self, app: AppId, sessions: tuple[SessionDetails, ...]) -> None:
        """Keep the app and the meeting's sessions, newest first, to choose from."""
        super().__init__(f"{len(sessions)} sessions")
        self.app = app
        self.sessions = sessions


class NotSubscribed(AppRequired):
    """The channel has no such subscription; `names` lists the apps it does subscribe to."""

    reason = "not_subscribed"


class NotAChannel(UserError):
    """Only channels can have subscriptions: this is a direct conversation."""

    reason = "not_a_channel"


class SharedChannel(UserError):
    """People of another company read this channel, and no administrator has agreed to that."""

    reason = "shared_channel"
    mendable = True


class ChannelNotAllowed(UserError):
    """Administrators decided that the app's summaries go to other channels."""

    reason = "channel_not_allowed"
    mendable = True


class ConfirmationDue(UserError):
    """The asker has to agree first to who can read the summary: `audience`."""

    reason = "confirmation_due"

    def __init__(self, audience: Audience) -> None:
        """Keep who can read the conversation, to be shown to the asker."""
        super().__init__(f"{audience.readers} readers, {audience.outside} other companies")
        self.audience = audience


class CredentialMalformed(UserError):
    """What was entered cannot be an account id or an API token; nobody was asked about it."""

    reason = "credential_malformed"

    def __init__(self, field: str, complaint: str) -> None:
        """Keep which it is, `account_id` or `api_token`, and what is wrong, without its value."""
        super().__init__(field)
        self.field = field
        self.complaint = complaint


class SetupLinkDead(UserError):
    """The one-time address was used, is too old, was tried too often or never was one."""

    reason = "setup_link_dead"


class NoPublicAddress(UserError):
    """The deployment has no public address, so there is no page that a browser could open."""

    reason = "no_public_address"


class StateUnknown(UserError):
    """No installation was begun with what came back from Slack, or too long ago."""

    reason = "state_unknown"


class Unwanted(BotError):
    """A subscription does not want this session."""


class TitleDiffers(Unwanted):
    """The meeting's title is not what the subscription asks for."""

    reason = "title_differs"


class BreakoutRoom(Unwanted):
    """The session is a part of another one, which is posted itself."""

    reason = "breakout_room"


class EndedBefore(Unwanted):
    """The meeting ended before there was a subscription."""

    reason = "ended_before"


class Unsubscribed(Unwanted):
    """The subscription was removed before the summary was posted."""

    reason = "unsubscribed"


class RealtimeKitError(BotError):
    """Cloudflare's side."""


class TokenRefused(RealtimeKitError):
    """The API token is unknown, revoked, expired or malformed."""

    reason = "token_refused"
    mendable = True


class TokenDisabled(TokenRefused):
    """The API token was switched off in Cloudflare."""

    reason = "token_disabled"


class TokenExpired(TokenRefused):
    """The API token's last day is over."""

    reason = "token_expired"


class PermissionMissing(RealtimeKitError):
    """The token works, but may not use RealtimeKit of this account."""

    reason = "permission_missing"
    mendable = True


class AccountNotFound(RealtimeKitError):
    """Cloudflare cannot route to that account id."""

    reason = "account_not_found"
    mendable = True


class AppNotFound(RealtimeKitError):
    """The account has no such app."""

    reason = "app_not_found"
    mendable = True


class SessionNotFound(RealtimeKitError):
    """The app has no such session."""

    reason = "session_not_found"


class SummaryNotReady(RealtimeKitError):
    """The session exists; its summary may still be written."""

    reason = "summary_not_ready"
    retryable = True


class NeverReady(RealtimeKitError):
    """The summary did not come within the day we wait for one."""

    reason = "never_ready"


class NoTranscript(RealtimeKitError):
    """Nothing was transcribed, so no summary will come."""

    reason = "no_transcript"


class SummaryEmpty(RealtimeKitError):
    """The summary exists and says nothing: nobody spoke."""

    reason = "summary_empty"


class SummaryExpired(RealtimeKitError):
    """The session is older than the 7 days Cloudflare keeps summaries."""

    reason = "summary_expired"


class LinkExpired(RealtimeKitError):
    """The presigned link died before it was used; a fresh one may work."""

    reason = "link_expired"


class LinkRefused(RealtimeKitError):
    """The link is not https to a public address, so it was not followed."""

    reason = "link_refused"


class NotASummary(RealtimeKitError):
    """The downloaded file is a web page, an error document or not text."""

    reason = "not_a_summary"


class SummaryTooLarge(RealtimeKitError):
    """The downloaded file is over 1 MiB, before or after decompression."""

    reason = "summary_too_large"


class RealtimeKitBusy(RealtimeKitError):
    """Cloudflare refuses more calls for now; `retry_after` says how long, if it said so."""

    reason = "realtimekit_busy"
    retryable = True


class RealtimeKitUnavailable(RealtimeKitError):
    """A timeout, a broken connection, a 5xx or an error page: nothing was decided."""

    reason = "realtimekit_unavailable"
    retryable = True


class UnexpectedReply(RealtimeKitError):
    """An answer nobody documented; it may be a passing fault."""

    reason = "unexpected_reply"
    retryable = True


class WebhookTaken(RealtimeKitError):
    """Another registration has this address already."""

    reason = "webhook_taken"


class WebhookNotFound(RealtimeKitError):
    """There is no such registration any more."""

    reason = "webhook_not_found"


class SlackError(BotError):
    """Slack's side."""


class InstallationBroken(SlackError):
    """The bot token is revoked, expired or of a removed installation."""

    reason = "installation_broken"
    mendable = True


class AppMisconfigured(SlackError):
    """A scope or a setting of the Slack app is missing; `detail` names it."""

    reason = "app_misconfigured"
    mendable = True


class DirectUnseen(AppMisconfigured):
    """The app may not look at direct conversations: it was installed without the scopes."""

    reason = "direct_unseen"


class AudienceUnknown(SlackError):
    """Slack does not say who can read a conversation, so nothing is posted there."""

    reason = "audience_unknown"
    retryable = True


class NotInChannel(SlackError):
    """The bot cannot see or post in this conversation until it is invited."""

    reason = "not_in_channel"
    mendable = True


class ChannelClosed(SlackError):
    """The conversation is archived, locked or closed to apps."""

    reason = "channel_closed"
    mendable = True


class LayoutRefused(SlackError):
    """The conversation takes no threads, or nothing but threads."""

    reason = "layout_refused"
    mendable = True


class ThreadGone(SlackError):
    """The parent was deleted before the rest was posted; a new try begins with a new one."""

    reason = "thread_gone"


class ContentRefused(SlackError):
    """Slack would not take these blocks; the same body must not be sent again."""

    reason = "content_refused"


class FilesRefused(SlackError):
    """Slack would not take a file here: disabled, forbidden or full."""

    reason = "files_refused"


class EditRefused(SlackError):
    """The message is gone or can no longer be changed."""

    reason = "edit_refused"


class QuotaReached(SlackError):
    """The workspace's plan takes no more messages."""

    reason = "quota_reached"


class SlackBusy(SlackError):
    """Slack refuses more calls of this kind for now; `retry_after` says how long."""

    reason = "slack_busy"
    retryable = True


class SlackUnavailable(SlackError):
    """Slack surely did nothing: the call did not reach it, or it said so."""

    reason = "slack_unavailable"
    retryable = True


class SendUnconfirmed(SlackError):
    """Slack may or may not have acted: a timeout, a reset or an internal error."""

    reason = "unconfirmed"
    retryable = True


class CannotLook(SlackError):
    """Whether a message arrived cannot be looked up: no history scope was granted."""

    reason = "cannot_look"


class AnswerRefused(SlackError):
    """The private answer's address is used up, too old or gone."""

    reason = "answer_refused"


class SlackRefused(SlackError):
    """A refusal Slack did not use to give; `detail` is its code."""

    reason = "slack_refused"


class StoreError(BotError):
    """The database's side."""


class DatabaseInUse(StoreError):
    """Another process of this bot has the SQLite file open; only one may."""

    reason = "database_in_use"


class DatabaseUnusable(StoreError):
    """The database's address means nothing to us, or its file cannot be opened."""

    reason = "database_unusable"


class DatabaseMissing(StoreError):
    """There is no SQLite file yet, and whoever only looks makes none."""

    reason = "database_missing"


class DatabaseOutdated(StoreError):
    """The tables are not those this version was written for; `migrate` makes them so."""

    reason = "database_outdated"


class DatabaseAway(StoreError):
    """The database does not answer at the moment."""

    reason = "database_away"
    retryable = True


class SealBroken(StoreError):
    """A sealed text was changed, moved to another row, or sealed with a key we do not have."""

    reason = "seal_broken"


class KeyMissing(StoreError):
    """There is no encryption key, and no credential is stored without one."""

    reason = "key_missing"


class InternalError(BotError):
    """A fault of the bot itself; the log knows it by the delivery's reference."""

    reason = "internal_error"
    retryable = True
