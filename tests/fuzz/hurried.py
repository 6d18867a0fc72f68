"""A loop whose hours pass in a blink: when nothing is left to do, the clock jumps to the next timer."""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest import mock

T = TypeVar("T")
_STEP = 1e-6  # seconds that each turn of the loop takes
_REAL_WAIT = 0.02  # seconds in which another thread may come to its end


class _Clock:
    """time.monotonic, as far as this process is concerned."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class _Jumping(selectors.SelectSelector):
    """Never waits for time, only for threads; while one works, the clock is a real one."""

    def __init__(self, clock: _Clock) -> None:
        super().__init__()
        self._clock = clock
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(_REAL_WAIT if self.threads and timeout != 0 else 0)
        # Time never quite stands: what waits for less than a float can add, or in a thread, would wait for ever.
        self._clock.now += _STEP
        if not ready and timeout:
            self._clock.now += _REAL_WAIT if self.threads else timeout
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop on that clock."""

    def __init__(self, clock: _Clock) -> None:
        self._jumping = _Jumping(clock)
        super().__init__(self._jumping)

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]  # *args are typed by type variables there
        """As usual."""
        self._jumping.threads += 1
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: object) -> None:
        self._jumping.threads -= 1


@contextmanager
def _clock() -> Iterator[_Clock]:
    clock = _Clock()
    with mock.patch.object(time, "monotonic", clock):
        yield clock


def run_hurried(work: Coroutine[Any, Any, T]) -> T:
    """What asyncio.run does, on a hurried loop."""
    with _clock() as clock, asyncio.Runner(loop_factory=lambda: HurriedLoop(clock)) as runner:
        return runner.run(work)
