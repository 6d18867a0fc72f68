"""The bridge to the engine: its verbs block, so they run in a thread, and the loop goes on answering PING."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TypeVar

from bot.chat.trail import Trail
from core.domain.audit import Value
from core.operations.engine import Engine

log = logging.getLogger(__name__)

T = TypeVar("T")
_THREADS = 16  # more than commands at once: what is written down of each must not wait for a long backup


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs the engine's verbs off the loop.

    A verb that has begun is carried to its end, also when who asked for it is gone: a restore that is cut
    short by a lost connection would leave services down.
    """

    engine: Engine
    tell: Callable[[str], None] = log.error  # what everybody must hear of the audit trail
    mention: Callable[[str], None] = log.info  # what is worth hearing now, and not later
    trail: Trail = field(default_factory=Trail)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS, "engine"))
    _running: set[asyncio.Future[object]] = field(default_factory=set)

    @property
    def is_idle(self) -> bool:
        """Whether no verb is at work."""
        return not self._running

    async def do(self, verb: Callable[[Engine], T]) -> T:
        """The verb's result; its errors rise."""
        request = copy_context()  # what lines of the audit trail are about goes with it
        task: asyncio.Future[T] = asyncio.get_running_loop().run_in_executor(
            self._threads, request.run, verb, self.engine
        )
        self._running.add(task)  # type: ignore[arg-type]  # a set of futures of anything
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def write_down(self, event: str, **fields: Value) -> None:
        """One line of the audit trail. Where it cannot be written, everybody is told, and work goes on."""
        said = await self.do(lambda engine: self.trail.write(engine, event, fields))
        if said:
            self.tell(said)

    async def drain(self) -> None:
        """Wait for what is at work; for a clean stop."""
        if self._running:
            await asyncio.wait(self._running)
