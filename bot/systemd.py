"""What the bot tells systemd: that it is up, what it is doing, that its loop turns. Elsewhere nobody listens.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

log = logging.getLogger(__name__)

_TICK = 1.0  # seconds between two looks at what the bot is doing
_HELD_UP = 1.0  # seconds of lateness that somebody on IRC would notice
_EXTENSION = "EXTEND_TIMEOUT_USEC=30000000"  # half a minute more, asked for anew at each tick
_LONGEST = 900.0  # seconds for which a start or a stop asks for more: what takes longer hangs
_MOST_TOLD = 400  # characters


class Notifier:
    """Sends datagrams to $NOTIFY_SOCKET; a full or lost socket never holds the bot up."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watchdog = _watchdog(environment)  # seconds after which silence means that we hang; None: nobody watches

    def tell(self, *lines: str) -> None:
        """Each line is a word of sd_notify(3): "READY=1"."""
        if not self._address:
            return
        # "@" stands for the byte that names of the abstract namespace begin with.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as datagrams:
            datagrams.settimeout(0)  # not to wait, whatever happens
            datagrams.sendto("\n".join(lines).encode("utf-8", "replace"), address)


def _watchdog(environment: Mapping[str, str]) -> float | None:
    microseconds, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not (microseconds.isascii() and microseconds.isdigit()) or pid not in {"", str(os.getpid())}:
        return None
    return int(microseconds) / 1_000_000 or None


class Report:
    """Goes on for as long as the event loop turns, and by nothing else: a loop that hangs is silent.

    While the bot starts and while it stops it asks for more time, since an interrupted restore is carried on at the
    start, and one that has begun is brought to its end at the stop.
    """

    def __init__(self, doing: Callable[[], str], notifier: Notifier | None = None) -> None:
        self._doing = doing
        self._notifier = notifier or Notifier()
        self._phase_began = 0.0
        self._is_up = False
        self._told = ""

    async def run(self) -> None:
        """For ever; to be cancelled."""
        loop = asyncio.get_running_loop()
        self._phase_began = loop.time()
        half = (self._notifier.watchdog or 0) / 2
        tick = min(_TICK, half) if half else _TICK
        fed = -half
        while True:
            now = loop.time()
            lines = self._news(now)
            if half and now - fed >= half - tick:
                lines.append("WATCHDOG=1")
                fed = now
            if lines:
                self._notifier.tell(*lines)
            await asyncio.sleep(tick)
            if (late := loop.time() - now - tick) > _HELD_UP:
                log.warning("the event loop was held up for %.1f s: nobody was answered meanwhile", late)

    def up(self) -> None:
        """The bot has looked round and its loop runs; whether it is on IRC the status says."""
        self._is_up = True
        self._notifier.tell("READY=1", f"STATUS={self._status()}")

    def stopping(self) -> None:
        """It was told to stop, and brings to its end what has begun."""
        self._is_up = False
        self._phase_began = asyncio.get_running_loop().time()
        self._notifier.tell("STOPPING=1", _EXTENSION, f"STATUS={self._status()}")

    def _news(self, now: float) -> list[str]:
        lines = []
        if (status := self._status()) != self._told:
            lines.append(f"STATUS={status}")
            self._told = status
        if not self._is_up and now - self._phase_began < _LONGEST:
            lines.append(_EXTENSION)
        return lines

    def _status(self) -> str:
        """One line: another one would be a word of its own to systemd."""
        text = "".join(char if char.isprintable() else " " for char in self._doing())
        return text[:_MOST_TOLD]
