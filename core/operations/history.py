"""All snapshots of a source: its own, and those that were imported beside it from before BackupServ.

Imported snapshots live under a source name of their own, `NAME.imported`: sequence numbers are given in the order of
adding, so a copy of last year that is added today would otherwise be the "latest" (docs/decisions, "imported apart").
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby

from core.domain.errors import SnapshotNotFound
from core.domain.moment import parse_moment, show
from core.domain.snapshot import Snapshot
from core.operations.looks import Looks
from core.ports import Clock
from core.repository.repository import Repository

IMPORTED_TREES = ("ssl", "config")  # whose archives are adopted, whatever sources are configured
_SUFFIX = ".imported"
_HOLE = timedelta(days=2)  # for which the snapshot before it does not speak: one a day is the least that is configured


def imported_name(source: str) -> str:
    """The source name under which imported snapshots of `source` lie."""
    return f"{source}{_SUFFIX}"


def is_imported(source: str) -> bool:
    """Whether snapshots under that name came from before BackupServ."""
    return source.endswith(_SUFFIX)


def snapshot_of(
    reference: str, source: str, repository: Repository, *, clock: Clock, looks: Looks | None = None
) -> Snapshot:
    """The snapshot that is meant: an id, a time (what was in force then), or "latest".

    The latest is never an imported one, unless `source` is the name of these. `looks` knows since when the newest is
    the whole truth.

    Raises:
        SnapshotNotFound: there is none, or none that speaks for that time; near ones are named.
        TimeUnclear: it is a time, and not clear which.
    """
    moment = parse_moment(reference, clock.now())
    if is_imported(source):
        return _imported_of(reference, moment, source, repository)
    if moment is not None:
        found = _at(moment, source, repository)
        if _is_hole(moment, found, looks):
            raise _nothing_saved(moment, found, history(repository, source))
        return found
    try:
        return repository.find(reference, source=source)
    except SnapshotNotFound:
        wanted = reference.lower()
        known = next((item for item in _imported(repository, source) if wanted in {item.id.lower(), item.tail}), None)
        if known is None:
            raise
        return known


def _imported_of(reference: str, moment: datetime | None, source: str, repository: Repository) -> Snapshot:
    """Of a source whose order is the times alone; here "latest" is the newest of them."""
    there = _by_time(repository.snapshots(source))
    if moment is None:
        return there[-1] if there and reference.lower() == "latest" else repository.find(reference, source=source)
    by_then = [item for item in there if item.taken_at <= moment]
    return by_then[-1] if by_then else repository.at(moment, source=source)


def _at(moment: datetime, source: str, repository: Repository) -> Snapshot:
    older = _imported(repository, source)
    by_then = [item for item in older if item.taken_at <= moment]
    try:
        own = repository.at(moment, source=source)
    except SnapshotNotFound as error:
        if by_then:
            return by_then[-1]
        if not older:
            raise
        raise SnapshotNotFound(
            error.message, hint=f"the first is {older[0].tail} of {show(older[0].taken_at)}, which was imported"
        ) from None
    return max((own, *by_then[-1:]), key=lambda item: item.taken_at)


def _is_hole(moment: datetime, found: Snapshot, looks: Looks | None) -> bool:
    """A snapshot says little of what was days after it, unless the source was seen to be unchanged."""
    if moment - found.taken_at <= _HOLE:
        return False
    seen = looks.unchanged_at(found.source, found.id) if looks is not None else None
    return seen is None or moment - seen > _HOLE


def _nothing_saved(moment: datetime, found: Snapshot, there: Sequence[Snapshot]) -> SnapshotNotFound:
    later = next((item for item in there if item.taken_at > moment), None)
    after = f"the next is {later.tail} of {show(later.taken_at)}" if later is not None else "there is none after it"
    return SnapshotNotFound(
        f"nothing was saved in the {_HOLE.days} days before {show(moment)}",
        hint=f"the last before is {found.tail} of {show(found.taken_at)}, {after}: write the id of the one you mean",
    )


def history(repository: Repository, source: str) -> tuple[Snapshot, ...]:
    """Own and imported snapshots, oldest first. `repository.problems` tells what could not be read of either."""
    own = repository.snapshots(source)
    problems = repository.problems
    older = _imported(repository, source)
    repository.problems = (*problems, *repository.problems)
    return tuple(merge(older, own, key=lambda item: item.taken_at))


def in_order(snapshots: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """Those of all sources, oldest first; within a source that was backed up here its own order holds."""
    sources = [tuple(group) for _, group in groupby(snapshots, key=lambda item: item.source)]
    ordered = (_by_time(group) if is_imported(group[0].source) else group for group in sources)
    return tuple(merge(*ordered, key=lambda item: item.taken_at))


def _imported(repository: Repository, source: str) -> tuple[Snapshot, ...]:
    return _by_time(repository.snapshots(imported_name(source)))


def _by_time(snapshots: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """An older folder may have been imported after a newer one: among these only times tell."""
    return tuple(sorted(snapshots, key=lambda item: (item.taken_at, item.sequence)))
