"""Back up one tree: look, pack what its base has not, store; the manifest last."""

from functools import partial
from pathlib import Path

from core.domain.shrinking import USUAL, ShrinkLimits, judged
from core.operations.backup import BackupReport, distrusted, note_written, speaks
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
    limits: ShrinkLimits = USUAL,
) -> BackupReport:
    """One snapshot of a tree, or a note that the newest one is still the whole truth. See `back_up`.

    Raises:
        SourceUnreadable: the tree cannot be read; what was there is untouched.
        StorageFull, StorageUnavailable, ObjectDamaged: it could not be stored.
    """
    started = clock.monotonic()
    snapshots = repository.snapshots(site.source.name)
    bad = distrusted(snapshots, repository.name, ledger)
    spoiled = bool(snapshots) and not speaks(snapshots[-1], repository, bad)
    deltas = DeltaPolicy(periods=site.bases, full=full or spoiled, distrusted=bad)
    writing = TreeWriting(repository, work, site.source, partial(judged, limits=limits))
    made = writing.add(reason=reason, progress=progress, deltas=deltas)
    if made.is_new:
        note_written(made.snapshot, repository, ledger, clock)
    seconds = clock.monotonic() - started
    return BackupReport(snapshot=made.snapshot, is_new=made.is_new, warnings=made.findings, seconds=seconds)
