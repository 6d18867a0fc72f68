"""The door: the token once, then a cookie that is not the token; and what other sites make a browser ask."""

import asyncio
import ssl
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.demo.certificates import make_client, make_pair
from bot.http import entrance as module
from bot.http.entrance import COOKIE
from bot.http.page import Answer, Asked, Page
from bot.http.server import HttpServer
from bot.http_settings import HttpSettings
from tests.bot.http.shelves import settings

TOKEN = "correct-horse-battery"
BROWSER = {"Accept": "text/html,*/*"}


async def _private(asked: Asked) -> Answer:
    return Answer(body=b"of the network", kind="text/plain") if asked.path else Answer(body=b"")


PAGES = [
    Page(path="/", make=_private),
    Page(path="/take", make=_private, method="POST"),
    Page(path="/healthz", make=_private, open=True),
]


@asynccontextmanager
async def _served(folder: Path | None = None) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """With a token in that folder, or open to whoever reaches it. Cookies are ours to send."""
    table: dict[str, object] = {}
    if folder is not None:
        (folder / "token").write_text(f"{TOKEN}\n")
        (folder / "token").chmod(0o600)
        table = {"token": {"file": str(folder / "token")}}
    wanted = settings(**table)
    async with _running(wanted) as client:
        yield f"http://{wanted.listen}", client


@asynccontextmanager
async def _running(wanted: HttpSettings) -> AsyncIterator[aiohttp.ClientSession]:
    server = HttpServer(wanted, PAGES)
    running = asyncio.create_task(server.run())
    async with asyncio.timeout(10):
        await server.up.wait()
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
            yield client
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _asked(
    client: aiohttp.ClientSession, address: str, *, typed: str | None = None, **headers: str
) -> tuple[int, Mapping[str, str], str]:
    body = {"token": typed} if typed is not None else None
    method = "GET" if typed is None else "POST"
    sent = dict(headers)
    async with client.request(method, address, data=body, headers=sent, allow_redirects=False) as answer:
        return answer.status, answer.headers, await answer.text()


async def test_a_browser_shows_the_token_once_and_is_known_then(tmp_path: Path) -> None:
    async with _served(tmp_path) as (address, client):
        status, headers, _ = await _asked(client, address, **BROWSER)
        assert (status, headers["Location"]) == (303, "/login")
        status, headers, form = await _asked(client, f"{address}/login", **BROWSER)
        assert (status, headers["Cache-Control"]) == (200, "no-store")
        assert 'method="post"' in form
        status, headers, _ = await _asked(client, f"{address}/login", typed=f" {TOKEN} ")
        assert (status, headers["Location"]) == (303, "/")
        cookie, *terms = headers["Set-Cookie"].split("; ")
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(terms)
        assert TOKEN not in cookie
        status, _, body = await _asked(client, address, Cookie=cookie, **BROWSER)
        assert (status, body) == (200, "of the network")
        assert (await _asked(client, f"{address}/take", typed="x", Cookie=cookie))[0] == 401
        _, headers, _ = await _asked(client, f"{address}/logout", typed="")
        assert headers["Set-Cookie"].startswith(f'{COOKIE}=""; ')
        (tmp_path / "token").write_text("another one\n")
        assert (await _asked(client, address, Cookie=cookie))[0] == 401


async def test_what_is_not_the_token_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_DOUBT_SECONDS", 0.01)
    async with _served(tmp_path) as (address, client):
        for typed in ("", "wrong", TOKEN[:-1], "ä", "x" * 900):
            status, headers, body = await _asked(client, f"{address}/login", typed=typed)
            assert (status, "Set-Cookie" in headers) == (403, False)
            assert "That is not the token." in body
        assert (await _asked(client, f"{address}/login", typed="x" * 9000))[0] == 413
        _, headers, _ = await _asked(client, f"{address}/login", typed=TOKEN)
        name, _, value = headers["Set-Cookie"].split("; ")[0].partition("=")
        ends, _, seal = value.partition(".")
        for forged in ("", ".", f"{int(ends) + 1}.{seal}", f"{ends}.{seal[:-1]}", f"{ends}.", TOKEN, f"٣.{seal}"):
            assert (await _asked(client, address, Cookie=f"{name}={forged}"))[0] == 401
        assert (await _asked(client, f"{address}/?token={TOKEN}"))[0] == 401  # addresses are written down by many


_FORM = b"POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded"
_LONG = b"token=" + b"x" * (1 << 13)


@pytest.mark.parametrize(
    ("begin", "body", "status"),
    [
        (b"GET / HTTP/1.1\r\nAuthorization: Bearer \xff\xfe", b"", 401),
        (b"GET / HTTP/1.1\r\nCookie: backupserv=\xff.\xff", b"", 401),
        (_FORM, b"token=\xff\xfe", 403),
        (_FORM + b"; charset=none", b"token=x", 403),
        (_FORM + b"\r\nContent-Encoding: gzip", b"no gzip", 403),
        (b"POST /login HTTP/1.1\r\nContent-Type: multipart/form-data", b"token=x", 403),
        (_FORM, _LONG, 413),
    ],
)
async def test_bytes_of_a_stranger_are_refused_and_break_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    begin: bytes,
    body: bytes,
    status: int,
) -> None:
    """Nothing of them is an error of ours, which somebody would be woken for; also where a page takes large bodies."""
    monkeypatch.setattr(module, "_DOUBT_SECONDS", 0.01)
    monkeypatch.setattr(sys.modules[__name__], "PAGES", [*PAGES, Page(path="/large", make=_private, most=1 << 20)])
    sized = b"Content-Length: %d\r\n" % len(body)
    async with _served(tmp_path) as (address, _):
        reader, writer = await asyncio.open_connection(*address.removeprefix("http://").split(":"))
        writer.write(begin + b"\r\nHost: x\r\nConnection: close\r\n" + sized + b"\r\n" + body)
        assert int((await reader.readline()).split()[1]) == status
        writer.close()
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_browser_is_known_for_a_week(tmp_path: Path) -> None:
    async with _served(tmp_path) as (address, client):
        _, headers, _ = await _asked(client, f"{address}/login", typed=TOKEN)
        cookie = headers["Set-Cookie"].split("; ")[0]
        ends = int(cookie.partition("=")[2].partition(".")[0])
        assert 0 <= time.time() + 7 * 86400 - ends < 60
    door = module.Entrance(settings(token={"file": str(tmp_path / "token")}).token, secure=False, now=lambda: ends)  # type: ignore[arg-type]  # it has one
    assert not door._is_ours(cookie.partition("=")[2])


async def test_guessing_is_slow_and_harms_nobody_who_knows(tmp_path: Path) -> None:
    """One wrong token after another is answered, at most so many wait, and the right one never does."""
    async with _served(tmp_path) as (address, client):
        wrong = [
            asyncio.create_task(_asked(client, address, Authorization=f"Bearer {number}"))
            for number in range(module._MOST_IN_DOUBT + 5)
        ]
        done, _ = await asyncio.wait(wrong, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        status, _, _ = await _asked(client, address, Authorization=f"Bearer {TOKEN}")
        assert status == 200
        assert {task.result()[0] for task in done} <= {401, 429}
        assert sum(task.done() and task.result()[0] == 401 for task in wrong) <= 2
        for task in wrong:
            task.cancel()
        await asyncio.gather(*wrong, return_exceptions=True)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"Host": "127.0.0.1:8350"}, 200),
        ("/", {"Host": "[::1]:8350"}, 200),
        ("/", {"Host": "localhost"}, 200),
        ("/", {"Host": "rebound.example.org:8350"}, 403),
        ("/healthz", {"Host": "localhost.example.org"}, 403),
        ("/", {"Host": "[::1"}, 403),
        ("/take", {}, 200),
        ("/take", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("/take", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/take", {"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
async def test_another_site_makes_no_browser_ask(path: str, headers: dict[str, str], status: int) -> None:
    """Neither by a name that it lets point to this host, nor by posting."""
    async with _served() as (address, client):
        typed = "x" if path == "/take" else None
        answered, _, body = await _asked(client, f"{address}{path}", typed=typed, **headers)
        assert answered == status
        assert ("of the network" in body) == (status == 200)


async def test_beyond_loopback_nothing_is_readable_on_the_way(tmp_path: Path) -> None:
    """TLS alone is spoken, and the cookie never goes where it is not."""
    make_pair(tmp_path, host="localhost")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "token").chmod(0o600)
    tls = {"certificate": str(tmp_path / "server.pem"), "key": str(tmp_path / "server.key")}
    wanted = settings(token={"file": str(tmp_path / "token")}, **tls)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    async with _running(wanted) as client:
        with pytest.raises(aiohttp.ClientError):
            await _asked(client, f"http://{wanted.listen}/login")
        async with client.post(
            f"https://{wanted.listen}/login", data={"token": TOKEN}, ssl=trusting, allow_redirects=False
        ) as answer:
            assert "Secure" in answer.headers["Set-Cookie"].split("; ")


async def test_with_client_certificates_who_has_none_is_not_heard(tmp_path: Path) -> None:
    """Not a word of HTTP is read; whoever has one needs no token."""
    make_pair(tmp_path, host="localhost")
    make_client(tmp_path, "reader")
    make_client(tmp_path, "stranger")
    wanted = settings(
        certificate=str(tmp_path / "server.pem"),
        key=str(tmp_path / "server.key"),
        client_ca=str(tmp_path / "reader.pem"),
    )
    async with _running(wanted) as client:
        for name, heard in (("reader", True), ("stranger", False), ("", False)):
            shown = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
            if name:
                shown.load_cert_chain(tmp_path / f"{name}.pem", tmp_path / f"{name}.key")
            try:
                async with client.get(f"https://{wanted.listen}/", ssl=shown) as answer:
                    assert (await answer.text(), heard) == ("of the network", True)
            except aiohttp.ClientError:
                assert not heard


async def test_with_a_token_any_name_is_good(tmp_path: Path) -> None:
    """Whoever shows it has a right to be here, whatever the host is called."""
    async with _served(tmp_path) as (address, client):
        shown = {"Authorization": f"Bearer {TOKEN}", "Host": "status.example.org"}
        assert (await _asked(client, address, **shown))[0] == 200
