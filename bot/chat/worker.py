"""The bridge to the engine: its verbs block, so they run in a thread, and the loop goes on answering PING."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from core.operations.engine import Engine

T = TypeVar("T")
_THREADS = 16  # more than commands at once: what is written down of each must not wait for a long backup


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs the engine's verbs off the loop.

    A verb that has begun is carried to its end, also when who asked for it is gone: a restore that is cut
    short by a lost connection would leave services down.
    """

    engine: Engine
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS, "engine"))
    _running: set[asyncio.Future[object]] = field(default_factory=set)

    async def do(self, verb: Callable[[Engine], T]) -> T:
        """The verb's result; its errors rise."""
        task: asyncio.Future[T] = asyncio.get_running_loop().run_in_executor(self._threads, verb, self.engine)
        self._running.add(task)  # type: ignore[arg-type]  # a set of futures of anything
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait for what is at work; for a clean stop."""
        if self._running:
            await asyncio.wait(self._running)
