"""The door: who shows the token may read. A browser shows it once, and gets a cookie that is not the token."""

import asyncio
import hmac
import ipaddress
import logging
import time
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from bot.http.body import read_body
from bot.http.drawing import draw_page
from core.secrets import Secret

log = logging.getLogger(__name__)

COOKIE = "backupserv"
_LASTS = 7 * 86400  # seconds for which a browser is known
_DOUBT_SECONDS = 0.5  # one wrong token after another is answered so slowly, whoever shows them
_MOST_IN_DOUBT = 20
_LONGEST = 1000  # characters of a token
_MOST = 1 << 12  # bytes of a form with one
_OWN = {"none", "same-origin"}  # what a browser says of a request that nobody else made it send


class Entrance:
    """Over one token. Whoever changes it closes the door to every browser."""

    def __init__(self, token: Secret, *, secure: bool, now: Callable[[], float] = time.time) -> None:
        self._token = token
        self._secure = secure
        self._now = now
        self._one_by_one = asyncio.Lock()
        self._in_doubt = 0

    async def is_known(self, request: web.Request) -> bool:
        """Whether the token is shown, or a cookie that was given for it.

        A cookie counts for reading alone: it comes along with whatever another site posts.
        """
        if shown := request.headers.get("Authorization", ""):
            return await self._is_right(shown.removeprefix("Bearer "))
        return request.method in {"GET", "HEAD"} and self._is_ours(request.cookies.get(COOKIE, ""))

    @staticmethod
    def refuse(request: web.Request) -> web.Response:
        """People are led to the form; programs are told what they need."""
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return web.Response(status=303, headers={"Location": "/login"})
        return web.Response(status=401, text="a token is needed\n", headers={"WWW-Authenticate": "Bearer"})

    async def show(self, request: web.Request) -> web.Response:
        """The form."""
        del request
        return _form(wrong=False)

    async def enter(self, request: web.Request) -> web.Response:
        """What was typed into it."""
        form = parse_qs((await read_body(request, _MOST)).decode(errors="replace"))
        if not await self._is_right(form.get("token", [""])[0].strip()):
            return _form(wrong=True)
        response = web.Response(status=303, headers={"Location": "/"})
        ends = str(int(self._now()) + _LASTS)
        self._give(response, f"{ends}.{self._seal(ends)}", _LASTS)
        return response

    async def leave(self, request: web.Request) -> web.Response:
        """This browser is known no more."""
        del request
        response = web.Response(status=303, headers={"Location": "/login"})
        self._give(response, "", 0)
        return response

    def _give(self, response: web.Response, value: str, lasts: int) -> None:
        response.set_cookie(
            COOKIE, value, max_age=lasts, path="/", httponly=True, samesite="Strict", secure=self._secure
        )

    def _is_ours(self, cookie: str) -> bool:
        ends, _, seal = cookie.partition(".")
        if not cookie.isascii() or not hmac.compare_digest(seal, self._seal(ends)):
            return False
        return self._now() < int(ends)

    def _seal(self, ends: str) -> str:
        return hmac.new(self._token.reveal().encode(), f"status page until {ends}".encode(), sha256).hexdigest()

    async def _is_right(self, shown: str) -> bool:
        """Guessing is slow, and harms nobody who knows."""
        # Bytes that are no UTF-8 stand in a header as lone surrogates, which no token holds.
        said, right = (text.encode(errors="surrogatepass") for text in (shown, self._token.reveal()))
        if len(shown) <= _LONGEST and hmac.compare_digest(said, right):
            return True
        if self._in_doubt >= _MOST_IN_DOUBT:
            raise web.HTTPTooManyRequests
        self._in_doubt += 1
        try:
            async with self._one_by_one:
                await asyncio.sleep(_DOUBT_SECONDS)
        finally:
            self._in_doubt -= 1
        log.warning("somebody showed a wrong token to the status page")
        return False


def _form(*, wrong: bool) -> web.Response:
    body = draw_page("login.html", wrong=wrong)
    return web.Response(
        body=body,
        status=403 if wrong else 200,
        content_type="text/html",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


def must_be_meant(request: web.Request, *, anybody: bool) -> None:
    """Refuse what another site made a browser ask. `anybody`: nothing else keeps strangers out.

    Such a site posts; or it lets a name of its own point to this host, and reads what is here as if it were its own.

    Raises:
        HTTPForbidden: it was not meant.
    """
    if request.method not in {"GET", "HEAD"} and request.headers.get("Sec-Fetch-Site", "none") not in _OWN:
        raise web.HTTPForbidden(reason="this was sent by another site")
    if anybody and not _is_this_host(request.host):
        raise web.HTTPForbidden(reason="without a token this is served at its address alone, such as 127.0.0.1")


def _is_this_host(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ipaddress.ip_address(name))
    except ValueError:
        return False
