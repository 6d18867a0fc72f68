"""What the status page rests on, as the engine knows it: found in a worker's thread, drawn elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bot.chat.timetable import Row, Timetable
from core.domain.drill import DrillReport
from core.domain.errors import BackupServError
from core.domain.objective import Measured
from core.domain.run import Run
from core.domain.score import Score
from core.domain.snapshot import Snapshot
from core.notices.incident import Incident
from core.operations.engine import Engine
from core.operations.open_troubles import open_troubles
from core.operations.status import Status
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
    incidents: tuple[Incident, ...] = ()  # that the bot found
    case: str = ""  # the incident that people opened, on one line
    objectives: tuple[Measured, ...] = ()
    score: Score | None = None
    drills: tuple[DrillReport, ...] = ()  # the last one of each source, and of everything
    jobs: tuple[Row, ...] = ()
    uncovered: tuple[str, ...] = ()  # sources that no job saves


def look(engine: Engine, timetable: Timetable) -> Known:
    """Everything that the page shows.

    Raises:
        StorageUnavailable: the repository cannot be listed, so nothing can be said.
    """
    snapshots = engine.snapshots()
    status = engine.status_of(snapshots)
    proofs = {item.id: engine.ledger.standing(item.id, engine.repository.name) for item in snapshots}
    incidents = _incidents(engine)
    return Known(
        now=status.now,
        ok=status.ok,
        line=str(status),
        troubles=tuple(_troubles(engine, status)),
        sources=(
            *((site.name, site.source.kind) for site in engine.sites),
            *((tree.name, tree.source.kind) for tree in engine.trees),
        ),
        snapshots=snapshots,
        proofs={name: proof for name, proof in proofs.items() if proof is not None},
        places=tuple(_places(engine, snapshots, status.copies)),
        runs=engine.runs.all(),
        incidents=incidents,
        case=status.incident,
        objectives=status.objectives,
        score=status.score,
        drills=tuple({report.source: report for report in engine.drills()}.values()),
        jobs=timetable.rows(),
        uncovered=timetable.uncovered(),
    )


def _troubles(engine: Engine, status: Status) -> Iterator[str]:
    """Those of the status, without the incidents: they have a table of their own, which names nobody."""
    told = open_troubles(engine.teller, ()) if _incidents(engine) else ()
    yield from (text for text in status.troubles if text not in told and not text.startswith("… and "))


def _incidents(engine: Engine) -> tuple[Incident, ...]:
    """Those that are open. That they cannot be known is a trouble of the status."""
    with suppress(BackupServError):
        return engine.teller.notices.incidents() if engine.teller.targets else ()
    return ()


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
