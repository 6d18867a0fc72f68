"""Who may read, and what goes with every answer."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pydantic import ValidationError

from bot.http import body as module
from bot.http.page import Answer, Asked, Page
from bot.http.server import HttpServer
from bot.http_settings import HttpSettings


async def _anybody(asked: Asked) -> Answer:
    del asked
    return Answer(body=b"ok\n", kind="text/plain")


async def _taken(asked: Asked) -> Answer:
    return Answer(body=b"got " + asked.body)


PAGES = [
    Page(path="/healthz", make=_anybody, open=True),
    Page(path="/take", make=_taken, method="POST", most=2000),
]


async def _private(asked: Asked) -> Answer:
    return Answer(body=f"of {asked.path}".encode())


@contextlib.asynccontextmanager
async def _served(settings: HttpSettings) -> AsyncIterator[str]:
    server = HttpServer(settings, [*PAGES, Page(path="/private", make=_private)])
    running = asyncio.create_task(server.run())
    async with asyncio.timeout(10):
        await server.up.wait()
    try:
        yield f"http://{settings.listen}"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _settings(**table: object) -> HttpSettings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return HttpSettings.model_validate({"listen": f"127.0.0.1:{port}"} | table)


async def test_health_is_for_everybody_and_the_rest_needs_the_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    (tmp_path / "token").chmod(0o600)
    settings = _settings(token={"file": str(tmp_path / "token")})
    async with _served(settings) as address, aiohttp.ClientSession() as client:
        async with client.get(f"{address}/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer wrong"}, 401),
            ({"Authorization": "Bearer s3cret"}, 200),
        ):
            async with client.get(f"{address}/private", headers=headers) as answer:
                assert answer.status == status
                assert answer.headers["Cache-Control"] if status == 200 else answer.headers["WWW-Authenticate"]
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        async with client.post(f"{address}/healthz") as answer:
            assert answer.status == 405
        async with client.get(f"{address}/nowhere") as answer:
            assert answer.status == 404
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_posted_comes_whole_with_the_token_alone_and_within_its_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.2)
    (tmp_path / "token").write_text("s3cret\n")
    (tmp_path / "token").chmod(0o600)
    settings = _settings(token={"file": str(tmp_path / "token")})
    known = {"Authorization": "Bearer s3cret"}

    async def never() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.Event().wait()

    async with _served(settings) as address, aiohttp.ClientSession() as client:
        for headers, body, status in (
            (known, b"x" * 2000, 200),
            (known, b"x" * 2001, 413),
            ({}, b"x", 401),
            ({"Cookie": "backupserv=s3cret"}, b"x", 401),  # another site could have sent it
            (known, never(), 408),
            (known | {"Content-Encoding": "gzip"}, b"no gzip", 200),  # taken as it is: nothing is unpacked
        ):
            async with client.post(f"{address}/take", headers=headers, data=body) as answer:
                assert answer.status == status, headers
                if status == 200:
                    assert await answer.read() == b"got " + bytes(body)  # type: ignore[arg-type]  # those are bytes
        async with client.get(f"{address}/private", headers={"Cookie": "backupserv=s3cret"}) as answer:
            assert answer.status == 401  # a cookie is not the token


@pytest.mark.parametrize(
    "table",
    [
        {"listen": "0.0.0.0:8350"},
        {"listen": "0.0.0.0:8350", "certificate": "/x.pem", "key": "/x.key"},
        {"certificate": "/x.pem"},
        {"client_ca": "/x.pem"},
    ],
)
def test_beyond_loopback_it_is_served_to_nobody_unknown(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HttpSettings.model_validate(table)
