"""The guards look, again and again; what they find is told, and so is its end."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from bot.chat.worker import Worker
from core.domain.errors import BackupServError
from core.guards.guard import Guard
from core.guards.watch import Rounds
from core.operations.engine import Engine

log = logging.getLogger(__name__)


class Watching:
    """A part of the bot."""

    def __init__(self, worker: Worker, guards: Sequence[Guard], *, every_seconds: float) -> None:
        self._worker = worker
        self._rounds = Rounds(guards)
        self._every = every_seconds
        self.looked_at: datetime | None = None  # when all of them had looked, the last time

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._worker.do(self._look)
            await asyncio.sleep(self._every)

    def _look(self, engine: Engine) -> None:
        try:
            engine.watched(self._rounds.look(engine.clock.monotonic()))
        except BackupServError as error:
            log.error("pruning may not be frozen as it must be: %s", error)  # noqa: TRY400 — a sentence for an operator
        self.looked_at = engine.clock.now()
