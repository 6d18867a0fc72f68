"""A scripted server, and the bot's connection to it, let in and in the channel."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.irc import link
from bot.irc.events import Joined
from tests.fakes_irc import Scene, ScriptedServer, connected, scripted, settings_for


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    async with scripted(tmp_path) as listening:
        yield listening


@pytest.fixture
async def scene(server: ScriptedServer) -> AsyncIterator[Scene]:
    async with connected(settings_for(server)) as seen:
        peer = await server.accept()
        await peer.welcome()
        await seen.wait(Joined)
        yield Scene(server, peer, seen)


@pytest.fixture
async def mute(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of a server that takes connections and says nothing; patience is short meanwhile."""
    monkeypatch.setattr(link, "CONNECT_SECONDS", 0.3)
    held: list[asyncio.StreamWriter] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        held.append(writer)

    listening = await asyncio.start_server(take, "127.0.0.1", 0)
    yield listening.sockets[0].getsockname()[1]
    listening.close()
    for writer in held:
        writer.close()
