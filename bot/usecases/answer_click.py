"""Answer a click on a delivery's buttons, privately."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.delivery import Delivery, DeliveryClick
from bot.errors import BotError, NotYours
from bot.messages import replies
from bot.messages.kit import Message
from bot.usecases.app_directory import AppDirectory
from bot.usecases.fetch_summary import FetchSummary
from bot.usecases.ports import Clock, Deliveries, Meetings, Poster, Workspace, Workspaces


@dataclass(frozen=True, slots=True)
class AnswerClick:
    """What **Get the file** and **Ask Cloudflare to write it** do, for the clicker alone."""

    workspaces: Workspaces
    deliveries: Deliveries
    apps: AppDirectory
    fetch: FetchSummary
    connect: Callable[[Workspace], Meetings]
    slack: Callable[[Workspace], Poster]
    now: Clock

    async def get_file(self, click: DeliveryClick, answer_url: str) -> None:
        """Show the clicker a fresh link. Raises `SlackError` when that cannot be shown."""

        async def fresh_link(home: Workspace, asked: Delivery) -> Message:
            link = await self.fetch.link(home, asked.app, asked.session)
            return replies.the_file(link, now=self.now())

        await self._answer(click, answer_url, fresh_link)

    async def generate(self, click: DeliveryClick, answer_url: str) -> None:
        """Have the summary written, at the account's cost. Raises `SlackError` likewise."""

        async def ask_cloudflare(home: Workspace, asked: Delivery) -> Message:
            app = await self.apps.resolve(home, asked.app)
            await self.connect(home).generate_summary(app, asked.session)
            return replies.being_written()

        await self._answer(click, answer_url, ask_cloudflare)

    async def _answer(
        self,
        click: DeliveryClick,
        answer_url: str,
        make: Callable[[Workspace, Delivery], Awaitable[Message]],
    ) -> None:
        home = await self.workspaces.get(click.workspace)
        asked = await self.deliveries.get(click.delivery)
        try:
            if asked is None or not asked.is_meant_by(click):
                raise NotYours
            message = await make(home, asked)
        except BotError as error:
            message = replies.explain(error, reference=click.delivery)
        await self.slack(home).answer(answer_url, message)
