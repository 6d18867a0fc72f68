"""What became of each job, in memory and on disk: only the running bot writes it."""

import asyncio
from datetime import datetime
from functools import partial

from bot.chat.worker import Worker
from bot.timetable import Job, Timetable
from core.domain.errors import BackupServError
from core.domain.notice import Trouble
from core.domain.occasion import Occasion, begun, ended, owed
from core.operations.duty_verbs import Done
from core.operations.engine import Engine

_UNKNOWN = "schedule"  # the cause of what is wrong with these notes


class ScheduleBook:
    """An occasion for each job of the timetable."""

    def __init__(self, timetable: Timetable, worker: Worker) -> None:
        self._timetable = timetable
        self._worker = worker
        self._occasions: dict[str, Occasion] = {}
        self._written: dict[str, Occasion] | None = None
        self._owed: dict[str, datetime] = {}  # when runs began that nobody brought to their end
        self._perhaps_told = True  # that something is wrong with it: perhaps before a restart
        self._writing = asyncio.Lock()

    async def open(self, now: datetime) -> bool:
        """What is known of before; whether this was not known in this process already, which then knows better.

        Where it cannot be read, nothing is owed, and somebody is told.
        """
        is_first = not self._occasions
        if is_first:
            await self._read(now)
        cut_short = ((name, owed(occasion)) for name, occasion in self._occasions.items())
        self._owed = {name: at for name, at in cut_short if at is not None}
        return is_first

    async def _read(self, now: datetime) -> None:
        try:
            known = await self._worker.do(lambda engine: engine.occasions.all())
        except BackupServError as error:
            await self._tell(error)
            known = {}
        self._occasions = {job.name: job.standing(known.get(job.name), now) for job in self._timetable.jobs}
        await self._worker.do(partial(_tell_uncovered, names=self._timetable.uncovered()))
        jobs = set(self._occasions)
        await self._worker.do(lambda engine: engine.teller.of_what_is_there({"schedule": jobs, "slow": jobs}))

    def standing(self, job: Job, now: datetime) -> Occasion:
        """Fit for the clock of now."""
        self._occasions[job.name] = job.standing(self._occasions[job.name], now)
        return self._occasions[job.name]

    def of(self, job: Job) -> Occasion:
        """As it was when it was last looked at."""
        return self._occasions[job.name]

    def cut_short(self, job: Job) -> datetime | None:
        """When a run of it began that is owed again; said once."""
        return self._owed.pop(job.name, None)

    def verdicts(self) -> dict[str, Done]:
        """What came of the last run of each."""
        return {
            name: Done(good=occasion.good, detail=occasion.detail)
            for name, occasion in self._occasions.items()
            if occasion.good is not None
        }

    def begin(self, job: Job, now: datetime) -> None:
        """A run begins; `keep` it before it does."""
        self._occasions[job.name] = begun(self._occasions[job.name], now)

    def end(self, job: Job, now: datetime, done: Done) -> None:
        """It has ended."""
        self._occasions[job.name] = ended(self._occasions[job.name], now, good=done.good, detail=done.detail)

    async def keep(self) -> None:
        """Write down what has changed. Where that cannot be, the schedule goes on, and somebody is told."""
        async with self._writing:  # or an older one might be written over a newer one
            occasions = dict(self._occasions)
            if occasions == self._written:
                return
            try:
                await self._worker.do(lambda engine: engine.occasions.keep(occasions.values()))
            except BackupServError as error:
                await self._tell(error)
                return
            self._written = occasions
        if self._perhaps_told:
            self._perhaps_told = False
            await self._worker.do(lambda engine: engine.teller.of_schedule([], [_UNKNOWN]))

    async def _tell(self, error: BackupServError) -> None:
        self._perhaps_told = True
        trouble = Trouble(
            cause=_UNKNOWN,
            gravity="warning",
            title=f"what the schedule did last is not known after a restart: {error.message}",
            detail=error.hint,
        )
        await self._worker.do(lambda engine: engine.teller.of_schedule([trouble]))


def _tell_uncovered(engine: Engine, names: tuple[str, ...]) -> None:
    """What no job of the schedule ever saves."""
    every = [*(site.name for site in engine.sites), *(tree.name for tree in engine.trees)]
    engine.teller.of_schedule(
        (
            Trouble(
                cause=f"unscheduled/{name}",
                gravity="warning",
                title=f"no job of the schedule saves {name}",
                suggestion=f"!backup now {name}",
            )
            for name in names
        ),
        [f"unscheduled/{name}" for name in every if name not in names],
    )
