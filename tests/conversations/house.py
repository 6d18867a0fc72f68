"""A server in this process, and connections to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.demo.certificates import make_pair
from bot.demo.ircd import DemoIrcd
from bot.irc.connection import IrcConnection
from bot.irc.events import Event
from bot.irc.messages import Message
from bot.settings import IrcSettings, TlsSettings


class House:
    """A server, and the settings of what connects to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fingerprint = make_pair(folder, host="localhost")
        self.ca = folder / "ca.pem"
        self.ircd = DemoIrcd(
            certificate=folder / "server.pem",
            key=folder / "server.key",
            opers={"alice": "oper-password"},
            services_password="link",
        )

    def settings(self, **changes: Any) -> IrcSettings:
        plain: dict[str, Any] = {
            "server": "localhost",
            "port": self.ircd.port,
            "channel": "#opers",
            "tls": TlsSettings(ca_file=self.ca),
            "lines_per_second": 50,
            "ping_interval_seconds": 0.4,
            "ping_timeout_seconds": 1.2,
            "reconnect_seconds": 0.1,
            "reconnect_limit_seconds": 0.3,
        }
        return IrcSettings(**(plain | changes))

    def secret(self, text: str) -> dict[str, str]:
        path = self.folder / "secret"
        path.write_text(text)
        path.chmod(0o600)
        return {"file": str(path)}


class Heard:
    """Everything that a connection told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.events: list[Event] = []

    async def on_message(self, message: Message) -> None:
        self.messages.append(message)

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Return when something has become true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — the thing that becomes true is on the other side of a socket
            await asyncio.sleep(0.02)


@asynccontextmanager
async def connected(settings: IrcSettings) -> AsyncIterator[tuple[IrcConnection, Heard]]:
    """A connection that runs, and stops cleanly with the block."""
    heard = Heard()
    connection = IrcConnection(
        settings, on_message=heard.on_message, on_event=heard.on_event, version="BackupServ test"
    )
    task = asyncio.create_task(connection.run())
    try:
        yield connection, heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
