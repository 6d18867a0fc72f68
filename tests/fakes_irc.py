"""An IRC server that says what a test tells it to, bytes and all, over real TLS; and the bot's connection to it."""

import asyncio
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.demo.certificates import make_pair
from bot.irc.connection import IrcConnection
from bot.irc.events import Event
from bot.irc.messages import Message
from bot.settings import IrcSettings

E = TypeVar("E", bound=Event)
SERVER = ":irc.test"
US = "BackupServ!backup@bot.host"


class Peer:
    """One client, as the server sees it. Every line that came is in `lines`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.lines: list[str] = []
        self._unread: list[str] = []

    def send(self, *lines: str | bytes) -> None:
        for line in lines:
            self._writer.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def send_raw(self, content: bytes) -> None:
        self._writer.write(content)

    async def drain(self) -> None:
        await self._writer.drain()

    async def expect(self, pattern: str, seconds: float = 5) -> str:
        """The next line that matches; lines before it are passed over.

        Raises:
            AssertionError: none came.
        """
        try:
            async with asyncio.timeout(seconds):
                while True:
                    line = await self._next()
                    if re.search(pattern, line):
                        return line
        except (TimeoutError, EOFError) as error:
            raise AssertionError(f"waited for {pattern!r} ({error!r}); it sent {self.lines}") from None

    async def _next(self) -> str:
        if self._unread:
            return self._unread.pop(0)
        raw = await self._reader.readline()
        if not raw:
            raise EOFError("it hung up")
        line = raw.decode().removesuffix("\r\n")
        self.lines.append(line)
        return line

    async def everything(self) -> bytes:
        """All that is there to be read now."""
        content = b""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(0.1):
                content = await self._reader.read(1 << 16)
        return "".join(self.lines).encode() + content

    async def silent(self, seconds: float = 0.3) -> None:
        """Assert that nothing comes for a while."""
        with suppress(TimeoutError, EOFError):
            async with asyncio.timeout(seconds):
                raise AssertionError(f"not silent: {await self._next()!r}")

    async def gone(self, seconds: float = 5) -> None:
        """Wait until the client has hung up."""
        with suppress(EOFError, ConnectionError):
            async with asyncio.timeout(seconds):
                while True:
                    await self._next()

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), 1)

    # --- the usual course of things ----------------------------------------------------------

    async def welcome(self, *, caps: str = "account-tag message-tags server-time chghost", isupport: str = "") -> None:
        """Let it in, without SASL, and into the channel."""
        await self.expect("^CAP LS 302")
        self.send(f"{SERVER} CAP * LS :{caps}")
        if caps:
            names = (await self.expect("^CAP REQ")).partition(":")[2]
            self.send(f"{SERVER} CAP * ACK :{names}")
        await self.expect("^CAP END")
        self.send(f"{SERVER} 001 BackupServ :Welcome", f"{SERVER} 005 BackupServ {isupport} :are supported")
        await self.join()

    async def join(self) -> None:
        await self.expect("^JOIN #opers")
        self.take_in()

    def take_in(self) -> None:
        self.send(f":{US} JOIN #opers")

    async def ison(self, us: str, *there: str) -> None:
        """Tell which of the nicks that were just asked about are there, and answer the PING behind the question."""
        fence = (await self.expect("^PING :ison-")).removeprefix("PING :")
        self.send(f"{SERVER} 303 {us} :{' '.join(there)}", f"{SERVER} PONG irc.test :{fence}")

    async def is_alive(self) -> None:
        """Assert that it still answers."""
        self.send("PING :still-there")
        await self.expect("^PONG :still-there")


@dataclass
class ScriptedServer:
    """Listens on loopback; each client becomes a Peer for the test to play with."""

    folder: Path
    port: int = 0
    fingerprint: str = ""
    _arrived: asyncio.Queue[Peer] = field(default_factory=asyncio.Queue)
    _peers: list[Peer] = field(default_factory=list)
    _server: asyncio.Server | None = None
    shown: list[str] = field(default_factory=list)  # the fingerprint of each client's certificate, or ""

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    async def start(
        self, *, host: str = "localhost", client_ca: Path | None = None, tls: bool = True, listen: str = "127.0.0.1"
    ) -> None:
        context = self._context(host, client_ca) if tls else None
        self._server = await asyncio.start_server(self._take, listen, self.port, ssl=context, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    def _context(self, host: str, client_ca: Path | None) -> ssl.SSLContext:
        self.fingerprint = make_pair(self.folder, host=host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.folder / "server.pem"), str(self.folder / "server.key"))
        if client_ca is not None:
            context.load_verify_locations(str(client_ca))
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tls = writer.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        self.shown.append(hashlib.sha256(certificate).hexdigest() if certificate else "")
        peer = Peer(reader, writer)
        self._peers.append(peer)
        self._arrived.put_nowait(peer)

    async def accept(self, seconds: float = 5) -> Peer:
        """The next client."""
        return await asyncio.wait_for(self._arrived.get(), seconds)

    async def heard(self, seconds: float = 0.2) -> bytes:
        """Everything that all clients ever said, and say for a while."""
        await asyncio.sleep(seconds)
        return b"".join([await peer.everything() for peer in self._peers])

    async def nobody(self, seconds: float = 0.5) -> None:
        """Assert that nobody comes for a while."""
        with suppress(TimeoutError):
            peer = await self.accept(seconds)
            raise AssertionError(f"somebody came: {peer}")

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for peer in self._peers:
            await peer.close()


@dataclass
class Seen:
    """The connection and everything that it told."""

    connection: IrcConnection
    messages: list[Message] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    task: "asyncio.Task[None] | None" = None

    async def wait(self, kind: type[E], seconds: float = 5, *, matches: Callable[[E], bool] = lambda _: True) -> E:
        """The first event of a kind."""
        await self._until(lambda: any(isinstance(event, kind) and matches(event) for event in self.events), seconds)
        return next(event for event in self.events if isinstance(event, kind) and matches(event))

    async def message(self, count: int = 1, seconds: float = 5) -> Message:
        """The count-th message."""
        await self._until(lambda: len(self.messages) >= count, seconds)
        return self.messages[count - 1]

    async def said(self, text: str) -> Message:
        """The first message with that text."""
        await self._until(lambda: any(message.text == text for message in self.messages), 5)
        return next(message for message in self.messages if message.text == text)

    async def _until(self, true: Callable[[], bool], seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while not true():
            assert asyncio.get_running_loop().time() < deadline, f"only this came: {self.events} {self.messages}"
            await asyncio.sleep(0.005)

    async def times(self, kind: type[Event], count: int, seconds: float = 5) -> None:
        """Wait until that many events of a kind have come."""
        await self._until(lambda: sum(isinstance(event, kind) for event in self.events) >= count, seconds)

    def first(self, kind: type[E]) -> E:
        """The first event of a kind, which must have come."""
        return next(event for event in self.events if isinstance(event, kind))

    async def leave(self) -> None:
        """Cancel the connection and wait until it is gone."""
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task


@dataclass
class Scene:
    """The server, the bot on it, and what the bot has told."""

    server: ScriptedServer
    peer: Peer
    seen: Seen


@asynccontextmanager
async def scripted(
    folder: Path,
    *,
    host: str = "localhost",
    client_ca: Path | None = None,
    tls: bool = True,
    listen: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[ScriptedServer]:
    """A server until the block ends."""
    server = ScriptedServer(folder, port)
    await server.start(host=host, client_ca=client_ca, tls=tls, listen=listen)
    try:
        yield server
    finally:
        await server.stop()


def settings_for(scripted_server: ScriptedServer, /, **more: object) -> IrcSettings:
    """What a configuration for that server says; quick to come back."""
    values: dict[str, object] = {
        "server": "localhost",
        "port": scripted_server.port,
        "channel": "#opers",
        "tls": {"ca_file": str(scripted_server.ca)},
        "reconnect_seconds": 0.05,
        "reconnect_limit_seconds": 0.2,
    }
    return IrcSettings.model_validate(values | more)


@asynccontextmanager
async def connected(settings: IrcSettings) -> AsyncIterator[Seen]:
    """The bot's connection, running until the block ends."""
    messages: list[Message] = []
    events: list[Event] = []

    async def take(message: Message) -> None:
        messages.append(message)

    connection = IrcConnection(settings, on_message=take, on_event=events.append, version="BackupServ test")
    seen = Seen(connection, messages, events)
    seen.task = asyncio.create_task(connection.run())
    try:
        yield seen
    finally:
        await seen.leave()
