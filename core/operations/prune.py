"""Remove what retention no longer claims: the one place that deletes, and only through the storage's port.

The manifest goes first and its objects after it, since a snapshot is there exactly while its manifest is: a crash
leaves objects that no manifest speaks of, which a later run removes. What others rest on goes after them, and stays if
one of them could not be removed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.errors import BackupServError, ObjectRetained
from core.domain.snapshot import Snapshot
from core.operations.prune_plan import Place, StoragePlan
from core.ports import Progress
from core.repository import layout
from core.repository.refusals import Refusals

_PATIENCE = 5  # failures in a row, after which a storage is left alone until the next run


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReport:
    """What was removed from one storage. Retained by a lock is a state and no failure."""

    storage: str
    removed: int  # snapshots
    orphans: int  # objects that belonged to none
    bytes_freed: int
    retained: int  # objects
    failures: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "storage": self.storage,
            "removed": self.removed,
            "orphans": self.orphans,
            "bytes_freed": self.bytes_freed,
            "retained": self.retained,
            "failures": list(self.failures),
        }


def prune_storage(
    place: Place,
    plan: StoragePlan,
    agreed: frozenset[str],
    refusals: Refusals,
    *,
    frozen: Callable[[], str],
    now: datetime,
    progress: Progress,
) -> PruneReport:
    """Remove what `plan` says and `agreed` names, from one storage. What fails is told, and the rest goes on.

    `frozen` is asked before each snapshot why nothing may be removed: who says so while it runs ends it.
    """
    work = _Removal(place=place, frozen=frozen)
    for part in plan.sources:
        doomed = tuple(snapshot for snapshot in part.decision.doomed if snapshot.id in agreed)
        if doomed:
            progress.step(f"removing {len(doomed)} snapshots of {part.source} from {plan.storage}")
            there = tuple(fate.snapshot for fate in part.decision.fates)
            work.source(part.source, there, doomed)
    for item in plan.orphans:
        if item.key in agreed and not work.ended and work.delete(item.key):
            work.orphans += 1
            work.bytes_freed += item.size
    if work.retained:
        refusals.note(plan.storage, work.retained, now)
    return PruneReport(
        storage=plan.storage,
        removed=work.removed,
        orphans=work.orphans,
        bytes_freed=work.bytes_freed,
        retained=len(work.retained),
        failures=(*plan.troubles, *work.failures),
    )


@dataclass(slots=True, kw_only=True)
class _Removal:
    """One run over one storage."""

    place: Place
    frozen: Callable[[], str]
    ended: bool = False  # somebody froze it
    removed: int = 0
    orphans: int = 0
    bytes_freed: int = 0
    retained: dict[str, datetime | None] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    in_a_row: int = 0

    def source(self, source: str, there: tuple[Snapshot, ...], doomed: tuple[Snapshot, ...]) -> None:
        """Remove snapshots of one source, which come in the order of removal."""
        going = {snapshot.id for snapshot in doomed}
        living = tuple(snapshot for snapshot in there if snapshot.id not in going)
        try:
            self.place.before_deleting(source, living, doomed)
        except BackupServError as error:
            self.failures.append(f"nothing of {source} was removed: {error}")
            return
        needed, stayed = bases_of(living, there), set[str]()
        for snapshot in doomed:
            if snapshot.id in needed or not self._snapshot(snapshot):
                needed |= bases_of([snapshot], there)
                stayed.add(snapshot.id)
        if stayed:
            self._tell_again(source, tuple(item for item in there if item.id in stayed or item.id not in going))

    def _tell_again(self, source: str, living: tuple[Snapshot, ...]) -> None:
        try:
            self.place.before_deleting(source, living, ())
        except BackupServError as error:
            self.failures.append(str(error))

    def _snapshot(self, snapshot: Snapshot) -> bool:
        """Whether it is gone."""
        if self._is_ended() or not self.delete(layout.manifest_key(self.place.root, snapshot.source, snapshot.id)):
            return False
        self.removed += 1
        for piece in snapshot.pieces:
            if self.delete(piece.key):
                self.bytes_freed += piece.size
        return True

    def _is_ended(self) -> bool:
        if not self.ended and (why := self.frozen()):
            self.ended = True
            self.failures.append(
                f"{self.place.storage.name}: frozen while it was pruned, and no more was removed: {why}"
            )
        return self.ended

    def delete(self, key: str) -> bool:
        """Whether it is gone; why not is kept."""
        if self.in_a_row >= _PATIENCE:
            return False
        try:
            self.place.storage.delete(key)
        except ObjectRetained as error:
            self.retained[key] = error.until
            return False
        except BackupServError as error:
            self.in_a_row += 1
            self.failures.append(str(error))
            if self.in_a_row == _PATIENCE:
                self.failures.append(f"{self.place.storage.name} is left alone after {_PATIENCE} failures in a row")
            return False
        self.in_a_row = 0
        return True


def bases_of(snapshots: Iterable[Snapshot], there: Iterable[Snapshot]) -> set[str]:
    """The ids of all that these rest on."""
    by_id = {snapshot.id: snapshot for snapshot in there}
    found: set[str] = set()
    for snapshot in snapshots:
        base = by_id.get(snapshot.base)
        while base is not None and base.id not in found:
            found.add(base.id)
            base = by_id.get(base.base)
    return found
