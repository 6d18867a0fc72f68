"""Back up one source: capture, check, seal, store; the manifest last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256

from core.domain.errors import BackupServError, ObjectDamaged
from core.domain.finding import Finding
from core.domain.shrinking import USUAL, ShrinkLimits, judged
from core.domain.snapshot import Snapshot
from core.ports import Clock, Progress, Source
from core.repository.hierarchy import PERIODS, Period
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.repository.writing import DeltaPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup came to. `is_new` is False where nothing had changed since `snapshot`."""

    snapshot: Snapshot
    is_new: bool
    warnings: tuple[Finding, ...]
    seconds: float
    content: bytes | None = field(default=None, repr=False)  # plain, of a database: the snapshot's, as it was read


def back_up(
    source: Source,
    repository: Repository,
    ledger: Ledger,
    *,
    reason: str,
    clock: Clock,
    progress: Progress,
    periods: Sequence[Period] = PERIODS,
    full: bool = False,
    ask: bool = True,
    limits: ShrinkLimits = USUAL,
) -> BackupReport:
    """One snapshot of `source`, or a note that the newest one is still the whole truth.

    `full` makes one that rests on no other, also where nothing has changed. Without `ask` nobody is asked for a save.
    One that lost too much, by `limits`, is held.

    Raises:
        SourceUnreadable, SourceDamaged, SaveNotSeen, StorageFull, StorageUnavailable: no snapshot was made.
    """
    started, judge = clock.monotonic(), partial(judged, limits=limits)
    capture = source.capture(progress, ask=ask)
    repository.prepare()
    snapshots = repository.snapshots(source.name)
    newest = snapshots[-1] if snapshots else None
    bad = distrusted(snapshots, repository.name, ledger)
    same = newest is not None and newest.digest == sha256(capture.content).hexdigest()
    if newest is not None and same and not full and speaks(newest, repository, bad):
        progress.step(f"unchanged since {newest.tail}")
        snapshot = newest
    else:
        deltas = DeltaPolicy(periods=periods, full=full, distrusted=bad)
        add = partial(repository.add, source=source.name, kind=source.kind, reason=reason, judge=judge)
        snapshot = add(capture, progress=progress, deltas=deltas)
        note_written(snapshot, repository, ledger, clock)
    seconds, is_new = clock.monotonic() - started, snapshot is not newest
    return BackupReport(
        snapshot=snapshot, is_new=is_new, warnings=capture.findings, seconds=seconds, content=capture.content
    )


def note_written(snapshot: Snapshot, repository: Repository, ledger: Ledger, clock: Clock) -> None:
    """Its stored bytes were read back; that they open is for `verify`, which needs an identity.

    It is stored whether or not that can be noted: why not is in `repository.unnoted`.
    """
    at, said = clock.now(), "read back after writing"
    try:
        ledger.record(snapshot.id, level=1, verdict="proven", at=at, detail=said, storage=repository.name)
    except BackupServError as error:
        repository.unnoted.append(error)


def speaks(snapshot: Snapshot, repository: Repository, bad: Collection[str]) -> bool:
    """Whether a snapshot need not be made anew where nothing changed.

    One that was held and released is: the new one is not held, and that is known wherever the storage is read.
    """
    return stands(snapshot, repository, bad) and snapshot.id not in repository.released()


def stands(snapshot: Snapshot, repository: Repository, bad: Collection[str]) -> bool:
    """Whether nothing is known against a snapshot: one that is damaged is not the whole truth, whatever it was of."""
    try:
        return not {step.id for step in repository.chain(snapshot)} & set(bad)
    except ObjectDamaged:
        return False  # a base is gone


def distrusted(snapshots: Sequence[Snapshot], storage: str, ledger: Ledger) -> set[str]:
    """Ids of snapshots that nobody shall build upon: the last look at them found damage."""
    proofs = ((item.id, ledger.latest(item.id, storage)) for item in snapshots)
    return {snapshot_id for snapshot_id, proof in proofs if proof is not None and proof.verdict == "damaged"}
