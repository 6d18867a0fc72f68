"""Every snapshot sealed to the recipients of now, in a storage of its own; nothing is ever deleted."""

from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import PlanBlocked, StorageFull, StorageUnavailable
from core.domain.snapshot import Snapshot
from core.ports import Clock, Progress
from core.registrations.words import plural
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.repository.rewrapping import Rewrapped, Rewrapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrapReport:
    """What came of it. All of the repository is there exactly when `left`, `problems` and `trouble` are empty."""

    storage: str
    sealed: tuple[Snapshot, ...]  # by this run
    already: int  # by runs before
    left: tuple[tuple[Snapshot, str], ...]  # and why
    problems: tuple[str, ...]  # of the repository: manifests that cannot be read, or do not count
    trouble: str  # what ended it before its end

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return not (self.left or self.problems or self.trouble)

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "storage": self.storage,
            "sealed": [snapshot.id for snapshot in self.sealed],
            "already": self.already,
            "left": {snapshot.id: why for snapshot, why in self.left},
            "problems": list(self.problems),
            "trouble": self.trouble,
        }

    def __str__(self) -> str:
        before = f", {self.already} by a run before" if self.already else ""
        text = f"{plural(len(self.sealed), 'snapshot')} sealed anew on {self.storage}{before}"
        return f"{text}; it ended early: {self.trouble}" if self.trouble else text


def rewrap(
    repository: Repository, target: Repository, ledger: Ledger, *, work: Path, clock: Clock, progress: Progress
) -> RewrapReport:
    """Seal what `target` lacks, oldest first. An outage ends in a report, never in an error: the next run goes on.

    Raises:
        PlanBlocked: the target is none for it.
        OnlySeals: this host opens nothing.
    """
    if target is repository:
        raise PlanBlocked(
            f"{target.name} is the repository itself, where objects are never changed",
            hint="add an empty [storage.NAME] behind it, and name that one",
        )
    if target.verifier is not None and not target.signs:
        raise PlanBlocked(
            "snapshots that are sealed anew are signed anew, and this host has no signing key",
            hint="do it where keys.signing is",
        )
    target.storage.sweep()
    done: list[Rewrapped] = []
    trouble = ""
    try:
        for one in Rewrapping(repository, target, work, progress).run():
            done.append(one)
            if not one.left and not one.was_there:
                detail = f"sealed anew from {repository.name}, and read back"
                snapshot = one.snapshot.id
                ledger.record(snapshot, level=1, verdict="proven", at=clock.now(), detail=detail, storage=target.name)
    except (StorageUnavailable, StorageFull) as error:
        trouble = str(error)
    return RewrapReport(
        storage=target.name,
        sealed=tuple(one.snapshot for one in done if not one.left and not one.was_there),
        already=sum(one.was_there for one in done),
        left=tuple((one.snapshot, one.left) for one in done if one.left),
        problems=repository.problems,
        trouble=trouble,
    )
