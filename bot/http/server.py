"""The server: who may read, and what goes with every answer. Nothing that it serves is a secret."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from aiohttp import web

from bot.http.body import read_body
from bot.http.entrance import Entrance, must_be_meant
from bot.http.hall import Hall, open_door
from bot.http.page import Answer, Asked, Page
from bot.http.tls import server_context
from bot.http_settings import PORT, HttpSettings
from bot.settings import read_address

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "BackupServ",
}
_WORTH_PACKING = 2_000  # bytes


class HttpServer:
    """A part of the bot: from start to cancellation."""

    def __init__(self, settings: HttpSettings, pages: Sequence[Page]) -> None:
        self._settings = settings
        self._pages = tuple(pages)
        self._entrance = (  # without one: loopback, or a client certificate that was looked at before a word was said
            Entrance(settings.token, secure=settings.certificate is not None) if settings.token is not None else None
        )
        self.up = asyncio.Event()  # it listens

    async def run(self) -> None:
        """Until cancelled.

        Raises:
            OSError: the address is taken or not ours.
            ConfigInvalid: its certificates cannot be used.
        """
        application = web.Application(middlewares=[self._dress])
        for page in self._pages:
            add = application.router.add_post if page.method == "POST" else application.router.add_get
            add(page.path, self._served(page))
        if self._entrance is not None:
            application.router.add_get("/login", self._entrance.show)
            application.router.add_post("/login", self._entrance.enter)
            application.router.add_post("/logout", self._entrance.leave)
        runner = web.AppRunner(application, shutdown_timeout=2)
        await runner.setup()
        try:
            context = server_context(self._settings)
            with open_door(read_address(self._settings.listen, PORT)) as door:
                self.up.set()
                warming = asyncio.gather(*(page.warm() for page in self._pages if page.warm), return_exceptions=True)
                try:
                    await Hall(cast("web.Server", runner.server), context).run(door)
                finally:
                    warming.cancel()
        finally:
            await runner.cleanup()

    def _served(self, page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            if not page.open and self._entrance is not None and not await self._entrance.is_known(request):
                return self._entrance.refuse(request)
            asked = Asked(
                path=request.path,
                query=dict(request.query),
                names=dict(request.match_info),
                body=await read_body(request, page.most) if page.method == "POST" else b"",
            )
            return _response(request, await page.make(asked))

        return serve

    @web.middleware
    async def _dress(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            must_be_meant(request, anybody=self._entrance is None and self._settings.certificate is None)
            response = await handler(request)
        except web.HTTPException as refusal:
            response = web.Response(status=refusal.status, text=f"{refusal.reason}\n")
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response


def _response(request: web.Request, answer: Answer) -> web.Response:
    known = answer.etag and f'"{answer.etag}"' in request.headers.get("If-None-Match", "")
    response = web.Response(status=304) if known else web.Response(body=answer.body, status=answer.status)
    response.headers["Content-Type"] = answer.kind
    kept = f"max-age={answer.max_age}" if answer.max_age else "no-cache" if answer.etag else "no-store"
    response.headers["Cache-Control"] = kept
    if answer.etag:
        response.headers["ETag"] = f'"{answer.etag}"'
    if answer.refresh:
        response.headers["Refresh"] = str(answer.refresh)
    if len(answer.body) > _WORTH_PACKING and not known:  # of an answer without a body there is nothing to pack
        response.enable_compression()
    return response
