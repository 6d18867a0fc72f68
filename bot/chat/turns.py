"""Who is answered when: everybody in turn, so that one person's flood delays nobody else."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[None, None, None]]
IsOver = Callable[[], bool]
"""Whether nobody waits for it any more."""


@dataclass(slots=True, kw_only=True)
class Turns:
    """Work by person, bounded in every direction."""

    at_once: int = 12
    at_once_each: int = 3  # a long backup must not keep who asked for it from `!status`
    waiting_each: int = 8
    waiting: int = 60
    _running: Counter[str] = field(default_factory=Counter)
    _queues: dict[str, deque[tuple[Work, IsOver]]] = field(
        default_factory=dict
    )  # who was served longest ago stands first
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def ask(self, who: str, work: Work, is_over: IsOver = lambda: False) -> bool:
        """Do it now or when its turn comes; False: there is too much, and it is not done."""
        queue = self._queues.get(who, deque())
        if len(queue) >= self.waiting_each or sum(map(len, self._queues.values())) >= self.waiting:
            return False
        queue.append((work, is_over))
        self._queues[who] = queue
        self._go_on()
        return True

    def forget(self, who: str) -> int:
        """Leave out what that person does not wait for any more; how much it was."""
        queue = self._queues.pop(who, deque())
        kept = deque(item for item in queue if not item[1]())
        if kept:
            self._queues[who] = kept
        return len(queue) - len(kept)

    def waits(self, who: str) -> bool:
        """Whether something of that person's has not begun."""
        return who in self._queues

    def _go_on(self) -> None:
        while (who := self._next()) is not None:
            queue = self._queues.pop(who)
            work, _ = queue.popleft()
            if queue:
                self._queues[who] = queue  # to the end: others come first
            self._start(who, work)

    def _next(self) -> str | None:
        if self._running.total() >= self.at_once:
            return None
        return next((who for who in self._queues if self._running[who] < self.at_once_each), None)

    def _start(self, who: str, work: Work) -> None:
        self._running[who] += 1
        task = asyncio.create_task(self._do(who, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, who: str, work: Work) -> None:
        try:
            await work()
        except Exception:
            log.exception("a line was not answered")  # and the next one is
        finally:
            self._running[who] -= 1
            if not self._running[who]:
                del self._running[who]
            if not _is_stopped():
                self._go_on()


def _is_stopped() -> bool:
    """Whether we are stopped from outside, as everything is at the end: whatever began now would never be done."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
