"""An event loop whose time goes on only when nobody is at work: a year passes in seconds, always in the same way."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """Where everybody waits for a time, it is that time at once. Threads at work are waited for."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.is_busy: Callable[[], bool] = lambda: False  # whether a thread is at work
        super().__init__(_Selector(self))
        self._clock_resolution = 1e-6  # what is less is lost among so many seconds, and asyncio would wait for ever

    def time(self) -> float:
        return self.elapsed


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if self._loop.is_busy():
            return super().select(5)  # a thread that ends writes into the loop's own pipe
        assert timeout is not None, "everybody waits, and nothing will ever happen"
        self._loop.elapsed += max(0.0, timeout)
        return []


class VirtualClock:
    """The clock on the wall of that loop; `shift` sets it."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)  # or hours that are not would be added
        self.shift = timedelta()
        self.loop = VirtualLoop()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.loop.elapsed) + self.shift

    def monotonic(self) -> float:
        return self.loop.elapsed

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"somebody blocks for {seconds} s")

    def live(self, story: Coroutine[Any, Any, None]) -> None:
        """Run it to its end, and leave nothing behind."""
        try:
            self.loop.run_until_complete(story)
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            assert not asyncio.all_tasks(self.loop)
        finally:
            self.loop.close()
