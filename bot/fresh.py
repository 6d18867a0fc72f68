"""A value that takes a while to find, always at hand: the last one is given while a newer one is looked for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

_AFTERWARDS = 0.1  # seconds: a long look begins when who asked has been answered


class Fresh(Generic[T]):
    """Looks again when it is asked for and what it knows is `lasts` seconds old; one look at a time, whoever asks.

    Nobody waits for more than `patience` seconds; nor at all where the last look took longer than that. What a look
    raises is for the look to catch.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[T]],
        *,
        lasts: float,
        patience: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._lasts = lasts
        self._patience = patience
        self._monotonic = monotonic
        self._value: T | None = None
        self._looked_at = self._took = self._began = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def get(self) -> T | None:
        """The newest there is; None while the first look goes on."""
        if self._value is None or self.age() >= self._lasts:
            is_long = self._value is not None and self._took > self._patience
            if self._looking is None or self._looking.done():
                self._began = self._monotonic()  # until the task has its turn
                self._looking = asyncio.create_task(self._again(_AFTERWARDS if is_long else 0.0))
            if not is_long:
                # Not wait_for(): before Python 3.12 it swallows a cancellation that comes with the answer.
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._patience):
                        await asyncio.shield(self._looking)
        return self._value

    def age(self) -> float:
        """Seconds since the value was looked for."""
        return self._monotonic() - self._looked_at

    def pending(self) -> float:
        """Seconds for which the look that goes on has no answer; 0 where none does."""
        return self._monotonic() - self._began if self._looking is not None and not self._looking.done() else 0.0

    async def _again(self, after: float) -> None:
        await asyncio.sleep(after)
        self._began = self._monotonic()
        self._value = await self._look()
        self._looked_at, self._took = self._began, self._monotonic() - self._began
