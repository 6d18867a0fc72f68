"""All ways to people, put together: what waits in the outbox is carried to each, and each can be tried."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.notify.answer import Answer, Notifier
from bot.notify.courier import Courier
from core.domain.errors import BackupServError
from core.domain.notice import Notice, Trouble
from core.operations.teller import Teller

_WORDS = {"heard": "ok", "later": "NOT NOW", "refused": "REFUSED", "gone": "GONE"}


class Telling:
    """The outbox of the engine, and who empties it."""

    def __init__(self, teller: Teller, notifiers: Sequence[Notifier], now: Callable[[], datetime]) -> None:
        self._teller = teller
        self._notifiers = tuple(notifiers)
        self._now = now
        self._courier = Courier(teller.notices, notifiers, now)

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        self._teller.was_told = lambda: loop.call_soon_threadsafe(self.wake)
        await self._courier.run()

    def wake(self) -> None:
        """There may be something to carry, or a place can be reached again."""
        self._courier.wake()

    async def away(self, minutes: float) -> None:
        """We have not been on IRC for that long: the other ways are for this."""
        title = f"BackupServ has not been on IRC for {minutes:.0f} minutes, whatever was tried"
        trouble = Trouble(cause="irc", gravity="error", title=title, suggestion="backupserv irc-check")
        await asyncio.to_thread(self._teller.notices.trouble, trouble)
        self.wake()

    async def back(self) -> None:
        """We are in the channel."""
        await asyncio.to_thread(self._teller.notices.well, "irc")
        self.wake()

    async def part(self, name: str, why: str) -> None:
        """A part of the bot died and is begun again, or ("") is well again."""
        if not why:
            await asyncio.to_thread(self._teller.notices.well, f"part/{name}")
            return
        title = f"a part of BackupServ died and is begun again: {name} ({why})"
        trouble = Trouble(cause=f"part/{name}", gravity="error", title=title, detail="The log has the rest.")
        await asyncio.to_thread(self._teller.notices.trouble, trouble)
        self.wake()

    async def test(self, by: str) -> list[str]:
        """Tell every place something now, past the outbox, and say what came of each.

        A place that had gone, and takes it, is told everything again from now on.
        """
        notice = Notice(
            id=uuid.uuid4().hex,
            cause="test",
            state="told",
            gravity="info",
            title=f"a test of this place, asked for by {by}: nothing has happened",
            at=self._now(),
        )
        return list(await asyncio.gather(*(self._try(one, notice) for one in self._notifiers)))

    async def test_once(self, by: str) -> list[str]:
        """The same where nothing is carried afterwards."""
        try:
            return await self.test(by)
        finally:
            for notifier in self._notifiers:
                await notifier.close()

    async def _try(self, notifier: Notifier, notice: Notice) -> str:
        started = asyncio.get_running_loop().time()
        try:
            answer = await notifier.send(notice)
        except Exception as error:  # a test tells what it found, whatever it was
            answer = Answer(kind="later", why=type(error).__name__)
        seconds = asyncio.get_running_loop().time() - started
        if answer.kind == "heard":
            await asyncio.to_thread(self._enable, notifier.name)
        return f"{notifier.name}: {_WORDS[answer.kind]}{f' ({answer.why})' if answer.why else ''} in {seconds:.1f}s"

    def _enable(self, name: str) -> None:
        try:
            self._teller.notices.outbox.enable(name)
            self._teller.notices.well(f"notify/{name}")
        except BackupServError:
            return  # what cannot be noted now is noted at the next success
