"""The one way from a wish, however it was voiced, to a stored promise and its private answer."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.audience import Consent
from bot.domain.delivery import Delivery, DeliveryClick
from bot.domain.links import link_to_message
from bot.messages import replies
from bot.messages.kit import Message
from bot.slack.authorization import Installation
from bot.usecases.request_summary import Asked, RequestSummary, SummaryRequest


@dataclass(frozen=True, slots=True)
class Promises:
    """Stores what was asked for and says how it stands; all else is the worker's."""

    request: RequestSummary

    async def ask(self, request: SummaryRequest, installation: Installation) -> Message:
        """Promise a summary."""
        return _answer(*await self.request(request), installation)

    async def ask_again(
        self, click: DeliveryClick, answer_url: str | None, installation: Installation
    ) -> Message:
        """Promise one more post. Raises `NotYours`."""
        return _answer(*await self.request.again(click, answer_url), installation)

    async def ask_agreed(
        self,
        click: DeliveryClick,
        agreed: Consent,
        answer_url: str | None,
        installation: Installation,
    ) -> Message:
        """Promise what its asker agreed to have read. Raises `NotYours`."""
        asked, delivery = await self.request.confirmed(click, agreed, answer_url)
        if asked is Asked.ACCEPTED:
            return replies.fetching(delivery.channel)
        return _answer(asked, delivery, installation)


def _answer(asked: Asked, delivery: Delivery, installation: Installation) -> Message:
    if asked is Asked.POSTED and delivery.parent_ts:
        link = link_to_message(installation.url, delivery.channel, delivery.parent_ts)
        return replies.already_posted(delivery, link)
    return replies.fetching() if asked is Asked.ACCEPTED else replies.underway(delivery)
