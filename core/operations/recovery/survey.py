"""What the storages hold for this host, and for which hosts they hold anything: the first look in the worst night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from core.domain.errors import BackupServError, SnapshotNotFound
from core.domain.moment import ago
from core.ports import Storage
from core.repository.repository import Repository

_LOOKED_AT = 200_000  # objects of a storage, for the names of hosts
_NAMED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One storage."""

    storage: str
    snapshots: int = 0
    sources: tuple[str, ...] = ()
    newest_at: datetime | None = None
    problem: str = ""  # why nothing can be said

    def told(self, now: datetime) -> str:
        """In one line."""
        if self.problem:
            return f"{self.storage}: CANNOT BE READ: {self.problem}"
        if self.newest_at is None:
            return f"{self.storage}: no snapshot of this host"
        age = ago((now - self.newest_at).total_seconds())
        return f"{self.storage}: {self.snapshots:,} snapshots of {', '.join(self.sources)}, the newest {age} old"


def survey(places: Sequence[Repository]) -> tuple[Holding, ...]:
    """What each of them holds. One that does not answer keeps nobody from asking the others."""
    return tuple(map(_holding, places))


def _holding(place: Repository) -> Holding:
    try:
        there = place.snapshots()
    except BackupServError as error:
        return Holding(storage=place.name, problem=str(error))
    return Holding(
        storage=place.name,
        snapshots=len(there),
        sources=tuple(dict.fromkeys(item.source for item in there)),
        newest_at=max((item.taken_at for item in there if not item.held), default=None),
    )


def choose_place(places: Sequence[Repository], wanted: str | None) -> Repository:
    """The storage that is named, or the first that has snapshots of this host.

    Raises:
        SnapshotNotFound: none has; says of which hosts there are any, or what could not be read.
    """
    if wanted is not None and wanted not in {place.name for place in places}:
        raise SnapshotNotFound(
            f"there is no storage {wanted}", hint=f"there are: {', '.join(place.name for place in places)}"
        )
    candidates = [place for place in places if wanted in {None, place.name}]
    found = survey(candidates)
    for place, holding in zip(candidates, found, strict=True):
        if holding.snapshots:
            return place
    unread = "; ".join(f"{one.storage}: {one.problem}" for one in found if one.problem)
    network, _, host = places[0].root.partition("/")
    raise SnapshotNotFound(
        f"there is no snapshot of host {host} of {network}{' in what can be read' if unread else ''}",
        hint=" · ".join(filter(None, (_others(candidates, network, host), unread)))
        or "is it the right storage, and the right folder in it?",
    )


def _others(places: Sequence[Repository], network: str, host: str) -> str:
    """Which hosts there are snapshots of: the machine may have another name now."""
    found = dict.fromkeys(root for place in places for root in _roots(place.storage))
    hosts = [there for name, there in found if name == network and there != host]
    if hosts:
        return f"there are snapshots of {', '.join(hosts[:_NAMED])}: --host {hosts[0]}, or network.host"
    others = [f"{name}/{there}" for name, there in found if name != network]
    return (
        f"there are snapshots of {', '.join(others[:_NAMED])}: network.name and network.host say which"
        if others
        else ""
    )


def _roots(storage: Storage) -> list[tuple[str, str]]:
    """Network and host of everything in it that has manifests."""
    found: dict[tuple[str, str], None] = {}
    try:
        for item in islice(storage.list(), _LOOKED_AT):
            network, _, rest = item.key.partition("/")
            host, _, below = rest.partition("/")
            if below.startswith("manifests/"):
                found[network, host] = None
    except BackupServError:  # it is told elsewhere that this one cannot be read
        return list(found)
    return list(found)
