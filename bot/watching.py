"""The guards look, again and again; what they find is told, and so is its end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from bot.chat.worker import Worker
from core.domain.errors import BackupServError
from core.domain.notice import Trouble
from core.guards.guard import Guard
from core.guards.watch import Rounds
from core.operations.engine import Engine

log = logging.getLogger(__name__)

_LONG = 300.0  # seconds: a look in every round takes some at most


class Watching:
    """A part of the bot. Guards whose look costs something go round by themselves: a bucket may let them wait long."""

    def __init__(self, worker: Worker, guards: Sequence[Guard], *, every_seconds: float) -> None:
        self._worker = worker
        self._rounds = Rounds(guards)
        self._every = every_seconds
        self.looked_at: datetime | None = None  # when those that look in every round had looked, the last time

    async def run(self) -> None:
        """Until cancelled."""
        await self._in_time()  # first: what they hold of pruning is known before anything else is told
        async with asyncio.TaskGroup() as group:
            group.create_task(self._round_after_round(partial(self._worker.do, self._rarely)))
            await asyncio.sleep(self._every)
            group.create_task(self._round_after_round(self._in_time))

    async def _round_after_round(self, look: Callable[[], Awaitable[None]]) -> None:
        while True:
            await look()
            await asyncio.sleep(self._every)

    async def _in_time(self) -> None:
        """Those that look in every round. One that does not come back is told: the others wait for it."""
        work = asyncio.create_task(self._worker.do(self._often))
        while not work.done():
            await asyncio.wait({work}, timeout=_LONG)
            if not work.done() and (guard := self._rounds.asked.get(False)) is not None:
                await self._worker.do(partial(_tell_of, guard=guard))
        work.result()  # what it died of rises

    def _often(self, engine: Engine) -> None:
        self._look(engine, rarely=False)
        self.looked_at = engine.clock.now()

    def _rarely(self, engine: Engine) -> None:
        self._look(engine, rarely=True)

    def _look(self, engine: Engine, *, rarely: bool) -> None:
        try:
            engine.watched(self._rounds.look(engine.clock.monotonic(), rarely=rarely))
        except BackupServError as error:
            log.error("pruning may not be frozen as it must be: %s", error)  # noqa: TRY400 — a sentence for an operator


def _tell_of(engine: Engine, guard: Guard) -> None:
    """It ends as any other blindness does: when the guard has looked."""
    trouble = Trouble(
        cause=f"blind/{guard.name}",
        gravity="error",
        title=f"the guard {guard.name} does not come back, and others wait for it: nothing is watched meanwhile",
        detail="A disk or a program that it looks at does not answer: is something mounted from a host that is gone?",
        suggestion="!status",
    )
    engine.teller.of_schedule([trouble])
