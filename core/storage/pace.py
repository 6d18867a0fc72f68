"""A bandwidth limit: bytes wait until their time has come."""

import time
from collections.abc import Callable


class Pace:
    """Spreads what is sent over time; None is no limit."""

    def __init__(
        self,
        limit: int | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._sleep = sleep
        self._free_at = 0.0

    def block(self, most: int) -> int:
        """How many bytes to send at once, so that a slow pace is an even one."""
        return most if self._limit is None else max(1, min(most, self._limit // 4))

    def wait(self, size: int) -> None:
        """Return when `size` more bytes may go out."""
        if self._limit is None:
            return
        now = self._monotonic()
        start = max(now, self._free_at)
        self._free_at = start + size / self._limit
        if start > now:
            self._sleep(start - now)
