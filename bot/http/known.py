"""What the status page rests on, as the engine knows it: found in a worker's thread, drawn elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.errors import BackupServError
from core.domain.run import Run
from core.domain.snapshot import Snapshot
from core.notices.incident import Incident
from core.operations.engine import Engine
from core.repository.ledger import Proof

MEANS = 3  # the level of a proof from which on content means what it should


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One storage, and what was proven there."""

    name: str
    standing: str  # "5,000 snapshots", "up to date", "behind by 4h (12 snapshots)"
    is_copy: bool
    proven: int  # those whose content was proven there
    proven_at: datetime | None  # the newest of these proofs


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything, at one moment."""

    now: datetime
    ok: bool
    line: str  # the one honest line
    troubles: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()  # name and kind of what is configured, that of services first
    snapshots: Sequence[Snapshot] = ()  # oldest first
    proofs: Mapping[str, Proof] = field(default_factory=dict)  # what stands of each snapshot in the repository
    places: tuple[Place, ...] = ()
    runs: tuple[Run, ...] = ()  # oldest first
    incidents: tuple[Incident, ...] = ()


def look(engine: Engine) -> Known:
    """Everything that the page shows.

    Raises:
        StorageUnavailable: the repository cannot be listed, so nothing can be said.
    """
    status = engine.status()
    snapshots = engine.snapshots()
    proofs = {item.id: engine.ledger.standing(item.id, engine.repository.name) for item in snapshots}
    incidents, untold = _incidents(engine)
    return Known(
        now=status.now,
        ok=status.ok and not untold,
        line=str(status),
        troubles=(*status.troubles, *untold),
        sources=(
            *((site.name, site.source.kind) for site in engine.sites),
            *((tree.name, tree.source.kind) for tree in engine.trees),
        ),
        snapshots=snapshots,
        proofs={name: proof for name, proof in proofs.items() if proof is not None},
        places=tuple(_places(engine, snapshots, status.copies)),
        runs=engine.runs.all(),
        incidents=incidents,
    )


def _incidents(engine: Engine) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
    """Those that are open; and why that is not known."""
    if not engine.teller.targets:
        return (), ()
    try:
        return engine.teller.notices.incidents(), ()
    except BackupServError as error:
        return (), (f"what is wrong is not known: {error}",)


def _places(engine: Engine, snapshots: Sequence[Snapshot], lags: Sequence[str]) -> list[Place]:
    number = len(snapshots)
    names = {engine.repository.name: f"{number:,} snapshot{'' if number == 1 else 's'}"}
    names |= {copy.name: lag.removeprefix(f"{copy.name} ") for copy, lag in zip(engine.copies, lags, strict=True)}
    return [_place(engine, name, standing, snapshots) for name, standing in names.items()]


def _place(engine: Engine, name: str, standing: str, snapshots: Sequence[Snapshot]) -> Place:
    proofs = [engine.ledger.standing(item.id, name) for item in snapshots]
    meant = [proof.at for proof in proofs if proof is not None and proof.verdict == "proven" and proof.level >= MEANS]
    return Place(
        name=name,
        standing=standing,
        is_copy=name != engine.repository.name,
        proven=len(meant),
        proven_at=max(meant, default=None),
    )
