"""Is the link alive? A peer that vanished says nothing, so silence is what is watched."""

import asyncio
import time
from collections.abc import Callable

_LOOKS = 20  # times within the timeout


class Pulse:
    """Asks who is silent, and gives up who stays silent."""

    def __init__(self, ping: Callable[[], None], *, interval: float, timeout: float) -> None:
        self._ping = ping
        self._interval = min(interval, timeout / 2)  # else there would be no time for an answer
        self._timeout = timeout
        self._heard_at = time.monotonic()
        self._asked = False

    def heard(self) -> None:
        """A line came: the other side lives."""
        self._heard_at = time.monotonic()
        self._asked = False

    async def run(self) -> str:
        """Until the link is dead; returns the reason in words."""
        while True:
            await asyncio.sleep(self._timeout / _LOOKS)
            silent = time.monotonic() - self._heard_at
            if silent >= self._timeout:
                return f"the server was silent for {silent:.0f} s"
            if silent >= self._interval and not self._asked:
                self._asked = True
                self._ping()
