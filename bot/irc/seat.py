"""Our place in the opers' channel: taken, lost, and taken again."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

_STEADY = 300.0  # seconds in the channel after which being thrown out is something new


class Seat:
    """Joins, and joins again for as long as it takes: kicked, banned, or the channel shut, somebody may relent."""

    def __init__(self, join: Callable[[], None], *, first: float, longest: float) -> None:
        self._join = join
        self._first = first
        self._longest = max(longest, first)
        self._in = asyncio.Event()
        self._out = asyncio.Event()

    @property
    def taken(self) -> bool:
        """Whether we are in."""
        return self._in.is_set()

    def take(self) -> None:
        """The server says that we are in."""
        self._in.set()
        self._out.clear()

    def lose(self) -> None:
        """The server says that we are out."""
        self._in.clear()
        self._out.set()

    async def run(self) -> None:
        """Be in the channel, for ever."""
        tries = 0
        while True:
            self._join()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause(tries)):
                    await self._in.wait()
            if not self.taken:
                tries += 1
                continue
            since = time.monotonic()
            await self._out.wait()
            tries = 0 if time.monotonic() - since >= _STEADY else tries + 1
            await asyncio.sleep(self._pause(tries))

    def _pause(self, tries: int) -> float:
        return float(min(self._longest, self._first * 2 ** min(tries, 16)))
