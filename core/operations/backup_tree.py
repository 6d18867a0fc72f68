"""Back up one tree: look, pack what its base has not, store; the manifest last."""

from pathlib import Path

from core.domain.finding import Finding, Severity
from core.domain.shrinking import losing
from core.operations.backup import BackupReport, distrusted, note_written, stands
from core.operations.site import TreeSite
from core.ports import Clock, Progress
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.repository.tree_writing import TreeWriting
from core.repository.writing import DeltaPolicy


def back_up_tree(
    site: TreeSite,
    repository: Repository,
    ledger: Ledger,
    *,
    work: Path,
    reason: str,
    clock: Clock,
    progress: Progress,
    full: bool = False,
) -> BackupReport:
    """One snapshot of a tree, or a note that the newest one is still the whole truth. See `back_up`.

    Raises:
        SourceUnreadable: the tree cannot be read; what was there is untouched.
        StorageFull, StorageUnavailable, ObjectDamaged: it could not be stored.
    """
    started = clock.monotonic()
    snapshots = repository.snapshots(site.source.name)
    bad = distrusted(snapshots, repository.name, ledger)
    spoiled = bool(snapshots) and not stands(snapshots[-1], repository, bad)
    deltas = DeltaPolicy(periods=site.bases, full=full or spoiled, distrusted=bad)
    made = TreeWriting(repository, work, site.source).add(reason=reason, progress=progress, deltas=deltas)
    if made.is_new:
        note_written(made.snapshot, repository, ledger, clock)
    warnings = made.findings
    if made.is_new and snapshots and (lost := losing(snapshots[-1].counts, made.snapshot.counts)):
        warnings = (*warnings, _shrunk(*lost))  # what was cut off without a trace shows in nothing else
    seconds = clock.monotonic() - started
    return BackupReport(snapshot=made.snapshot, is_new=made.is_new, warnings=warnings, seconds=seconds)


def _shrunk(kind: str, had: int, has: int) -> Finding:
    text = f"it has {has:,} {kind}, and the snapshot before had {had:,}"
    return Finding(line=0, severity=Severity.WARNING, code="shrunk", text=text)
