"""A session that is fed bytes and whose answers go nowhere: for many lines in little time."""

import asyncio
import itertools
import logging

from bot.irc.link import Link
from bot.irc.logins import Restored
from bot.irc.messages import Message
from bot.irc.routes import Route
from bot.irc.sasl.login import Login
from bot.irc.session import Session
from bot.settings import IrcSettings


class _Nowhere(asyncio.Transport):
    """Takes everything and is never full."""

    def __init__(self) -> None:
        super().__init__()
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert bytes(data).count(b"\n") == 1
        assert len(data) <= 512

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    def abort(self) -> None:
        self._closed = True


class _Problems(logging.Handler):
    """What was logged with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append(logging.Formatter().format(record))


async def deaf_session(content: bytes) -> list[str]:
    """Feed it all, until it ends; returns the exceptions that were logged."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=8191 + 512, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    nowhere = _Nowhere()
    writer = asyncio.StreamWriter(nowhere, protocol, reader, loop)
    reader.feed_data(content)
    reader.feed_eof()
    protocol._closed.set_result(None)  # type: ignore[attr-defined]  # there is no socket that could close

    async def take(message: Message) -> None:
        del message

    settings = IrcSettings.model_validate({"server": "irc.test", "channel": "#opers"})
    session = Session(
        Link(reader, writer, Route(address=settings.addresses[0], tls=True)),
        settings,
        Login(mechanism="PLAIN", account="BackupServ", password="secret"),
        on_message=take,
        tell=lambda _: None,
        heed=lambda _: False,
        version="x",
        serials=itertools.count(1),
        restored=Restored(),
    )
    problems = _Problems()
    logging.getLogger("bot.irc").addHandler(problems)
    try:
        await session.run()
    finally:
        logging.getLogger("bot.irc").removeHandler(problems)
    return problems.found
