"""Every save of a database becomes a snapshot, as soon as it is there; also what was saved while the bot was down."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from bot.chat.worker import Worker
from bot.folders import watch_folders
from bot.saves_settings import SavesSettings
from core.domain.errors import BackupServError, LockHeld, StorageFull, StorageUnavailable
from core.formats.sqlite import is_sqlite
from core.operations.engine import Engine
from core.operations.last_save import Mark, mark
from core.operations.set_aside import SetAside
from core.operations.site import Site

log = logging.getLogger(__name__)

_AGAIN = 60.0  # seconds after which what could not be taken is tried again, as it lies
_AFTER_FAILURE = 5.0  # and another save after one that could not be taken
_PATIENCE = 10.0  # seconds for which one is waited for before the others have their turn
_BETWEEN = 1.0  # between two of one database: who else waits for the lock comes in


class Quiet:
    """Nobody looks on."""

    def step(self, text: str) -> None:
        """Into the log."""
        log.debug("%s", text)


@dataclass(slots=True, kw_only=True)
class Follower:
    """What of one database was taken, and when it is the next one's turn."""

    calm_seconds: float  # between two of a database that is written in place
    in_place: bool = False  # SQLite: each transaction is a change, and none of them a save
    taken: Mark | None = None
    tried: Mark | None = None
    tried_at: float = 0.0  # on the monotonic clock
    aside: Mark | None = None  # what was set aside last

    def is_due(self, seen: Mark | None, now: float) -> bool:
        """Whether what is seen is to be taken now."""
        if seen is None or seen == self.taken:
            return False
        return self.tried is None or now >= self.tried_at + self._pause(seen)

    def _pause(self, seen: Mark) -> float:
        if self.taken == self.tried:
            return self.calm_seconds if self.in_place else _BETWEEN
        return _AGAIN if seen == self.tried else _AFTER_FAILURE

    def took(self, seen: Mark, now: float, *, in_place: bool) -> None:
        """It is a snapshot, or nothing had changed."""
        self.taken = self.tried = seen
        self.tried_at, self.in_place = now, in_place

    def may_set_aside(self, seen: Mark) -> bool:
        """Whether it is a save that nobody else keeps. SQLite is never opened while somebody may be at work on it."""
        return self.taken is not None and not self.in_place and seen not in {self.taken, self.aside}

    def failed(self, seen: Mark, now: float) -> None:
        """It could not be taken: it is left alone for a while, unless another one comes."""
        self.tried, self.tried_at = seen, now


class Saves:
    """A part of the bot."""

    def __init__(self, worker: Worker, settings: SavesSettings) -> None:
        self._worker = worker
        self._settings = settings
        self._at_work: dict[str, asyncio.Task[None]] = {}  # by database: what takes long
        self._followers = [(site, Follower(calm_seconds=settings.calm_seconds)) for site in worker.engine.sites]

    async def run(self) -> None:
        """Until cancelled."""
        folders = [site.database.parent for site, _ in self._followers]
        await watch_folders(folders, self._look, every_seconds=self._settings.every_seconds)

    async def _look(self) -> None:
        """Where a storage lets one of them wait for long, the others have their turn, and what it saves is kept."""
        for site, follower in self._followers:
            work = self._at_work.pop(site.name, None)
            if work is None:
                work = asyncio.create_task(self._worker.do(partial(_follow, site=site, follower=follower)))
                await asyncio.wait({work}, timeout=_PATIENCE)
            elif not work.done():
                await self._worker.do(partial(_keep, site=site, follower=follower))
            if work.done():
                work.result()  # what it died of rises
            else:
                self._at_work[site.name] = work


def _follow(engine: Engine, *, site: Site, follower: Follower) -> None:
    """Take what is new of one database. Why it cannot be taken is told by the backup itself."""
    seen = mark(site.database)
    if seen is None or not follower.is_due(seen, engine.clock.monotonic()):
        return
    reason = "saved by services" if site.is_services else "changed"
    try:
        (report,) = engine.back_up(reason=reason, progress=Quiet(), only=[site.name], ask=False)
    except LockHeld as error:
        log.debug("%s waits: %s", site.name, error)
        _set_aside(engine, site, seen, follower)
    except BackupServError as error:
        follower.failed(seen, engine.clock.monotonic())
        log.warning("%s: a save was not taken: %s", site.name, error)
        if isinstance(error, StorageFull | StorageUnavailable):
            _set_aside(engine, site, seen, follower)
    else:
        follower.took(seen, engine.clock.monotonic(), in_place=is_sqlite(report.content or b""))
        if report.is_new:
            log.info("%s: a save is snapshot %s", site.name, report.snapshot.tail)


def _keep(engine: Engine, *, site: Site, follower: Follower) -> None:
    """What lies there while a run of ours takes long."""
    seen = mark(site.database)
    if seen is not None:
        _set_aside(engine, site, seen, follower)


def _set_aside(engine: Engine, site: Site, seen: Mark, follower: Follower) -> None:
    """Another run, or an outage of the storage, may last: what is saved meanwhile is kept, before it is replaced."""
    if not follower.may_set_aside(seen):
        return
    try:
        SetAside(engine.state_dir).keep(site)
    except BackupServError as error:
        log.warning("a save of %s waits, and is not kept meanwhile: %s", site.name, error)
    follower.aside = seen
