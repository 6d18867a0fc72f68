"""Whoever stands about makes room: no stranger takes the files that a backup needs, and nobody who asks is kept out."""

import asyncio
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from bot.demo.certificates import make_pair
from bot.http import hall as module
from bot.http.page import Answer, Asked, Page
from bot.http.server import HttpServer
from bot.http_settings import HttpSettings
from bot.settings import read_address
from tests.bot.http.shelves import settings

_MOST = 5


async def _anybody(asked: Asked) -> Answer:
    del asked
    return Answer(body=b"ok\n", kind="text/plain")


def _spoken(folder: Path, *, tls: bool) -> tuple[HttpSettings, str, ssl.SSLContext | bool]:
    if not tls:
        plain = settings()
        return plain, f"http://{plain.listen}/", True
    make_pair(folder, host="localhost")
    wanted = settings(certificate=str(folder / "server.pem"), key=str(folder / "server.key"))
    return wanted, f"https://{wanted.listen}/", ssl.create_default_context(cafile=str(folder / "ca.pem"))


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
async def test_strangers_who_stay_take_so_many_connections_and_keep_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes, *, tls: bool
) -> None:
    """Also those who never say that they would speak TLS."""
    monkeypatch.setattr(module, "MOST", _MOST)
    wanted, address, trust = _spoken(tmp_path, tls=tls)
    running = asyncio.create_task(HttpServer(wanted, [Page(path="/", make=_anybody)]).run())
    host, _, port = wanted.listen.rpartition(":")
    async with AsyncExitStack() as stack, asyncio.timeout(20):
        client = await stack.enter_async_context(aiohttp.ClientSession())
        strangers: list[asyncio.Task[None]] = []
        while len(strangers) < 3 * _MOST:
            try:
                reader, writer = await asyncio.open_connection(host, port)
            except OSError:
                await asyncio.sleep(0.01)  # it does not listen yet
                continue
            stack.callback(writer.close)
            writer.write(said)
            strangers.append(asyncio.create_task(_is_sent_away(reader)))
        async with client.get(address, ssl=trust) as answer:
            assert await answer.text() == "ok\n"
        await asyncio.sleep(0.1)
        assert sum(not task.done() for task in strangers) < _MOST, "the newest stay, and who came to ask"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.gather(*strangers)


async def _is_sent_away(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(4096):
            pass
    except OSError:
        pass


async def test_an_address_that_is_taken_is_an_error_and_not_silence() -> None:
    wanted = settings()
    with module.open_door(read_address(wanted.listen, 0)), pytest.raises(OSError, match="in use"):
        await HttpServer(wanted, []).run()
