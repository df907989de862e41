"""One sentence of what happened and one next step, for each error of the tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot import errors
from bot.errors import BotError
from bot.messages.grammar import COMMAND


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads: plain text of our own, in mrkdwn."""

    happened: str
    next_step: str
    again: bool = False
    """Whether the next step is to run the same command again, so that its line is worth showing."""


_LATER = "Run the command again in a few minutes."
_ALL_THE_SAME = "If you want it posted all the same, run this line:"
_ASK_ADMINISTRATOR = "Ask whoever runs this bot to"
_ADMINISTRATOR = "Ask an administrator of this workspace to"
_CHOOSE = f"Run `{COMMAND}` on its own and choose the meeting from the list."

SENTENCES: Mapping[type[BotError], Sentence] = {
    errors.NotUnderstood: Sentence(
        "That line was not understood.", f"Run `{COMMAND} help` to see what can be asked for."
    ),
    errors.AppRequired: Sentence(
        "The command does not say which RealtimeKit app is meant.",
        f"Name the app before the session: `{COMMAND} &lt;app&gt; &lt;session&gt;`.",
    ),
    errors.UnknownAlias: Sentence(
        "There is no RealtimeKit app of that name.",
        f"Run `{COMMAND}` on its own and choose the app from the list.",
    ),
    errors.NotConnected: Sentence(
        "This workspace is not connected to a Cloudflare account yet.",
        f"{_ASK_ADMINISTRATOR} connect it.",
    ),
    errors.NotYours: Sentence(
        "That button belongs to another conversation, or what it was for is gone.",
        f"Run `{COMMAND}` in the conversation where you want the summary.",
    ),
    errors.NotAdministrator: Sentence(
        "Only an administrator of this workspace can do that.",
        "Ask an administrator to run the command.",
    ),
    errors.MeetingNotSession: Sentence(
        "That is the id of a meeting, and a meeting can take place many times.", _CHOOSE
    ),
    errors.NotSubscribed: Sentence(
        "It is not clear which of this channel's subscriptions is meant.",
        f"Run `{COMMAND} subscriptions` to see them.",
    ),
    errors.NotAChannel: Sentence(
        "Only channels can subscribe, and this is a direct conversation.",
        "Run the command in the channel where the summaries are to appear.",
    ),
    errors.SharedChannel: Sentence(
        "People of another company are in that channel, and no administrator has agreed that "
        "they read the summaries.",
        f"{_ADMINISTRATOR} allow channels shared with other companies: `{COMMAND} settings`.",
    ),
    errors.ChannelNotAllowed: Sentence(
        "Administrators of this workspace chose other channels for the summaries of that "
        "RealtimeKit app.",
        f"{_ADMINISTRATOR} allow this one too: `{COMMAND} settings`.",
    ),
    errors.ConfirmationDue: Sentence(
        "Whoever asked for it has not agreed yet to who can read it there.",
        "To see who can, run the command again.",
        again=True,
    ),
    errors.CredentialMalformed: Sentence(
        "That cannot be a Cloudflare account id and an API token.",
        "Copy both from Cloudflare again.",
    ),
    errors.SetupLinkDead: Sentence(
        "That link no longer works: it works once, for 15 minutes.",
        "Press Connect Cloudflare again to get a new one.",
    ),
    errors.NoPublicAddress: Sentence(
        "This bot has no public address, so there is no page to enter an API token on.",
        f"{_ASK_ADMINISTRATOR} run `python -m bot connect`.",
    ),
    errors.StateUnknown: Sentence(
        "This installation was not begun in this browser, or longer than ten minutes ago.",
        "Begin again.",
    ),
    errors.TitleDiffers: Sentence(
        "That meeting has another title than the subscription asks for.", _ALL_THE_SAME, again=True
    ),
    errors.BreakoutRoom: Sentence(
        "That was a breakout room of another meeting, whose summary is posted instead.",
        _ALL_THE_SAME,
        again=True,
    ),
    errors.EndedBefore: Sentence(
        "That meeting ended before the channel subscribed.", _ALL_THE_SAME, again=True
    ),
    errors.Unsubscribed: Sentence(
        "The channel was unsubscribed before the summary was posted.", _ALL_THE_SAME, again=True
    ),
    errors.TokenRefused: Sentence(
        "Cloudflare did not accept this bot's API token.",
        f"{_ASK_ADMINISTRATOR} replace the token.",
    ),
    errors.TokenDisabled: Sentence(
        "This bot's API token was switched off in Cloudflare.",
        f"{_ASK_ADMINISTRATOR} switch the token on again, or replace it.",
    ),
    errors.TokenExpired: Sentence(
        "This bot's Cloudflare API token has expired.",
        f"{_ASK_ADMINISTRATOR} replace the token.",
    ),
    errors.PermissionMissing: Sentence(
        "This bot's Cloudflare API token may not read RealtimeKit meetings.",
        f"{_ASK_ADMINISTRATOR} give the token permission for Realtime in this account.",
    ),
    errors.AccountNotFound: Sentence(
        "Cloudflare does not know the account that this bot is set up with.",
        f"{_ASK_ADMINISTRATOR} correct the account id.",
    ),
    errors.AppNotFound: Sentence(
        "The Cloudflare account has no RealtimeKit app with that id.",
        f"Run `{COMMAND}` on its own and choose the app from the list.",
    ),
    errors.SessionNotFound: Sentence(
        "That RealtimeKit app has no meeting session with that id.", _CHOOSE
    ),
    errors.SummaryNotReady: Sentence(
        "The summary of that meeting has not been written yet.",
        _LATER,
        again=True,
    ),
    errors.NeverReady: Sentence(
        "The summary did not appear within 24 hours, so it is no longer waited for.",
        "If it is written later, run the command again.",
        again=True,
    ),
    errors.NoTranscript: Sentence(
        "That meeting has no transcript, so there will be no summary of it.",
        "To get summaries, turn on transcription in RealtimeKit before the next meeting.",
    ),
    errors.SummaryEmpty: Sentence(
        "The summary of that meeting is empty: nothing was said that could be summed up.",
        "There is nothing you need to do.",
    ),
    errors.SummaryExpired: Sentence(
        "That meeting is more than 7 days old, and Cloudflare has deleted its summary.",
        "Next time, ask within 7 days of the meeting.",
    ),
    errors.LinkExpired: Sentence(
        "The download from Cloudflare expired before it could be used.",
        _LATER,
        again=True,
    ),
    errors.LinkRefused: Sentence(
        "Cloudflare's download address did not look safe, so it was not opened.",
        f"{_ASK_ADMINISTRATOR} look into it.",
    ),
    errors.NotASummary: Sentence(
        "What Cloudflare delivered was not a summary but some other kind of file.",
        _LATER,
        again=True,
    ),
    errors.SummaryTooLarge: Sentence(
        "The summary is larger than 1 MB, which is more than this bot posts.",
        "Download it in the Cloudflare dashboard instead.",
    ),
    errors.RealtimeKitBusy: Sentence(
        "Cloudflare is answering too many requests of this account at the moment.",
        _LATER,
        again=True,
    ),
    errors.RealtimeKitUnavailable: Sentence(
        "Cloudflare could not be reached, or had a problem of its own.",
        _LATER,
        again=True,
    ),
    errors.UnexpectedReply: Sentence(
        "Cloudflare answered in a way this bot does not understand.",
        _LATER,
        again=True,
    ),
    errors.WebhookTaken: Sentence(
        "Cloudflare reports to this bot's address already, by a webhook this bot does not know.",
        f"{_ASK_ADMINISTRATOR} delete that webhook in RealtimeKit's dashboard.",
    ),
    errors.WebhookNotFound: Sentence(
        "The webhook by which Cloudflare reports new summaries is gone.",
        "There is nothing you need to do: it is made again within the hour.",
    ),
    errors.InstallationBroken: Sentence(
        "This bot's connection to the Slack workspace no longer works.",
        "Ask an administrator of the workspace to install it again.",
    ),
    errors.AppMisconfigured: Sentence(
        "This bot lacks a permission that it needs in Slack.",
        f"Ask an administrator to run `{COMMAND} doctor`, which names it.",
    ),
    errors.DirectUnseen: Sentence(
        "This bot may not see who reads a direct conversation, so it posts nothing there.",
        f"{_ADMINISTRATOR} install it again, which asks for that permission.",
    ),
    errors.AudienceUnknown: Sentence(
        "Slack did not say who can read that conversation, so nothing was posted there.",
        _LATER,
        again=True,
    ),
    errors.NotInChannel: Sentence(
        "This bot cannot post in that conversation, because it is not a member.",
        "Invite it there, then run the command again.",
        again=True,
    ),
    errors.ChannelClosed: Sentence(
        "That channel is archived, locked or closed to bots.",
        "Run the command in another channel.",
    ),
    errors.LayoutRefused: Sentence(
        "That channel does not allow the thread that the summary would be posted in.",
        "Run the command in another channel.",
    ),
    errors.ThreadGone: Sentence(
        "The post was deleted before the summary was complete.",
        "If it is still wanted, run the command again.",
        again=True,
    ),
    errors.ContentRefused: Sentence(
        "Slack would not show the text of this summary, even in its simplest form.",
        "Download it in the Cloudflare dashboard instead.",
    ),
    errors.FilesRefused: Sentence(
        "Slack does not accept files in that channel.", "Run the command in another channel."
    ),
    errors.EditRefused: Sentence(
        "The message can no longer be changed.", "There is nothing you need to do."
    ),
    errors.QuotaReached: Sentence(
        "This Slack workspace has reached the number of messages its plan allows.",
        "Ask an administrator of the workspace about the plan.",
    ),
    errors.SlackBusy: Sentence(
        "Slack is taking too many messages from this bot at the moment.",
        _LATER,
        again=True,
    ),
    errors.SlackUnavailable: Sentence("Slack could not be reached.", _LATER, again=True),
    errors.SendUnconfirmed: Sentence(
        "It could not be confirmed that the summary was posted.",
        "Look in the conversation first. If it is not there, post it again.",
    ),
    errors.CannotLook: Sentence(
        "It could not be confirmed that the summary was posted.",
        "Look in the conversation first. If it is not there, post it again.",
    ),
    errors.AnswerRefused: Sentence(
        "That took too long for Slack to still show the answer.", "Try it once more."
    ),
    errors.SlackRefused: Sentence(
        "Slack refused the message for a reason this bot does not know.",
        f"{_ASK_ADMINISTRATOR} look into it.",
    ),
    errors.DatabaseInUse: Sentence(
        "Another copy of this bot is using its database.", "Stop the other copy, then start again."
    ),
    errors.DatabaseUnusable: Sentence(
        "This bot cannot open its database.",
        f"{_ASK_ADMINISTRATOR} check its database setting.",
    ),
    errors.DatabaseMissing: Sentence(
        "This bot has no database yet.", "Start the bot: it makes one."
    ),
    errors.DatabaseOutdated: Sentence(
        "This bot's database is not prepared for this version.",
        "Run `python -m bot migrate`, then start again.",
    ),
    errors.DatabaseAway: Sentence(
        "This bot cannot reach its database at the moment.",
        _LATER,
        again=True,
    ),
    errors.KeyMissing: Sentence(
        "This bot has no key to encrypt an API token with, so it takes none.",
        f"{_ASK_ADMINISTRATOR} give it an encryption key and start it again.",
    ),
    errors.SealBroken: Sentence(
        "A stored credential cannot be read, because its encryption key is missing.",
        f"{_ASK_ADMINISTRATOR} put the earlier encryption key back.",
    ),
    errors.InternalError: Sentence("Something went wrong inside this bot.", _LATER, again=True),
}


def sentence_for(kind: type[BotError]) -> Sentence:
    """The sentence for an error, or for the nearest kind above it that has one."""
    return next((SENTENCES[above] for above in kind.__mro__ if above in SENTENCES), _UNKNOWN)


def kind_of(reason: str | None) -> type[BotError]:
    """The error a stored reason stands for; an unknown one stands for a fault of our own."""
    return _KINDS.get(reason or "", errors.InternalError)


_UNKNOWN = SENTENCES[errors.InternalError]
_KINDS = {kind.reason: kind for kind in SENTENCES}
