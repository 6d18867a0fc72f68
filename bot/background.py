"""What runs beside the connection, kept alive: a part that dies is told of and begun again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)

_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds before a part that died is begun again; doubled each time
_STEADY = 300.0  # seconds after which it is called well again


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that runs until it is cancelled. One that returns has done its work."""

    name: str  # "schedule"
    run: Callable[[], Coroutine[None, None, None]]


Told = Callable[[str, str], Awaitable[None]]
"""Is told a part's name and why it died; "" when it is well again."""


class Background:
    """All parts, from start to stop."""

    def __init__(self, parts: Sequence[Part], told: Told) -> None:
        self._parts = tuple(parts)
        self._told = told
        self._tasks: list[asyncio.Task[None]] = []
        self._ailing: set[str] = set()

    @property
    def ailing(self) -> tuple[str, ...]:
        """The names of those that died, and are not called well again yet."""
        return tuple(sorted(self._ailing))

    def start(self) -> None:
        """Begin all of them."""
        self._tasks = [asyncio.create_task(self._keep(part), name=part.name) for part in self._parts]

    async def stop(self) -> None:
        """End all of them, and wait until they have ended."""
        for task in self._tasks:
            task.cancel()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("a part did not end well", exc_info=ended)
        self._tasks = []

    async def _keep(self, part: Part) -> None:
        pause, died = _PAUSE, False
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            steady = loop.call_later(_STEADY, self._well, part.name) if died else None
            try:
                await part.run()
            except (Exception, asyncio.CancelledError) as error:
                if _is_stopped():
                    raise
                log.exception("%s died, and is begun again in %.0f s", part.name, pause)
                died = True
                self._ailing.add(part.name)
                await self._tell(part.name, type(error).__name__)
            else:
                if part.name in self._ailing:
                    self._well(part.name)
                return
            finally:
                if steady is not None:
                    steady.cancel()
            pause = _PAUSE if loop.time() - begun > _STEADY else pause
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, 2 * pause)

    def _well(self, name: str) -> None:
        self._ailing.discard(name)
        self._tasks.append(asyncio.create_task(self._tell(name, "")))

    async def _tell(self, name: str, why: str) -> None:
        try:
            await self._told(name, why)
        except Exception:
            log.exception("nobody could be told of %s", name)


def _is_stopped() -> bool:
    """Whether it is us who is cancelled, and not what a part waited for: a library may do that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
