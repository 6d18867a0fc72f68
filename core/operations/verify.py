"""Prove a snapshot: the stored bytes, that they open, and what they mean."""

from dataclasses import dataclass
from typing import Literal

from core.domain.counted import tally
from core.domain.errors import BackupServError, IdentityMissing, ObjectDamaged, ObjectNotFound
from core.domain.finding import Severity
from core.domain.snapshot import Snapshot
from core.ports import Clock, Progress, Source
from core.repository.ledger import Ledger
from core.repository.repository import Repository

Verdict = Literal["proven", "damaged", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was proven: levels 1 stored bytes, 2 opens, 3 means what it should. 0 = nothing."""

    snapshot: Snapshot
    level: int
    verdict: Verdict
    detail: str
    seconds: float


def verify(
    snapshot: Snapshot,
    source: Source,
    repository: Repository,
    ledger: Ledger,
    *,
    clock: Clock,
    progress: Progress,
) -> VerifyReport:
    """Prove `snapshot` as far as this host can, and write it into the ledger.

    "Could not check" ("unchecked") is never mixed up with "damaged".
    """
    started = clock.monotonic()
    level, verdict, detail = _prove(snapshot, source, repository, progress)
    ledger.record(snapshot.id, level=level, verdict=verdict, at=clock.now(), detail=detail)
    return VerifyReport(
        snapshot=snapshot, level=level, verdict=verdict, detail=detail, seconds=clock.monotonic() - started
    )


def _prove(snapshot: Snapshot, source: Source, repository: Repository, progress: Progress) -> tuple[int, Verdict, str]:
    progress.step("reading the stored bytes")
    try:
        repository.verify(snapshot, 1)
    except (ObjectDamaged, ObjectNotFound) as error:
        return 0, "damaged", str(error)
    except BackupServError as error:
        return 0, "unchecked", str(error)
    progress.step("opening it")
    try:
        content = repository.content(snapshot)
    except IdentityMissing as error:
        return 1, "unchecked", str(error)
    except (ObjectDamaged, ObjectNotFound) as error:
        return 1, "damaged", str(error)
    except BackupServError as error:
        return 1, "unchecked", str(error)
    progress.step("reading every row")
    return _prove_meaning(snapshot, source, content)


def _prove_meaning(snapshot: Snapshot, source: Source, content: bytes) -> tuple[int, Verdict, str]:
    counts, findings = source.inspect(content)
    worst = [finding for finding in findings if finding.severity > Severity.WARNING]
    if worst:
        return 2, "damaged", f"{len(worst)} faults in its content; the first: {worst[0]}"
    if dict(counts) != dict(snapshot.counts):
        return 2, "damaged", "its counts are not those of its manifest"
    return 3, "proven", tally(counts)
