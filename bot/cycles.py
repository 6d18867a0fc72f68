"""Dead cycles of a bot that stays for months: Python looks for them as usual, and every five minutes at once."""

import asyncio
import gc
from collections.abc import Callable

_USUAL = 700  # new containers between two looks; a command has it otherwise: `bot.__main__`
_EVERY = 300.0  # seconds


def look_as_usual() -> None:
    """For the bot. What was loaded until now stays, and costs no look a moment."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_USUAL)


class Tidying:
    """A part of the bot: when nothing is at work, what is dead is looked for at once, which takes some 20 ms.

    By its own numbers Python waits until a quarter of all there is may be dead: on a quiet network for hours, in which
    a dead cycle may hold anything, from a lost connection to the database that a restore was about to write.
    """

    def __init__(self, is_idle: Callable[[], bool], *, every_seconds: float = _EVERY) -> None:
        self._is_idle = is_idle
        self._every = every_seconds

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            if self._is_idle():  # else it would look through all that is at work, and the loop would stand meanwhile
                gc.collect()
