"""Bring every copy up to date: what it lacks is pushed and proven there, and nothing is ever deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.errors import BackupServError
from core.domain.moment import ago
from core.domain.snapshot import Snapshot
from core.ports import Clock, Progress
from core.repository.ledger import Ledger
from core.repository.pushing import lacking, note_newest, push
from core.repository.repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What came of one copy. `trouble` is empty exactly when it is up to date."""

    copy: str
    pushed: tuple[Snapshot, ...]
    behind: int | None  # snapshots that it still lacks; None where that cannot be told
    oldest_at: datetime | None  # when the oldest of them was taken
    trouble: str
    remarks: tuple[str, ...]  # what the storage noticed about itself
    seconds: float

    def __str__(self) -> str:
        done = f"{len(self.pushed)} snapshot{'' if len(self.pushed) == 1 else 's'} copied to {self.copy}"
        if not self.trouble:
            return done if self.pushed else f"{self.copy} is up to date"
        lacks = f"it lacks {self.behind} snapshots" if self.behind is not None else "what it lacks cannot be told"
        return f"{self.copy} is behind ({lacks}): {self.trouble}" + (f"; {done}" if self.pushed else "")

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "copy": self.copy,
            "pushed": [snapshot.id for snapshot in self.pushed],
            "behind": self.behind,
            "oldest_missing_at": self.oldest_at.isoformat() if self.oldest_at else None,
            "trouble": self.trouble,
            "remarks": list(self.remarks),
            "seconds": round(self.seconds, 3),
        }


def sync(repository: Repository, copy: Repository, ledger: Ledger, *, clock: Clock, progress: Progress) -> SyncReport:
    """Push what `copy` lacks, oldest first. An outage ends in a report, never in an error: the next run goes on.

    Raises:
        StorageUnavailable: the repository itself cannot be read.
        StorageFull: the ledger cannot be written.
    """
    started = clock.monotonic()
    pushed: list[Snapshot] = []
    missed: tuple[Snapshot, ...] | None = None
    trouble = ""

    def arrived(snapshot: Snapshot) -> None:
        pushed.append(snapshot)
        detail = "read back after copying"
        ledger.record(snapshot.id, level=1, verdict="proven", at=clock.now(), detail=detail, storage=copy.name)

    try:
        copy.storage.sweep()
        missed = lacking(repository, copy)
        push(repository, copy, missed, done=arrived, progress=progress)
        note_newest(repository, copy)
    except BackupServError as error:
        trouble = str(error)
    left = missed[len(pushed) :] if missed is not None else None
    return SyncReport(
        copy=copy.name,
        pushed=tuple(pushed),
        behind=len(left) if left is not None else None,
        oldest_at=left[0].taken_at if left else None,
        trouble=trouble,
        remarks=copy.storage.remarks(),
        seconds=clock.monotonic() - started,
    )


def lag(snapshots: Sequence[Snapshot], copy: Repository, now: datetime) -> str:
    """How a copy of these stands, from what this host remembers of it: no storage is asked.

    "s3 up to date", "s3 behind by 4h (12 snapshots)", "s3 never reached".
    """
    missed = lacked(snapshots, copy)
    if missed and not _heads(copy):
        return f"{copy.name} never reached"
    if not missed:
        return f"{copy.name} up to date"
    oldest = ago((now - min(item.taken_at for item in missed)).total_seconds())
    return f"{copy.name} behind by {oldest} ({len(missed)} snapshot{'' if len(missed) == 1 else 's'})"


def lacked(snapshots: Sequence[Snapshot], copy: Repository) -> list[Snapshot]:
    """Those that a copy is behind by, from what this host remembers of it: no storage is asked."""
    heads = _heads(copy)
    return [item for item in snapshots if item.sequence > heads.get(item.source, 0)]


def _heads(copy: Repository) -> dict[str, int]:
    return copy.heads.known(copy.name) if copy.heads is not None else {}
