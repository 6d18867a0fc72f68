"""Back up one source: capture, check, seal, store; the manifest last."""

from dataclasses import dataclass
from hashlib import sha256

from core.domain.finding import Finding
from core.domain.snapshot import Snapshot
from core.ports import Clock, Progress, Source
from core.repository.ledger import Ledger
from core.repository.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup came to. `is_new` is False where nothing had changed since `snapshot`."""

    snapshot: Snapshot
    is_new: bool
    warnings: tuple[Finding, ...]
    seconds: float


def back_up(
    source: Source, repository: Repository, ledger: Ledger, *, reason: str, clock: Clock, progress: Progress
) -> BackupReport:
    """One snapshot of `source`, or a note that the newest one is still the whole truth.

    Raises:
        SourceUnreadable, SourceDamaged, SaveNotSeen: no snapshot was made; what was there is untouched.
        StorageFull, StorageUnavailable: the same.
    """
    started = clock.monotonic()
    capture = source.capture(progress)
    newest = _newest(repository, source.name)
    if newest is not None and newest.digest == sha256(capture.content).hexdigest():
        progress.step(f"unchanged since {newest.tail}")
        snapshot = newest
    else:
        snapshot = repository.add(capture, source=source.name, kind=source.kind, reason=reason, progress=progress)
        # `add` has read the stored bytes back; that they open is for `verify`, which needs an identity.
        ledger.record(snapshot.id, level=1, verdict="proven", at=clock.now(), detail="read back after writing")
    return BackupReport(
        snapshot=snapshot,
        is_new=snapshot is not newest,
        warnings=capture.findings,
        seconds=clock.monotonic() - started,
    )


def _newest(repository: Repository, source: str) -> Snapshot | None:
    snapshots = repository.snapshots(source)
    return snapshots[-1] if snapshots else None
