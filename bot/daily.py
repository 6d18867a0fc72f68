"""The head of the audit trail, posted each day where this host cannot take it back: in the opers' channel."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

from bot.chat.worker import Worker
from core.domain.audit import Wanted
from core.domain.errors import BackupServError
from core.operations.engine import Engine

log = logging.getLogger(__name__)

POSTED = "head posted"
_AT = timedelta(minutes=5)  # after midnight UTC
_LONGEST_NAP = 3600.0  # seconds: a host that slept, or whose clock was set, is noticed within the hour


class DailyHead:
    """At 00:05 UTC, or as soon as somebody can hear it; once a day, whatever restarts in between.

    When it was posted last the trail itself knows.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        say: Callable[[str], None],
        is_heard: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._worker = worker
        self._say = say
        self._is_heard = is_heard
        self._sleep = sleep
        self._posted: date | None = None
        self._alone = asyncio.Lock()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.post_if_due()
            await self._sleep(self._nap(self._worker.engine.clock.now()))

    async def post_if_due(self) -> None:
        """Say it, unless it was said since the last 00:05 or nobody hears it; whoever joins the channel asks again."""
        async with self._alone:
            due = (self._worker.engine.clock.now() - _AT).date()
            if self._posted == due or not self._is_heard():
                return
            try:
                if self._posted is None:
                    self._posted = await self._worker.do(_posted_last)
                if self._posted != due:
                    await self._post()
            except BackupServError as error:
                self._say(f"! the audit trail's head cannot be posted: {error}")
            self._posted = due

    async def _post(self) -> None:
        head = await self._worker.do(lambda engine: engine.journal.head())
        self._say(str(head))
        await self._worker.write_down(POSTED, head=head.digest, lines=head.lines)

    @staticmethod
    def _nap(now: datetime) -> float:
        midnight = (now - _AT).replace(hour=0, minute=0, second=0, microsecond=0)
        return min(_LONGEST_NAP, (midnight + timedelta(days=1) + _AT - now).total_seconds())


def _posted_last(engine: Engine) -> date | None:
    """Of which day's 00:05 on the last post was."""
    last = None
    for entry in engine.journal.entries(Wanted(event=POSTED)):
        last = entry.moment
    return (last - _AT).date() if last is not None else None
