"""A lock that runs out: the newest copy in a bucket that anybody with its keys could delete soon."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, runtime_checkable

from core.domain.errors import ObjectDamaged, ObjectNotFound
from core.domain.moment import show
from core.domain.notice import Trouble
from core.domain.snapshot import Snapshot
from core.guards.guard import each
from core.repository.repository import Repository

_LONGEST = timedelta(days=3)  # before its end it is told


@runtime_checkable
class Locking(Protocol):
    """A storage that locks what it stores."""

    def locked_until(self, key: str) -> datetime | None:
        """Until when nobody can delete an object; None where nothing keeps it. A legal hold ends in the year 9999.

        Raises:
            ObjectNotFound: there is none.
            StorageUnavailable: it cannot be told.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPlace:
    """A storage that locks what it stores, for so long. What lies there is told by this host: it is asked for locks."""

    name: str
    repository: Repository  # the one that is copied there, or lies there
    reached: Callable[[], Mapping[str, int]] | None  # of a copy: up to which number of each source it has all
    storage: Locking
    lasts: timedelta

    @property
    def margin(self) -> timedelta:
        """How long before its end a lock is told of: a week's full snapshot may be older than a day's lock lasts."""
        return min(_LONGEST, self.lasts / 10)


def look_at_locks(places: Iterable[LockedPlace], now: Callable[[], datetime]) -> Iterator[Trouble]:
    """The newest snapshot of each source with all that it rests on, where one of its locks ends soon or has ended."""
    yield from each(partial(_look_at, one, now) for one in places)


def _look_at(one: LockedPlace, now: Callable[[], datetime]) -> Iterator[Trouble]:
    newest: dict[str, Snapshot] = {}
    reached = one.reached() if one.reached is not None else None
    for snapshot in one.repository.snapshots():
        if not snapshot.held and (reached is None or snapshot.sequence <= reached.get(snapshot.source, 0)):
            newest[snapshot.source] = snapshot
    for source, snapshot in newest.items():
        ends = _ends(one, snapshot)
        if ends is None or ends - now() < one.margin:
            yield _trouble(one.name, source, snapshot, ends)


def _ends(one: LockedPlace, snapshot: Snapshot) -> datetime | None:
    """When the first of its locks ends; None where one is not there at all."""
    try:
        pieces = [piece for step in one.repository.chain(snapshot) for piece in step.pieces]
        found = [one.storage.locked_until(piece.key) for piece in pieces]
    except (ObjectDamaged, ObjectNotFound):
        return None
    known = [until for until in found if until is not None]
    return min(known) if len(known) == len(found) else None


def _trouble(name: str, source: str, snapshot: Snapshot, ends: datetime | None) -> Trouble:
    what = f"the newest snapshot of {source} on {name}, {snapshot.tail}, with what it rests on,"
    return Trouble(
        cause=f"locks/{name}/{source}",
        gravity="warning" if ends is not None else "error",
        title=f"{what} is locked only until {show(ends)}" if ends is not None else f"{what} is not locked",
        detail="Whoever has the keys to the bucket can delete it then. A new full snapshot is locked anew.",
        suggestion=f"!backup now {source} full",
    )
