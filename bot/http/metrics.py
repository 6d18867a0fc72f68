"""`/metrics`: for Prometheus."""

from collections.abc import Awaitable, Callable

from bot.http.page import Answer, Asked, Page

_KIND = "text/plain; version=0.0.4; charset=utf-8"


def metrics_page(text: Callable[[], Awaitable[bytes | None]]) -> Page:
    """`text`: the figures of now; None where there are none yet."""

    async def make(asked: Asked) -> Answer:
        del asked
        found = await text()
        if found is None:
            return Answer(body=b"nothing could be gathered yet\n", kind="text/plain; charset=utf-8", status=503)
        return Answer(body=found, kind=_KIND)

    return Page(path="/metrics", make=make)
