"""A dead man's switch: it is told that a run began, and how it ended. Its silence rings, not we."""

import asyncio
import uuid

from bot.notify.answer import Answer
from bot.notify.post import Post
from bot.notify_settings import PingSettings
from core.domain.public import public

_TRIES, _PAUSE = 3, 2.0  # it must never hold up what it watches
_BODY = 9000  # bytes; what is kept of more is its end


class Ping:
    """One check. A run that cannot be told goes on all the same."""

    def __init__(self, settings: PingSettings) -> None:
        self._post = Post(settings.url, timeout_seconds=settings.timeout_seconds)

    async def begin(self) -> str:
        """A run begins; returns its id."""
        run = str(uuid.uuid4())
        await self._tell("/start", run, "")
        return run

    async def end(self, run: str, *, good: bool, text: str = "") -> Answer:
        """It has ended."""
        return await self._tell("" if good else "/fail", run, text)

    async def close(self) -> None:
        """Let go of connections."""
        await self._post.close()

    async def _tell(self, path: str, run: str, text: str) -> Answer:
        answer, end = Answer(kind="later"), public(text).encode("utf-8", "replace")[-_BODY:].decode("utf-8", "ignore")
        for attempt in range(_TRIES):
            if attempt:
                await asyncio.sleep(_PAUSE)
            answer = await self._post.send(end, path=path, query={"rid": run})
            if answer.kind != "later":
                break
        return answer
