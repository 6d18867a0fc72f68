"""A network without sockets: what the bot connects to is an object here, byte for byte what a server would be.

Whatever leaves the bot is looked at: a line that no server should ever get from it is written down.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

MAY_SAY = re.compile(
    r"(CAP (LS 302|REQ :[a-z0-9/. -]+|END)|AUTHENTICATE \S{1,400}"
    r"|NICK (?=\S{1,40}$)BackupS?\S*|USER \S+ 0 \* :.+|OPER backup let-me-oper"
    r"|PING :\S+|PONG :.*|ISON BackupServ|MONITOR [+-] BackupServ|WHOIS \S+( \S+)?|WHO \S+( %[a-z]+,\d{1,3})?"
    r"|JOIN #opers( let-me-oper)?|MODE [^#&:\s]\S* \+[A-Za-z]"
    r"|(PRIVMSG|NOTICE) [^ ,:]+ :.*|QUIT :(BackupServ stops|a login is required))"
)
"""Every line that the bot may ever send, whatever it was told."""


class UnwiredTransport(asyncio.Transport):
    """The bot's side of one connection."""

    def __init__(self, protocol: asyncio.StreamReaderProtocol, network: "UnwiredNetwork") -> None:
        super().__init__()
        self._protocol = protocol
        self._network = network
        self._closed = False
        self._paused = False
        self._hung_up = False
        self._waiting: deque[bytes] = deque()

    # --- what the bot does -------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._network.take(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        while self._waiting and not self._paused and not self._closed:
            self._protocol.data_received(self._waiting.popleft())

    def is_reading(self) -> bool:
        return not self._paused

    # --- what the server does ----------------------------------------------------------------

    def say(self, content: bytes) -> None:
        """Bytes for the bot."""
        if self._closed or self._hung_up:
            return
        if self._paused:
            self._waiting.append(content)
        else:
            self._protocol.data_received(content)

    def hang_up(self) -> None:
        """The server's end of it."""
        if not self._closed and not self._hung_up:
            self._hung_up = True
            self._protocol.eof_received()


class UnwiredNetwork:
    """Takes the bot's connections; `answer` is called with each line, and what the bot may not say is in `wrong`."""

    def __init__(self, answer: Callable[[str], list[str]] | None = None) -> None:
        self._answer = answer
        self.connections = 0
        self.link: UnwiredTransport | None = None
        self.lines: deque[str] = deque(maxlen=2000)
        self.count = 0
        self.wrong: list[str] = []

    async def open(self, *_: Any, limit: int = 1 << 16, **__: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """In the place of asyncio.open_connection."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=limit, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        self.link = UnwiredTransport(protocol, self)
        self.connections += 1
        protocol.connection_made(self.link)
        return reader, asyncio.StreamWriter(self.link, protocol, reader, loop)

    def take(self, content: bytes) -> None:
        """Bytes of the bot: one line each time, or it is wrong."""
        self.count += 1
        line = content.removesuffix(b"\r\n").decode("utf-8", "surrogateescape")
        if len(content) > 512 or not content.endswith(b"\r\n") or not {"\r", "\n", "\0"}.isdisjoint(line):
            self.wrong.append(f"no line: {content!r}")
        elif not MAY_SAY.fullmatch(line):
            self.wrong.append(f"not ours to say: {line!r}")
        self.lines.append(line)
        for reply in self._answer(line) if self._answer is not None else ():
            self.say(reply.encode("utf-8", "surrogateescape") + b"\r\n")

    def say(self, content: bytes) -> None:
        """Bytes of the server, on the connection of now."""
        if self.link is not None:
            self.link.say(content)

    def hang_up(self) -> None:
        """The server ends the connection of now."""
        if self.link is not None:
            self.link.hang_up()

    async def pour(self, content: bytes) -> None:
        """More than the bot may want to hear at once: it is waited for, as TCP does."""
        while self.link is not None and not self.link.is_reading() and not self.link.is_closing():  # noqa: ASYNC110 — TCP has no event for it either
            await asyncio.sleep(0)
        self.say(content)

    @contextmanager
    def instead_of_sockets(self) -> Iterator[None]:
        """Every connection that is opened meanwhile ends here."""
        with mock.patch.object(asyncio, "open_connection", self.open):
            yield
