"""What pruning would remove, storage by storage, and why everything else stays. Changes nothing.

Each storage is thinned on its own, by what lies there and by its own policy: what is removed in one place is no reason
to remove it in another.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.errors import BackupServError
from core.domain.retention import EVERYTHING, Decision, Known, RetentionPolicy
from core.domain.shrinking import held_now
from core.domain.snapshot import Snapshot
from core.domain.thinning import decide
from core.operations.history import is_imported
from core.ports import Storage, StoredObject, Verifier
from core.repository import layout
from core.repository.catalogue import read_catalogue
from core.repository.ledger import Ledger
from core.repository.pins import Held
from core.repository.refusals import Refusals
from core.repository.roll import read_rolls
from core.repository.trust import Belief

ORPHAN_AGE = timedelta(days=1)  # a backup takes less, and so does somebody who wonders where a snapshot went
BeforeDeleting = Callable[[str, tuple[Snapshot, ...], tuple[Snapshot, ...]], None]


def _nothing(source: str, living: tuple[Snapshot, ...], doomed: tuple[Snapshot, ...]) -> None:
    del source, living, doomed


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One storage as it is pruned."""

    storage: Storage
    root: str  # "NETWORK/HOST"
    policies: Mapping[str, RetentionPolicy]  # by source
    otherwise: RetentionPolicy  # for snapshots of a source that is not configured any more
    verifier: Verifier | None = None
    before_deleting: BeforeDeleting = _nothing
    """Called for each source with its name, what stays and what goes, before anything goes: the place for a roll. If it
    raises, nothing of that source goes. Called again, with nothing that goes, where the storage kept some of it."""

    def policy(self, source: str) -> RetentionPolicy:
        """How much of a source is kept: of what was imported everything, where nobody says otherwise."""
        return self.policies.get(source, EVERYTHING if is_imported(source) else self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlan:
    """What becomes of the snapshots of one source in one storage."""

    source: str
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class StoragePlan:
    """What goes from one storage."""

    storage: str  # its name
    sources: tuple[SourcePlan, ...] = ()
    orphans: tuple[StoredObject, ...] = ()  # sealed objects that no manifest speaks of
    troubles: tuple[str, ...] = ()  # what was found out of order

    @property
    def doomed(self) -> tuple[Snapshot, ...]:
        """The snapshots that go."""
        return tuple(snapshot for part in self.sources for snapshot in part.decision.doomed)

    @property
    def kept(self) -> tuple[Snapshot, ...]:
        """The snapshots that stay."""
        return tuple(snapshot for part in self.sources for snapshot in part.decision.kept)

    @property
    def bytes_freed(self) -> int:
        """As stored, manifests not counted."""
        return sum(size_of(snapshot) for snapshot in self.doomed) + sum(item.size for item in self.orphans)

    @property
    def keys(self) -> frozenset[str]:
        """Everything that goes, by name: what an agreement is about."""
        return frozenset([snapshot.id for snapshot in self.doomed] + [item.key for item in self.orphans])


def size_of(snapshot: Snapshot) -> int:
    """Bytes that it takes, without its bases."""
    return sum(piece.size for piece in snapshot.pieces)


def plan_storage(place: Place, *, ledger: Ledger, held: Held, refusals: Refusals, now: datetime) -> StoragePlan:
    """What would go from one storage. One that does not answer loses nothing, and says so."""
    name = place.storage.name
    try:
        catalogue = read_catalogue(place.storage, place.root, belief=Belief(verifier=place.verifier, upgrading=True))
        orphans, dropped = _orphans(place, now)
    except BackupServError as error:
        return StoragePlan(storage=name, troubles=(str(error),))
    refused = refusals.waiting(name, now)
    retained = {layout.id_of(key): str(refusal) for key, refusal in refused.items() if key.endswith(".json")}
    wanted = _Wanted(storage=name, ledger=ledger, held=held, retained=retained, unreadable=catalogue.unreadable)
    sources = tuple(
        _plan_source(source, snapshots, place.policy(source), wanted, now)
        for source, snapshots in _by_source(catalogue.released(held.released).snapshots).items()
    )
    free = not held.frozen and not any(part.decision.halted for part in sources)
    return StoragePlan(
        storage=name,
        sources=sources,
        orphans=tuple(item for item in orphans if item.key not in refused) if free else (),
        troubles=(*(catalogue.problems if catalogue.unreadable else ()), *dropped),
    )


def _by_source(snapshots: Iterable[Snapshot]) -> dict[str, list[Snapshot]]:
    found: dict[str, list[Snapshot]] = {}
    for snapshot in snapshots:
        found.setdefault(snapshot.source, []).append(snapshot)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is known beside the snapshots themselves."""

    storage: str
    ledger: Ledger
    held: Held
    retained: Mapping[str, str]
    unreadable: int


def _plan_source(
    source: str, snapshots: list[Snapshot], policy: RetentionPolicy, wanted: _Wanted, now: datetime
) -> SourcePlan:
    levels = {snapshot.id: level_held(wanted.ledger, snapshot.id, wanted.storage) for snapshot in snapshots}
    known = Known(
        proven={snapshot_id: level for snapshot_id, level in levels.items() if level > 0},
        damaged=frozenset(snapshot_id for snapshot_id, level in levels.items() if level < 0),
        pinned=wanted.held.reasons,
        retained=wanted.retained,
        frozen=wanted.held.frozen,
        held=frozenset(snapshot.id for snapshot in snapshots if snapshot.held),
        shrunk=_suspicion(snapshots),
        unreadable=wanted.unreadable,
    )
    return SourcePlan(source=source, decision=decide(snapshots, policy, now, known))


def _suspicion(snapshots: Iterable[Snapshot]) -> str:
    newest = held_now(snapshots)
    if newest is None:
        return ""
    return f"the newest snapshot of {newest.source}, {newest.tail}, is held: {newest.held}"


def level_held(ledger: Ledger, snapshot_id: str, storage: str) -> int:
    """The level to which a snapshot is proven there, 0 for none, -1 where the last word on it was damage.

    A later look that could not check takes nothing back.
    """
    level = 0
    for proof in ledger.proofs(snapshot_id, storage):
        level = -1 if proof.verdict == "damaged" else max(level, proof.level)
    return level


def _orphans(place: Place, now: datetime) -> tuple[tuple[StoredObject, ...], tuple[str, ...]]:
    """Sealed objects without a manifest, a day old; and sentences on those whose manifest somebody took."""
    objects = list(place.storage.list(place.root))
    manifests = f"{layout.manifests(place.root)}/"
    known = {layout.id_of(item.key) for item in objects if item.key.startswith(manifests)}
    limit = f"{now - ORPHAN_AGE:%Y%m%dT%H%M%SZ}"
    alone = [item for item in objects if item.key.endswith(".age") and _is_orphan(item.key, known, limit)]
    dropped = sorted({layout.id_of(item.key) for item in alone} & (_expected(place, objects) if alone else set()))
    return tuple(item for item in alone if layout.id_of(item.key) not in dropped), tuple(_told(dropped))


def _expected(place: Place, objects: Iterable[StoredObject]) -> set[str]:
    """Who lived when this storage was pruned last: their objects are no orphans, whoever took the manifest."""
    start = f"{layout.rolls(place.root)}/"
    sources = {item.key.removeprefix(start).partition("/")[0] for item in objects if item.key.startswith(start)}
    found: set[str] = set()
    for source in sources:
        rolls, _ = read_rolls(place.storage, place.root, source, place.verifier)
        mine = [roll for roll in rolls if roll.storage == place.storage.name]
        found |= {item.id for roll in mine[-1:] for item in roll.living}
    return found


def _is_orphan(key: str, known: Collection[str], limit: str) -> bool:
    snapshot_id = layout.id_of(key)
    return layout.is_id(snapshot_id) and snapshot_id not in known and snapshot_id < limit


def _told(dropped: Iterable[str]) -> Iterator[str]:
    for snapshot_id in dropped:
        yield f"the manifest of snapshot {snapshot_id.rpartition('-')[2]} is gone, and pruning did not take it"
