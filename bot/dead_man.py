"""Dead man's switches: told of each run's begin and end. One for everything, and jobs may have one of their own."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.operations.duty_verbs import Done

if TYPE_CHECKING:
    from bot.notify.ping import Ping

log = logging.getLogger(__name__)


class DeadMan:
    """All of them.

    The switch for everything is told "good" only while the last run of every job was: no hourly success hides a backup
    that fails each night.
    """

    def __init__(self, everything: "Ping | None" = None, own: "Mapping[str, Ping] | None" = None) -> None:
        self._everything = everything
        self._own = dict(own or {})
        self._bad: dict[str, str] = {}  # what came of the last run, by job

    def remember(self, job: str, done: Done) -> None:
        """What came of its last run, also of one before a restart."""
        if done.good:
            self._bad.pop(job, None)
        else:
            self._bad[job] = done.detail

    def begin(self, job: str) -> "Told":
        """A run begins; nobody waits until that was heard."""
        return Told(self, job, [ping for ping in (self._everything, self._own.get(job)) if ping is not None])

    def verdict(self, ping: "Ping", job: str, done: Done) -> tuple[bool, str]:
        """What a switch is told at the end of a run: whether all is good, and why."""
        if ping is not self._everything or not self._bad:
            return done.good, f"{job}: {done.detail}"
        bad = "\n".join(f"{name}: {why}" for name, why in self._bad.items())
        return False, f"{job}: {done.detail}\nthe last run of these failed:\n{bad}"

    async def close(self) -> None:
        """Let go of connections."""
        for ping in (self._everything, *self._own.values()):
            if ping is not None:
                await ping.close()


class Told:
    """One run, as its switches are told of it."""

    def __init__(self, dead_man: DeadMan, job: str, pings: "list[Ping]") -> None:
        self._dead_man = dead_man
        self._job = job
        self._begun = {ping: asyncio.create_task(ping.begin()) for ping in pings}

    async def end(self, done: Done) -> None:
        """It has ended. What is not heard is only logged: silence rings by itself."""
        for ping, begun in self._begun.items():
            good, text = self._dead_man.verdict(ping, self._job, done)
            try:
                answer = await ping.end(await begun, good=good, text=text)
            except Exception:
                log.exception("the dead man's switch was not told of %s", self._job)
                continue
            if answer.kind != "heard":
                log.warning("the dead man's switch was not told of %s: %s", self._job, answer.why)

    def drop(self) -> None:
        """It did not begin after all."""
        for begun in self._begun.values():
            begun.cancel()
