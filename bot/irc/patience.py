"""How long we wait before we come again, and when being away is worth a word of its own."""

import asyncio
import random
import time
from collections.abc import Callable

_STEADY = 300.0  # seconds after which a connection counts as good, and back-off begins anew
_LONG_FLOOR = 60.0  # seconds, when the server has said that we come too often
_UNWELCOME = ("throttl", "too fast", "too many", "banned", "k-line", "g-line", "z-line", "trying to reconnect")
_LONG_AWAY = 600.0  # seconds


class Patience:
    """Grows with every try that fails, with jitter, so that many bots do not come back at the same moment.

    `servers` take turns: it grows when each of them has had one.
    """

    def __init__(self, *, first: float, longest: float, servers: int = 1) -> None:
        self._servers = servers
        self._first = first
        self._longest = longest
        self._tries = 0
        self._began = time.monotonic()

    def begin(self) -> None:
        """A try begins now."""
        self._began = time.monotonic()

    def pause(self, reason: str) -> float:
        """Seconds until the next one, after this one ended for that reason."""
        if time.monotonic() - self._began >= _STEADY:
            self._tries = 0
        longest = min(self._longest, self._first * 2 ** min(self._tries // self._servers, 16))
        self._tries += 1
        wait = random.uniform(0, longest)  # noqa: S311 — jitter, not a secret
        return max(wait, _LONG_FLOOR) if any(word in reason.lower() for word in _UNWELCOME) else wait


class Absence:
    """Tells once, when we have been away for long; again only after we have been there."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._alarm: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """We are away (still, or from now on)."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(_LONG_AWAY, self._tell, _LONG_AWAY)

    def end(self) -> None:
        """We are there, or nobody waits for us any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
