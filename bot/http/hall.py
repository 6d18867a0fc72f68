"""The hall behind the door: room for so many connections, whoever they are of.

A stranger who opens one after another and says nothing would take all files that this process may open, and a backup
needs some. Nobody is turned away: whoever has been here longest makes room, and that is whoever only stands about.
"""

import asyncio
import logging
import socket
import ssl
from contextlib import suppress

from aiohttp import web

from bot.settings import Address

log = logging.getLogger(__name__)

MOST = 100  # connections
_PAUSE = 1.0  # seconds until somebody is let in again where the system refused


def open_door(address: Address) -> socket.socket:
    """A socket that listens there.

    Raises:
        OSError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    door = socket.create_server((address.host, address.port), family=family, backlog=MOST)
    door.settimeout(0)
    return door


class Hall:
    """Lets in whoever knocks at a listening socket, and brings them to a server of aiohttp."""

    def __init__(self, server: web.Server, context: ssl.SSLContext | None) -> None:
        self._server = server
        self._context = context
        self._guests: dict[asyncio.Task[None], None] = {}  # who came first stands first

    async def run(self, door: socket.socket) -> None:
        """Until cancelled; then everybody is sent away."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    connection, _ = await loop.sock_accept(door)
                except OSError as error:
                    log.warning("nobody can be let in to the status page now: %s", error.strerror)
                    await asyncio.sleep(_PAUSE)
                else:
                    self._let_in(connection)
                    await asyncio.sleep(0)  # where many knock at once nothing else would get its turn
        finally:
            for guest in self._guests:
                guest.cancel()

    def _let_in(self, connection: socket.socket) -> None:
        if len(self._guests) >= MOST:
            next(iter(self._guests)).cancel()
        guest = asyncio.create_task(self._receive(connection))
        self._guests[guest] = None
        guest.add_done_callback(self._guests.pop)

    async def _receive(self, connection: socket.socket) -> None:
        """Until it is closed by either side, or cancelled."""
        loop = asyncio.get_running_loop()
        guest = _Guest(self._server, loop)
        with suppress(OSError):  # it did not speak TLS, or went at once
            transport, _ = await loop.connect_accepted_socket(lambda: guest, connection, ssl=self._context)
            try:
                await guest.gone.wait()
            finally:
                transport.abort()


class _Guest(web.RequestHandler):
    """One connection, that tells when it is gone."""

    __slots__ = ("gone",)

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        # A body that is packed is none that we know how to read, and may unpack to anything.
        super().__init__(server, loop=loop, access_log=None, auto_decompress=False)  # type: ignore[arg-type]  # None: no log
        self.gone = asyncio.Event()

    def connection_lost(self, exc: BaseException | None) -> None:
        """As asyncio tells it."""
        super().connection_lost(exc)
        self.gone.set()
