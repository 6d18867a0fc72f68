"""The one sender: a queue that lets what matters overtake, and never floods the server."""

import asyncio
from collections import Counter
from collections.abc import Callable
from enum import IntEnum

from bot.irc.lane import Lane, head_of
from bot.irc.pace import PORTABLE, Measure, Pace
from bot.irc.splitting import cut

_MOST = 500  # lines that wait; more are dropped, lists first
_MOST_TOLD = 20  # places that are told how much they miss


class Priority(IntEnum):
    """Who goes first."""

    PROTOCOL = 0  # PONG and registration: never waits
    IDENTITY = 1  # questions about who somebody is
    ALERT = 2
    ANSWER = 3
    LIST = 4


class Outbox:
    """Lines in, by priority; bytes out, at a pace that servers bear."""

    def __init__(
        self,
        write: Callable[[bytes], None],
        clock: Callable[[], float],
        measure: Measure = PORTABLE,
        most: int = _MOST,
    ) -> None:
        self._write = write
        self.pace = Pace(clock, measure)
        self._most = most
        self._lanes: dict[Priority, Lane] = {priority: Lane() for priority in Priority}
        self._more = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._missed: Counter[bytes] = Counter()  # "PRIVMSG #opers" → lines that were dropped

    def put(self, line: str, priority: Priority) -> None:
        """Queue one line; protocol lines go at once."""
        content = cut(line)
        if priority is Priority.PROTOCOL:
            # Free: servers do not count what registration and PING ask of us.
            self._write(content)
            return
        self._lanes[priority].put(content)
        if sum(map(len, self._lanes.values())) > self._most:
            self._drop()
        self._empty.clear()
        self._more.set()

    def waiting(self, head: str, priority: Priority) -> int:
        """How many lines wait to be said there: "NOTICE alice"."""
        return self._lanes[priority].count(head.encode())

    def forget(self, nick: str) -> None:
        """What waits for somebody who is gone is not for whoever bears that nick next."""
        for head in (f"{verb} {nick}".encode() for verb in ("NOTICE", "PRIVMSG")):
            self._missed.pop(head, None)
            for lane in self._lanes.values():
                lane.forget(head)

    def _drop(self) -> None:
        """The oldest of what matters least; where it should have been said is told how much is missing."""
        lane = self._lanes[max(priority for priority, lane in self._lanes.items() if lane)]
        head = head_of(lane.drop())
        spoken = head.startswith((b"PRIVMSG ", b"NOTICE "))
        if spoken and (head in self._missed or len(self._missed) < _MOST_TOLD):
            self._missed[head] += 1

    async def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            priority = self._first()
            if priority is None:
                self._empty.set()
                self._more.clear()
                await self._more.wait()
                continue
            size = len(self._lanes[priority].first)
            wait = self.pace.wait(size, urgent=priority is Priority.IDENTITY)
            if wait > 0:
                # Not longer than a moment: something more important may come meanwhile.
                await asyncio.sleep(min(wait, 0.25))
                continue
            self.pace.spend(size)
            self._write(self._lanes[priority].take())

    def _first(self) -> Priority | None:
        """The most urgent lane with something in it; at the end of everything, what was left out is said."""
        first = next((priority for priority, lane in self._lanes.items() if lane), None)
        if first is None and self._missed:
            for head, count in self._missed.items():
                self._lanes[Priority.ALERT].put(head + f" :… {count} lines were left out\r\n".encode())
            self._missed.clear()
            return Priority.ALERT
        return first

    async def drained(self) -> None:
        """Return when nothing waits."""
        await self._empty.wait()
