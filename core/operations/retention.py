"""What stays and what goes, as verbs: pins, the word that nothing goes, the plan and its pruning."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core.domain.errors import BackupServError, LockHeld
from core.domain.retention import RetentionPolicy
from core.domain.snapshot import Snapshot
from core.lock import Lock
from core.operations.prune_all import Pruned, PrunePlan, Pruning
from core.operations.prune_plan import Place
from core.operations.restore_record import UNDO_LIFETIME, RestoreFolder
from core.operations.unaudited import is_done
from core.ports import Clock, Journal, Progress
from core.repository import layout
from core.repository.ledger import Ledger
from core.repository.pins import Held, Pins
from core.repository.refusals import Refusals
from core.repository.repository import Repository

_LOCK = "lock"


def place_of(repository: Repository, sources: Sequence[str], policies: Callable[[str, str], RetentionPolicy]) -> Place:
    """A repository, or a copy, as it is pruned: on its own, by its own policies, with a roll before anything goes."""

    def write_roll(source: str, living: tuple[Snapshot, ...], doomed: tuple[Snapshot, ...]) -> None:
        del doomed
        repository.write_roll(source, {snapshot.id for snapshot in living})

    return Place(
        storage=repository.storage,
        root=repository.root,
        policies={source: policies(repository.name, source) for source in sources},
        otherwise=policies(repository.name, ""),
        verifier=repository.verifier,
        before_deleting=write_roll,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The verbs over one configuration. `lock` takes a purpose and a lock's name, `find` knows ids and times.

    The first of `places` is the repository, the others are copies, which have a lock each: a pruning must never meet a
    backup or a copying, whose objects have no manifest yet.
    """

    places: Sequence[Place]
    ledger: Ledger
    folder: RestoreFolder
    state_dir: Path
    journal: Journal
    clock: Clock
    lock: Callable[[str, str], AbstractContextManager[Lock]]
    find: Callable[[str], Snapshot]
    tell: Callable[[str, Collection[str]], None] = lambda storage, living: None  # noqa: ARG005 — what lives in it still

    @property
    def _pins(self) -> Pins:
        return Pins(self.state_dir)

    def _pruning(self, places: Sequence[Place]) -> Pruning:
        return Pruning(
            places=places,
            ledger=self.ledger,
            refusals=Refusals(self.state_dir),
            folder=self.folder,
            held=self._pins.held,
        )

    def plan(self) -> PrunePlan:
        """What would be removed now, and why everything else stays. Changes nothing."""
        return self._pruning(self.places).plan(self.clock.now())

    def prune(self, shown: PrunePlan, *, by: str, progress: Progress) -> Pruned:
        """Remove exactly what was shown.

        Raises:
            PlanOutdated: something of it would stay now; nothing was removed.
        """
        with self.lock("pruning", _LOCK), ExitStack() as locks:
            free, busy = self._free_places(locks)
            names = {place.storage.name for place in free}
            agreed = replace(shown, storages=tuple(plan for plan in shown.storages if plan.storage in names))
            self.journal.record("prune", plan=shown.headline, digest=shown.digest, by=by)
            pruned = self._pruning(free).carry_out(agreed, now=self.clock.now(), progress=progress)
            pruned = replace(pruned, failures=(*pruned.failures, *busy))
            self._forget_proofs()
            with is_done(str(pruned)):
                self.journal.record("prune done", result=str(pruned), failures=len(pruned.all_failures), by=by)
        return pruned

    def _forget_proofs(self) -> None:
        """The ledger keeps what is somewhere. While a place does not answer, it keeps everything."""
        with suppress(BackupServError):
            living = {
                place.storage.name: {
                    layout.id_of(item.key) for item in place.storage.list(layout.manifests(place.root))
                }
                for place in self.places
            }
            self.ledger.keep_only(set[str]().union(*living.values()))
            for storage, ids in living.items():
                self.tell(storage, ids)

    def _free_places(self, locks: ExitStack) -> tuple[list[Place], list[str]]:
        """The repository and the copies at which nobody is at work, now locked; and sentences on the others."""
        free, busy = [*self.places[:1]], list[str]()
        for place in self.places[1:]:
            name = place.storage.name
            try:
                locks.enter_context(self.lock(f"pruning {name}", f"{_LOCK}.{name}"))
                free.append(place)
            except LockHeld as error:
                busy.append(f"{name}: {error}")
        return free, busy

    def held(self) -> Held:
        """What people want kept."""
        return self._pins.held(self.clock.now())

    def pin(self, reference: str, reason: str, *, by: str) -> Snapshot:
        """From now on that snapshot stays, in every storage, with all it rests on."""
        snapshot = self.find(reference)
        with self.lock("pinning", _LOCK):
            self._pins.pin(snapshot.id, reason, by=by, at=self.clock.now())
        with is_done(f"{snapshot.id} is pinned"):
            self.journal.record("pin", snapshot=snapshot.id, reason=reason, by=by)
        return snapshot

    def pin_for_undo(self, snapshot_id: str, restore_id: str) -> None:
        """What a restore used stays for as long as the restore can be undone. The caller holds the lock."""
        now = self.clock.now()
        until = now + UNDO_LIFETIME
        self._pins.pin(snapshot_id, f"restore {restore_id} used it", by="BackupServ", at=now, until=until)

    def unpin(self, reference: str, *, by: str) -> str:
        """Take the pins of a snapshot away, also of one that is not there any more; returns its whole id.

        Raises:
            SnapshotNotFound: it has none.
        """
        now, wanted = self.clock.now(), reference.lower()
        pinned = (pin.snapshot_id for pin in self.held().pins)
        found = next((item for item in pinned if wanted in {item.lower(), item.rpartition("-")[2]}), reference)
        with self.lock("taking a pin away", _LOCK):
            self.journal.record("unpin asked", snapshot=found, by=by)  # first: what kept something goes
            self._pins.unpin(found, by=by, at=now)
        with is_done(f"the pins of {found} are gone"):
            self.journal.record("unpin", snapshot=found, by=by)
        return found

    def freeze(self, reason: str, *, by: str) -> None:
        """From now on nothing is removed anywhere."""
        with self.lock("freezing", _LOCK):
            self._pins.freeze(reason, by=by, at=self.clock.now())
        with is_done("nothing is removed until thaw"):
            self.journal.record("freeze", reason=reason, by=by)

    def thaw(self, *, by: str) -> str:
        """End that; returns why it was.

        Raises:
            PlanBlocked: nothing is frozen.
        """
        with self.lock("thawing", _LOCK):
            self.journal.record("thaw asked", by=by)  # first: what kept everything goes
            frozen = self._pins.thaw(by=by, at=self.clock.now())
        with is_done("it is thawed"):
            self.journal.record("thaw", was=frozen, by=by)
        return frozen
