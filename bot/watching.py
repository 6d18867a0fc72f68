"""The guards look, again and again; what they find is told, and so is its end."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.chat.worker import Worker
from core.domain.errors import BackupServError
from core.guards.guard import Guard
from core.guards.watch import Rounds
from core.operations.engine import Engine

log = logging.getLogger(__name__)


class Watching:
    """A part of the bot. Guards whose look costs something go round by themselves: a bucket may let them wait long."""

    def __init__(self, worker: Worker, guards: Sequence[Guard], *, every_seconds: float) -> None:
        self._worker = worker
        self._rounds = Rounds(guards)
        self._every = every_seconds
        self.looked_at: datetime | None = None  # when those that look in every round had looked, the last time

    async def run(self) -> None:
        """Until cancelled."""
        await self._worker.do(self._often)  # first: what they hold of pruning is known before anything else is told
        async with asyncio.TaskGroup() as group:
            group.create_task(self._round_after_round(self._rarely))
            await asyncio.sleep(self._every)
            group.create_task(self._round_after_round(self._often))

    async def _round_after_round(self, look: Callable[[Engine], None]) -> None:
        while True:
            await self._worker.do(look)
            await asyncio.sleep(self._every)

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
