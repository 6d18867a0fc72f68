"""A host with a schedule whose jobs only write down that they ran; its time is virtual."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from bot.chat.worker import Worker
from bot.schedule import Schedule
from bot.timetable import Timetable
from core.domain.duty import Duty, When
from core.domain.notice import Target
from core.journal.file import FileJournal
from core.operations.duty_verbs import Done
from core.operations.engine import Engine
from core.operations.occasions import Occasions
from core.operations.teller import Teller
from tests.virtual_time import VirtualClock

DAILY = Duty(name="nightly", verb="backup", when=When(cron="0 2 * * *"))
HOURLY = Duty(name="sync", verb="sync", when=When(cron="20 * * * *"))


class World:
    """The bot may run in it, or not; what it wrote down stays."""

    def __init__(self, folder: Path, start: datetime, *duties: Duty, zone: str = "UTC", nap: float = 600) -> None:
        self.clock = VirtualClock(start)
        self.folder = folder
        self.duties: Sequence[Duty] = duties
        self.zone = zone
        self.nap = nap
        self.ran: list[str] = []  # "nightly 23 02:00"
        self.lasts = timedelta()  # each run
        self.good, self.detail = True, "as it was told to end"
        self.engine = cast(
            "Engine",
            SimpleNamespace(
                clock=self.clock,
                occasions=Occasions(folder, self.clock),
                teller=Teller(folder, [Target(name="irc")], self.clock),
                journal=FileJournal(folder / "audit.jsonl", clock=self.clock),
                sites=[],
                trees=[],
                copies=[],
            ),
        )
        self.worker = Worker(self.engine)
        self.clock.loop.is_busy = lambda: bool(self.worker._running)

    @property
    def timetable(self) -> Timetable:
        return Timetable(self.duties, self.zone, self.engine)

    async def _carry_out(self, duty: Duty) -> Done:
        self.ran.append(f"{duty.name} {self.clock.now().astimezone(self.timetable.zone):%d %H:%M}")
        await asyncio.sleep(self.lasts.total_seconds())
        return Done(good=self.good, detail=self.detail)

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Schedule]:
        """It runs within; afterwards it was stopped."""
        schedule = Schedule(self.timetable, self.worker, self._carry_out, nap=self.nap)
        task = asyncio.create_task(schedule.run())
        try:
            yield schedule
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def pass_by(self, **lasting: float) -> None:
        """Time goes on."""
        await asyncio.sleep(timedelta(**lasting).total_seconds())

    def said(self) -> list[str]:
        """What people were told, the oldest first."""
        return [notice.headline for notice in reversed(self.engine.teller.notices.newest(1000))]

    def close(self) -> None:
        self.engine.teller.notices.close()
        self.worker._threads.shutdown()
