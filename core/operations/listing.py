"""What a repository holds, listed beside: whoever asks waits a moment, and gets what is known otherwise."""

import logging
import threading
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.errors import BackupServError
from core.domain.snapshot import Snapshot
from core.ports import Clock
from core.repository.repository import Repository

log = logging.getLogger(__name__)

_SOONEST = 60.0  # seconds between two listings
_SOONEST_AFTER_NEWS = 2.0
_SHARE = 100  # a listing that took a second is not repeated for so many; a tenth of that where there is news
_SELDOM = 6 * 3600.0  # however long it took: one that hung for a night says nothing of the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What was found the last time that it could be read, and whether the last try could."""

    snapshots: tuple[Snapshot, ...] = ()
    problems: int = 0
    at: datetime | None = None
    readable: bool = True


class Listing:
    """Of one repository that nobody else uses. A far bucket is not listed at each question."""

    def __init__(self, repository: Repository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self._found = Listed()
        self._news: object = None
        self._ended_at = self._took = 0.0
        self._thread: threading.Thread | None = None
        self._begun_at = 0.0

    def look(self, news: object, *, wait: float) -> Listed:
        """At most `wait` seconds of patience. `news` differs from the last time where this host stored something."""
        if self._is_at_work() is None and self._is_due(news):
            self._news, self._begun_at = news, self._clock.monotonic()
            self._thread = threading.Thread(target=self._list, name="listing", daemon=True)
            self._thread.start()
        if (thread := self._is_at_work()) is not None:
            thread.join(wait)
        if self._is_at_work() is not None and self._clock.monotonic() - self._begun_at > _SOONEST:
            return replace(self._found, readable=False)  # whoever is still trying has no answer
        return self._found

    def _is_at_work(self) -> threading.Thread | None:
        return self._thread if self._thread is not None and self._thread.is_alive() else None

    def _is_due(self, news: object) -> bool:
        if self._thread is None:
            return True
        since, share = self._clock.monotonic() - self._ended_at, min(_SELDOM, _SHARE * self._took)
        if not self._found.readable:
            return since >= max(_SOONEST, min(_SELDOM, self._took))
        if news != self._news:
            return since >= max(_SOONEST_AFTER_NEWS, share / 10)
        return since >= max(_SOONEST, share)

    def _list(self) -> None:
        try:
            snapshots = self._repository.snapshots()
        except BackupServError as error:
            log.debug("the repository cannot be listed: %s", error)
            self._found = replace(self._found, readable=False)
        except Exception:
            log.exception("the repository cannot be listed, and nobody foresaw why")
            self._found = replace(self._found, readable=False)
        else:
            self._found = self._read(snapshots)
        finally:
            self._ended_at = self._clock.monotonic()
            self._took = self._ended_at - self._begun_at

    def _read(self, snapshots: tuple[Snapshot, ...]) -> Listed:
        """A folder whose disk is not mounted is as empty as a new one, but this host has stored something in it."""
        heads = self._repository.heads
        if not snapshots and heads is not None and heads.known(self._repository.name):
            return replace(self._found, readable=False)
        return Listed(snapshots=snapshots, problems=len(self._repository.problems), at=self._clock.now())
