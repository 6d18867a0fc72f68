"""The one sender: a queue that lets what matters overtake, and never floods the server.

Servers kill a client that sends faster than they like; the portable measure is five at once and then one line a
second, long lines counting more.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from enum import IntEnum

from bot.irc.splitting import cut

_CAPACITY = 5.0
_MOST = 500  # lines that wait; more are dropped, lists first


class Priority(IntEnum):
    """Who goes first."""

    PROTOCOL = 0  # PONG and registration: never waits
    IDENTITY = 1  # questions about who somebody is
    ALERT = 2
    ANSWER = 3
    LIST = 4


class Outbox:
    """Lines in, by priority; bytes out, at a pace that servers bear."""

    def __init__(self, write: Callable[[bytes], None], clock: Callable[[], float], per_second: float = 1.0) -> None:
        self._write = write
        self._clock = clock
        self._per_second = per_second
        self._waiting: list[tuple[int, int, bytes]] = []
        self._counter = itertools.count()
        self._more = asyncio.Event()
        self._tokens = _CAPACITY
        self._filled_at = clock()
        self.dropped = 0

    def put(self, line: str, priority: Priority) -> None:
        """Queue one line; protocol lines go at once."""
        content = cut(line)
        if priority is Priority.PROTOCOL:
            # Free: servers do not count what registration and PING ask of us.
            self._write(content)
            return
        heapq.heappush(self._waiting, (priority, next(self._counter), content))
        if len(self._waiting) > _MOST:
            self._waiting.remove(max(self._waiting))
            heapq.heapify(self._waiting)
            self.dropped += 1
        self._more.set()

    async def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            while not self._waiting:
                self._more.clear()
                await self._more.wait()
            self._fill()
            price = self._price(self._waiting[0][2])
            if self._tokens < price:
                await asyncio.sleep((price - self._tokens) / self._per_second)
                continue  # something more important may have come meanwhile
            content = heapq.heappop(self._waiting)[2]
            self._spend(content)
            self._write(content)

    async def drained(self) -> None:
        """Return when nothing waits."""
        while self._waiting:  # noqa: ASYNC110 — asked once, at the end; an event for it would be kept for nothing
            await asyncio.sleep(0.05)

    def _price(self, content: bytes) -> float:
        return min(1 + len(content) / 120, _CAPACITY)

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(_CAPACITY, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now

    def _spend(self, content: bytes) -> None:
        self._fill()
        self._tokens -= self._price(content)
