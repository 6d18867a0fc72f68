"""The schedule at work: wakes up when a job is due, catches up what was missed by one run each, and says so."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from bot.chat.worker import Worker
from bot.dead_man import DeadMan
from bot.late import AT_WORK, CUT_SHORT, DOWN, ON_TIME, PAUSED, SLEPT, Late, told
from bot.schedule_book import ScheduleBook
from bot.timetable import Due, Job, Timetable
from core.domain.duty import Duty
from core.domain.errors import BackupServError
from core.domain.occasion import Occasion
from core.operations.duty_verbs import Done
from core.operations.occasions import Pause

log = logging.getLogger(__name__)

CarryOut = Callable[[Duty], Awaitable[Done]]
_NAP = 30.0  # seconds: a clock that was set and a machine that slept are noticed within them
_SHORTEST_NAP = 0.05
_ON_TIME = timedelta(minutes=1)  # later than that is late


class Schedule:
    """A part of the bot. What became of each job is written down before it begins and when it has ended."""

    def __init__(
        self,
        timetable: Timetable,
        worker: Worker,
        carry_out: CarryOut,
        *,
        dead_man: DeadMan | None = None,
        nap: float = _NAP,
    ) -> None:
        self._timetable = timetable
        self._worker = worker
        self._carry_out = carry_out
        self._dead_man = dead_man or DeadMan()
        self._longest_nap = nap
        self._book = ScheduleBook(timetable, worker)
        self._pauses: dict[str, Pause] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: dict[str, str] = {}  # why a job could not begin at the last look
        self._perhaps_slow = {job.name for job in timetable.jobs}  # of whom it may have been told before
        self._unread = ""  # why pauses cannot be read: said once
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; what has begun is brought to its end first."""
        is_first = await self._book.open(self._now())
        for job, done in self._book.verdicts().items():
            self._dead_man.remember(job, done)
        try:
            await self._ring(at_start=is_first)
            while True:
                await self._nap()
                await self._ring()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._dead_man.close()

    async def _ring(self, *, at_start: bool = False) -> None:
        """Begin what is due."""
        now = self._now()
        await self._look_at_pauses()
        begins: list[Job] = []
        late: list[Late] = []  # also those that are on time
        for job in self._timetable.jobs:
            found = self._due(job, self._book.standing(job, now), now, at_start=at_start)
            if found is not None:
                begins.append(job)
                late.append(found)
                self._book.begin(job, now)
        await self._book.keep()
        for job in begins:
            self._begin(job)
        await self._tell(late)

    async def _tell(self, found: list[Late]) -> None:
        """What is worth a word: whoever is late, and whoever is not slow any more."""
        worth = tuple(item for item in found if item.why != ON_TIME or item.job in self._perhaps_slow)
        self._perhaps_slow -= {item.job for item in worth}
        self._perhaps_slow |= {item.job for item in worth if item.why == AT_WORK}
        if worth:
            await self._worker.do(partial(told, begun=worth))
        for item in found:
            if item.why not in {ON_TIME, AT_WORK}:
                due = item.due.at.isoformat(timespec="seconds")
                await self._worker.write_down("job late", job=item.job, due=due, times=item.due.times, why=item.why)

    def _due(self, job: Job, occasion: Occasion, now: datetime, *, at_start: bool) -> Late | None:
        """Whether it begins now, and whether that is worth a word."""
        if job.name in self._running:
            self._held[job.name] = AT_WORK
            return None
        if job.name in self._pauses:
            self._held[job.name] = PAUSED
            return None
        held = self._held.pop(job.name, "")
        if (cut := self._book.cut_short(job)) is not None:
            return Late(job=job.name, due=Due(at=cut, times=1, late=now - cut), why=CUT_SHORT)
        due = job.due(occasion, now)
        if due is None:
            return None
        missed = DOWN if at_start else SLEPT
        return Late(job=job.name, due=due, why=(held or missed) if due.late > _ON_TIME else ON_TIME)

    def _begin(self, job: Job) -> None:
        task = asyncio.create_task(self._carry(job), name=f"schedule {job.name}")
        self._running[job.name] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, job: Job) -> None:
        switch = self._dead_man.begin(job.name)
        try:
            done = await self._carry_out(job.duty)
            self._book.end(job, self._now(), done)
            self._dead_man.remember(job.name, done)
            await self._book.keep()
        except asyncio.CancelledError:
            switch.drop()  # it waited, and has not begun: the next start catches it up
            raise
        finally:
            del self._running[job.name]
            self._wake.set()
        await switch.end(done)

    async def _nap(self) -> None:
        """Until the next job is due, or something has happened."""
        now = self._now()
        waits = [self._longest_nap]
        for job in self._timetable.jobs:
            begins_at = job.begins_at(self._book.of(job))
            if begins_at is not None and job.name not in self._running and job.name not in self._pauses:
                waits.append((begins_at - now).total_seconds())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(_SHORTEST_NAP, min(waits))):
                await self._wake.wait()
        self._wake.clear()

    async def _look_at_pauses(self) -> None:
        """The command line writes them too. While they cannot be read, those that were known hold until they end."""
        try:
            self._pauses = await self._worker.do(lambda engine: engine.occasions.pauses())
        except BackupServError as error:
            if str(error) != self._unread:
                log.warning("what is paused is not known: %s", error)
            self._unread, now = str(error), self._now()
            self._pauses = {job: pause for job, pause in self._pauses.items() if now < pause.until}
        else:
            self._unread = ""

    def _now(self) -> datetime:
        return self._worker.engine.clock.now()
