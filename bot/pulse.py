"""Whether the event loop goes round: how late it was, lately."""

import asyncio
from collections import deque

_TICK = 0.5  # seconds between two looks
_REMEMBERED = 60.0  # seconds


class Pulse:
    """A part of the bot."""

    def __init__(self) -> None:
        self._late: deque[tuple[float, float]] = deque()  # when it was seen, and by how many seconds it was late

    @property
    def lag(self) -> float:
        """Seconds: the worst of the last minute."""
        return max((late for _, late in self._late), default=0.0)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(_TICK)
            now = loop.time()
            self._late.append((now, max(0.0, now - before - _TICK)))
            while now - self._late[0][0] > _REMEMBERED:
                self._late.popleft()
