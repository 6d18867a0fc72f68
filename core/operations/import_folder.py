"""Adopt the backups of another tool as snapshots, the oldest first. Cut short anywhere, it goes on where it was."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from core.domain.errors import ArchiveRefused, IdentityMissing, SourceDamaged, SourceUnreadable
from core.domain.snapshot import Snapshot
from core.operations.backup import distrusted, note_written
from core.operations.foreign_file import opened
from core.operations.foreign_tree import content_key, reason_of, unpacked
from core.operations.import_plan import DATABASES, ImportPlan, Item
from core.operations.plan_import import Reading, read_database
from core.ports import Capture, Clock, Journal, Progress
from core.registrations.words import clipped
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.repository.tree_writing import TreeWriting
from core.repository.writing import DeltaPolicy

_ROOM = 120  # bytes of a name in a reason
_ITS_FAULT = (ArchiveRefused, IdentityMissing, SourceDamaged, SourceUnreadable)  # of one file: the others go on


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of it."""

    snapshots: tuple[Snapshot, ...]
    left_out: tuple[Item, ...]  # all that stayed out
    failed: tuple[Item, ...]  # of these, what could be read when it was planned, and not when it was its turn


def import_folder(
    plan: ImportPlan,
    reading: Reading,
    *,
    repository: Repository,
    ledger: Ledger,
    journal: Journal,
    clock: Clock,
    work: Path,
    by: str,
    progress: Progress,
) -> ImportReport:
    """Carry out the plan. Each snapshot counts as soon as it is made, whatever comes after it.

    `work` is a private folder on this host, for what is too large for memory.

    Raises:
        StorageFull, StorageUnavailable: those before it are adopted; the next run goes on with the rest.
    """
    made, left = [], []
    repository.unnoted.clear()
    shelves = {name: _shelf(name, repository, ledger) for name in plan.names}
    sources = ", ".join(plan.names)
    adopting = _Adopting(reading=reading, repository=repository, work=work, progress=progress)
    journal.record("import begins", folder=str(plan.folder), source=sources, files=len(plan.adopted), by=by)
    for number, item in enumerate(plan.adopted, 1):
        shelf = shelves[plan.name_of(item)]
        if item.made_at is None or (item.made_at, item.digest) in shelf.known:
            continue  # another run was here since the plan was made
        progress.step(f"adopting {item.name}, {number} of {len(plan.adopted)}")
        try:
            snapshot = adopting.snapshot(item, item.made_at, shelf)
        except _ITS_FAULT as error:
            left.append(replace(item, verdict="left-out", why=error.message, hint=error.hint))
            continue
        note_written(snapshot, repository, ledger, clock)
        made.append(snapshot)
    journal.record("import done", folder=str(plan.folder), source=sources, snapshots=len(made), by=by)
    _must_be_noted(made, repository)
    return ImportReport(snapshots=tuple(made), left_out=(*plan.left_out, *left), failed=tuple(left))


def _must_be_noted(made: list[Snapshot], repository: Repository) -> None:
    for gap in repository.unnoted[:1]:
        what = f"{len(made)} snapshots were adopted, but this host could not note it"
        raise type(gap)(f"{what}: {gap.message}", hint=gap.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """A source that is added to, as it was found."""

    name: str
    known: Mapping[tuple[datetime, str], Snapshot]
    deltas: DeltaPolicy


def _shelf(name: str, repository: Repository, ledger: Ledger) -> _Shelf:
    there = repository.snapshots(name)
    return _Shelf(
        name=name,
        known={(one.taken_at, content_key(one)): one for one in there},
        deltas=DeltaPolicy(distrusted=distrusted(there, repository.name, ledger)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Adopting:
    """Makes snapshots of files, one by one."""

    reading: Reading
    repository: Repository
    work: Path
    progress: Progress

    def snapshot(self, item: Item, made_at: datetime, shelf: _Shelf) -> Snapshot:
        """What was judged, stored."""
        if item.what != DATABASES:
            return self._tree(item, made_at, shelf)
        return self.repository.add(
            self._capture(item, made_at),
            source=shelf.name,
            kind=item.kind,
            reason=f"imported from {clipped(item.name, _ROOM)}",
            taken_at=made_at,
            progress=self.progress,
            deltas=shelf.deltas,
        )

    def _capture(self, item: Item, made_at: datetime) -> Capture:
        """The content that was judged, or nothing."""
        _, content = read_database(item.path, self.reading)
        if sha256(content).hexdigest() != item.digest:
            raise SourceUnreadable("it changed since it was looked at", hint="run the import again")
        return Capture(content=content, extension=item.extension, saved_at=made_at, counts=item.counts)

    def _tree(self, item: Item, made_at: datetime, shelf: _Shelf) -> Snapshot:
        reason, limit = reason_of(clipped(item.name, _ROOM), item.digest), self.reading.limit
        with (
            opened(item.path, opener=self.reading.opener, limit=limit) as file,
            unpacked(
                file.stream,
                name=shelf.name,
                folder=item.what,
                digest=item.digest,
                made_at=made_at,
                limit=limit,
                work=self.work,
            ) as source,
        ):
            writing = TreeWriting(self.repository, self.work, source)
            made = writing.add(reason=reason, progress=self.progress, deltas=shelf.deltas)
            if not made.is_new:  # the one that was added last is the same, and it is of another time
                made = writing.add(reason=reason, progress=self.progress, deltas=replace(shelf.deltas, full=True))
        return made.snapshot
