"""Lines over a link: each that comes is taken apart, each that goes is paced, sanitised and kept out of the log."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from bot.irc.link import Link
from bot.irc.messages import Line, parse_line
from bot.irc.outbox import Outbox, Priority
from bot.irc.pace import PORTABLE, Measure, exempted, measure_of
from bot.irc.redaction import redact
from bot.irc.splitting import printable

log = logging.getLogger(__name__)

_MOST_UNSENT = 256 * 1024  # bytes for a server that does not read
_LAST_WORDS = 2.0  # seconds for what waits, when we leave


class Wire:
    """Both directions of one link."""

    def __init__(self, link: Link, lines_per_second: float | None) -> None:
        self._link = link
        self._exempted = exempted(lines_per_second) if lines_per_second is not None else None
        self._outbox = Outbox(self._write, time.monotonic, self._exempted or PORTABLE)
        self._end = ""

    def send(self, line: str, priority: Priority = Priority.PROTOCOL) -> None:
        """Queue one line."""
        log.debug("> %s", redact(line))
        self._outbox.put(line, priority)

    def speak_as_borne_by(self, version: str) -> None:
        """As fast as such a server bears it, unless the configuration says how fast."""
        self._outbox.pace.bear(self._exempted or measure_of(version))

    @property
    def measure(self) -> Measure:
        """What the server is assumed to bear."""
        return self._outbox.pace.measure

    def waiting(self, head: str, priority: Priority) -> int:
        """See the outbox."""
        return self._outbox.waiting(head, priority)

    def forget(self, nick: str) -> None:
        """See the outbox."""
        self._outbox.forget(nick)

    def _write(self, content: bytes) -> None:
        transport = self._link.writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > _MOST_UNSENT:
            self.end("the server does not read what we send")
            transport.abort()
            return
        self._link.writer.write(content)

    async def speak(self) -> None:
        """Send what waits, for ever."""
        await self._outbox.run()

    def end(self, reason: str) -> None:
        """Nothing more is read; the first reason counts, not how the bytes stopped."""
        self._end = self._end or reason

    @property
    def ended(self) -> str:
        """Why the link ended; "" while it has not."""
        return self._end

    async def lines(self) -> AsyncIterator[Line]:
        """What comes in, until the link ends."""
        while not self._end:
            try:
                raw = await self._link.reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                self.end("the server closed the connection")
            except asyncio.LimitOverrunError:
                self.end("the server sent a line without end")
            except OSError as error:
                self.end(f"the connection broke: {error.strerror or type(error).__name__}")
            else:
                line = parse_line(raw.rstrip(b"\r\n"))
                log.debug("< %s %s", printable(line.verb), printable(line.prefix))
                yield line

    async def say_goodbye(self) -> None:
        """Let what waits out, for a moment, then QUIT."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._outbox.drained()
        self.send("QUIT :BackupServ stops")
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._link.writer.drain()

    async def close(self) -> None:
        """Close the link."""
        await self._link.close()
