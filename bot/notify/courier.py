"""Carries what waits in the outbox to its places: each in its own order, however long one of them is away."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from bot.notify.alertmanager import AlertmanagerNotifier
from bot.notify.answer import Answer, Notifier
from core.domain.errors import BackupServError
from core.domain.notice import Trouble
from core.notices.notices import Notices
from core.notices.outbox import Delivery

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOK_SECONDS = 5.0  # others may put something into the outbox: a command line, a cron job
_TICK_SECONDS = 10.0
_LONGEST = timedelta(minutes=10)  # between two attempts
_LATE = timedelta(minutes=10)  # away for so long, the others are told
_UNUSABLE_SECONDS = 30.0  # after a file that cannot be used


def pause(attempts: int, answer: Answer) -> timedelta:
    """How long to wait before the next attempt: as long as was asked for, or twice as long as the last time."""
    if answer.after:
        return timedelta(seconds=answer.after)
    seconds = min(2.0 ** min(attempts + 1, 20), _LONGEST.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 — chance, no secret


class Courier:
    """One task for each place, and one that looks at what ends and what goes on."""

    def __init__(self, notices: Notices, notifiers: Sequence[Notifier], now: Callable[[], datetime]) -> None:
        self._notices = notices
        self._notifiers = tuple(notifiers)
        self._now = now
        self._more = {notifier.name: asyncio.Event() for notifier in notifiers}
        # Its own: names that are looked up for long take all of the loop's threads. One, since it is one file.
        self._thread = ThreadPoolExecutor(1, "outbox")
        self._final: dict[str, tuple[int, Answer]] = {}  # what came of a delivery, while that cannot be noted

    async def _do(self, work: Callable[[], T]) -> T:
        """What waits for a disk, off the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def wake(self) -> None:
        """Something was put into the outbox, or a place can be reached again."""
        for event in self._more.values():
            event.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._repeat(self._tick, _TICK_SECONDS))
                for notifier in self._notifiers:
                    tasks.create_task(self._serve(notifier))
                    if isinstance(notifier, AlertmanagerNotifier):
                        again = notifier.again.total_seconds()
                        tasks.create_task(self._repeat(partial(self._tell_again, notifier), again))
        finally:
            for notifier in self._notifiers:
                await notifier.close()

    async def _serve(self, notifier: Notifier) -> None:
        more = self._more[notifier.name]
        while True:
            more.clear()
            try:
                found = await self._do(partial(self._notices.outbox.next, notifier.name))
                if isinstance(found, Delivery):
                    await self._carry(found, notifier)
                    continue
                wait = _LOOK_SECONDS if found is None else min((found - self._now()).total_seconds(), _LOOK_SECONDS)
            except BackupServError as error:
                log.error("%s", error)  # noqa: TRY400 — a sentence for an operator, not a traceback
                wait = _UNUSABLE_SECONDS
            # Not wait_for(): before Python 3.12 it swallows a cancellation that comes with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(wait, 0.01)):
                    await more.wait()

    async def _carry(self, delivery: Delivery, notifier: Notifier) -> None:
        number, answer = self._final.get(notifier.name, (0, None))
        if answer is None or number != delivery.number:
            answer = await self._sent(delivery, notifier)
        if answer.kind != "later":  # with a full disk it stays the first, and must not be said again and again
            self._final[notifier.name] = delivery.number, answer
        await self._do(partial(self._settle, delivery, answer))
        self._final.pop(notifier.name, None)
        if answer.kind != "heard":
            log.warning("%s did not take a notice: %s", notifier.name, answer.why)
        if answer.kind in {"gone", "refused"}:
            self.wake()

    @staticmethod
    async def _sent(delivery: Delivery, notifier: Notifier) -> Answer:
        """A way that fails in a manner that nobody foresaw stops no other."""
        try:
            return await notifier.send(delivery.notice)
        except Exception:
            log.exception("telling %s failed in a way that nobody foresaw", notifier.name)
            return Answer(kind="later", why="an internal error (see the log)")

    def _settle(self, delivery: Delivery, answer: Answer) -> None:
        outbox, cause = self._notices.outbox, f"notify/{delivery.target}"
        if answer.kind == "heard":
            outbox.delivered(delivery)
            if answer.why:
                self._complain(cause, delivery.target, f"does not reach everybody: {answer.why}")
            else:
                self._notices.well(cause)
        elif answer.kind == "later":
            again_in = pause(delivery.attempts, answer)
            outbox.failed(delivery, answer.why, again_in)
            if self._now() - delivery.notice.at >= _LATE and delivery.attempts:
                self._complain(cause, delivery.target, f"has not been reached for a while: {answer.why}")
            elif again_in > _LATE:
                self._complain(cause, delivery.target, f"takes nothing for now: {answer.why}")
        elif answer.kind == "refused":
            outbox.refused(delivery, answer.why)
            self._complain(cause, delivery.target, f"refuses what it is told: {answer.why}")
        else:
            dropped = outbox.disable(delivery.target, answer.why)
            self._complain(cause, delivery.target, f"is told nothing any more: {answer.why} ({dropped} were dropped)")

    def _complain(self, cause: str, target: str, what: str) -> None:
        """To the others: where it does not arrive, it waits until it does."""
        title, suggestion = f"{target} {what}", "!test alerts"
        self._notices.trouble(Trouble(cause=cause, gravity="error", title=title, suggestion=suggestion))

    async def _tick(self) -> None:
        await self._do(self._notices.tick)
        self.wake()

    async def _tell_again(self, notifier: AlertmanagerNotifier) -> None:
        incidents = await self._do(self._notices.incidents)
        answer = await notifier.tell_again(incidents, self._now())
        if answer.kind != "heard":
            log.warning("%s was not told again: %s", notifier.name, answer.why)

    @staticmethod
    async def _repeat(work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except BackupServError as error:
                log.error("%s", error)  # noqa: TRY400 — a sentence for an operator, not a traceback
