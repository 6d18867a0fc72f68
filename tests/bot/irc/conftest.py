"""A scripted server, and the bot's connection to it, let in and in the channel."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
