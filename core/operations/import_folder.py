"""Adopt the backups of another tool as snapshots, the oldest first. Cut short anywhere, it goes on where it was."""

from dataclasses import dataclass, replace
from hashlib import sha256

from core.domain.errors import BackupServError, SourceUnreadable
from core.domain.snapshot import Snapshot
from core.operations.backup import distrusted, note_written
from core.operations.history import imported_name
from core.operations.import_plan import ImportPlan, Item
from core.operations.plan_import import Reading, read_database
from core.ports import Capture, Clock, Journal, Progress
from core.registrations.words import clipped
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.repository.writing import DeltaPolicy

_ROOM = 120  # bytes of a name in a reason


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
    by: str,
    progress: Progress,
) -> ImportReport:
    """Carry out the plan. Each snapshot counts as soon as it is made, whatever comes after it.

    Raises:
        StorageFull, StorageUnavailable: those before it are adopted; the next run goes on with the rest.
    """
    made, left = [], []
    repository.unnoted.clear()
    source = imported_name(plan.source)
    snapshots = repository.snapshots(source)
    known = {(snapshot.taken_at, snapshot.digest) for snapshot in snapshots}
    deltas = DeltaPolicy(distrusted=distrusted(snapshots, repository.name, ledger))
    journal.record("import begins", folder=str(plan.folder), source=source, files=len(plan.adopted), by=by)
    for number, item in enumerate(plan.adopted, 1):
        if (item.made_at, item.digest) in known:
            continue  # another run was here since the plan was made
        progress.step(f"adopting {item.name}, {number} of {len(plan.adopted)}")
        try:
            capture = _capture(item, reading)
        except BackupServError as error:
            left.append(replace(item, verdict="left-out", why=error.message, hint=error.hint))
            continue
        snapshot = _add(capture, item, source, repository=repository, deltas=deltas, progress=progress)
        note_written(snapshot, repository, ledger, clock)
        made.append(snapshot)
    journal.record("import done", folder=str(plan.folder), source=source, snapshots=len(made), by=by)
    for gap in repository.unnoted[:1]:
        what = f"{len(made)} snapshots were adopted, but this host could not note it"
        raise type(gap)(f"{what}: {gap.message}", hint=gap.hint)
    return ImportReport(snapshots=tuple(made), left_out=(*plan.left_out, *left), failed=tuple(left))


def _add(
    capture: Capture, item: Item, source: str, *, repository: Repository, deltas: DeltaPolicy, progress: Progress
) -> Snapshot:
    return repository.add(
        capture,
        source=source,
        kind=item.kind,
        reason=f"imported from {clipped(item.name, _ROOM)}",
        taken_at=capture.saved_at,
        progress=progress,
        deltas=deltas,
    )


def _capture(item: Item, reading: Reading) -> Capture:
    """The content that was judged, or nothing."""
    _, content = read_database(item.path, reading)
    if item.made_at is None or sha256(content).hexdigest() != item.digest:
        raise SourceUnreadable("it changed since it was looked at", hint="run the import again")
    return Capture(content=content, extension=item.extension, saved_at=item.made_at, counts=item.counts)
