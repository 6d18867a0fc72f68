"""`/healthz`: the loop goes round, and nothing more is meant by it."""

from bot.http.page import Answer, Asked, Page


async def _alive(asked: Asked) -> Answer:
    del asked
    return Answer(body=b"ok\n", kind="text/plain; charset=utf-8")


HEALTHZ = Page(path="/healthz", make=_alive, open=True)
