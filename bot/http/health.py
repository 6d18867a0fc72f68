"""`/healthz`: is it worth leaving alone? `/readyz`: can it do its work? For whoever starts programs anew."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.http.page import Answer, Asked, Page

_WORK_SECONDS = 2.0  # in which a thread must take something up
_LATE_SECONDS = 10.0  # by which the loop may have been late


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What is felt of the bot."""

    lag: Callable[[], float]  # seconds by which its loop was late, the worst of the last minute
    work: Callable[[], Awaitable[object]]  # returns as soon as a thread of the engine has taken it up
    hindrances: Callable[[], Awaitable[Sequence[str]]]  # why it cannot do its work, in words that anybody may read


def health_pages(vitals: Vitals) -> tuple[Page, ...]:
    """Both. They are for everybody: nothing private is in them."""
    health = _Health(vitals)
    return (
        Page(path="/healthz", make=health.alive, open=True),
        Page(path="/readyz", make=health.ready, open=True),
    )


class _Health:
    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals
        self._asked: asyncio.Future[object] | None = None

    async def alive(self, asked: Asked) -> Answer:
        """That it answers at all says that the loop goes round; what hangs beside it is asked."""
        del asked
        reasons = []
        if (lag := self._vitals.lag()) > _LATE_SECONDS:
            reasons.append(f"the event loop was held up for {lag:.0f} s")
        if not await self._works():
            reasons.append("all threads are at work, and none takes up anything new")
        return _answer(reasons)

    async def ready(self, asked: Asked) -> Answer:
        """Whatever stands in the way, in words."""
        del asked
        return _answer(await self._vitals.hindrances())

    async def _works(self) -> bool:
        """One question at a time: a hundred that wait would make nothing better."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.ensure_future(self._vitals.work())
        done, _ = await asyncio.wait({self._asked}, timeout=_WORK_SECONDS)
        return bool(done)


def _answer(reasons: Sequence[str]) -> Answer:
    text = "".join(f"{reason}\n" for reason in reasons) or "ok\n"
    return Answer(body=text.encode(), kind="text/plain; charset=utf-8", status=503 if reasons else 200)
