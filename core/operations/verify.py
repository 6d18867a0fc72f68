"""Prove snapshots: the stored bytes, that they open, and what they mean. On any copy, one or all or a share of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Literal

from core.domain.counted import tally
from core.domain.errors import BackupServError, IdentityMissing, ObjectDamaged, ObjectNotFound
from core.domain.finding import Severity
from core.domain.snapshot import Snapshot
from core.ports import Clock, Progress, Source
from core.registrations.words import plural
from core.repository.ledger import Ledger
from core.repository.repository import Repository
from core.tree_ports import TreeCheck, TreeMeaning

Verdict = Literal["proven", "damaged", "unchecked"]
Level = Literal[1, 2, 3]
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was proven: levels 1 stored bytes, 2 opens, 3 means what it should. 0 = nothing."""

    snapshot: Snapshot
    storage: str
    level: int
    verdict: Verdict
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Proves snapshots of one repository as far as this host can, and writes it into the ledger.

    "Could not check" ("unchecked") is never mixed up with "damaged".
    """

    repository: Repository
    sources: Mapping[str, Source]  # by name: who knows what a content means
    ledger: Ledger
    clock: Clock
    work: Path | None = None  # a private folder, for what is too large for memory; trees need one
    checks: Mapping[str, TreeCheck] = field(default_factory=dict)  # by source: who knows what a tree's files mean
    tell: Callable[[VerifyReport], None] = lambda report: None  # noqa: ARG005 — who is told of each verdict

    def prove(self, snapshot: Snapshot, level: Level, progress: Progress) -> VerifyReport:
        """Up to `level`; the report says how far it came."""
        started = self.clock.monotonic()
        reached, verdict, detail = self._look(snapshot, level, progress)
        name = self.repository.name
        self.ledger.record(
            snapshot.id, level=reached, verdict=verdict, at=self.clock.now(), detail=detail, storage=name
        )
        report = VerifyReport(
            snapshot=snapshot,
            storage=name,
            level=reached,
            verdict=verdict,
            detail=detail,
            seconds=self.clock.monotonic() - started,
        )
        self.tell(report)
        return report

    def prove_all(self, snapshots: Sequence[Snapshot], level: Level, progress: Progress) -> Iterator[VerifyReport]:
        """One after the other, in their order: neighbours rest on the same bases."""
        for number, snapshot in enumerate(snapshots, start=1):
            progress.step(f"proving {snapshot.tail} on {self.repository.name} ({number} of {len(snapshots)})")
            yield self.prove(snapshot, level, _Quiet())

    def share(self, snapshots: Sequence[Snapshot], days: int) -> tuple[Snapshot, ...]:
        """Those whose turn it is, so that a run a day proves all of them within `days`: the longest unproven first."""
        by_age = sorted(snapshots, key=lambda item: (self._looked_at(item), item.sequence))
        turn = {item.id for item in by_age[: ceil(len(snapshots) / days)]}
        return tuple(item for item in snapshots if item.id in turn)

    def _looked_at(self, snapshot: Snapshot) -> datetime:
        """When its content was last opened here. That it was written well says nothing of today."""
        looks = [proof.at for proof in self.ledger.proofs(snapshot.id, self.repository.name) if proof.level > 1]
        return looks[-1] if looks else _NEVER

    def _look(self, snapshot: Snapshot, level: Level, progress: Progress) -> tuple[int, Verdict, str]:
        progress.step("reading the stored bytes")
        failed = _tried(lambda: self.repository.verify(snapshot, 1), reached=0)
        if failed is not None:
            return failed
        if level == 1:
            return 1, "proven", "the stored bytes are those that were written"
        progress.step("opening it")
        if snapshot.index is not None:
            return self._look_at_tree(snapshot, level, progress)
        source = self.sources.get(snapshot.source)
        if level == 2 or source is None:  # noqa: PLR2004 — the level's number is its name
            missing = "" if level == 2 else "; its source is not configured here, so nobody knows what it means"  # noqa: PLR2004 — same
            failed = _tried(lambda: self.repository.verify(snapshot, 2), reached=1)
            return failed or (2, "proven", f"it opens to what was saved{missing}")
        content: list[bytes] = []
        failed = _tried(lambda: content.append(self.repository.content(snapshot)), reached=1)
        if failed is not None:
            return failed
        progress.step("reading every row")
        return _prove_meaning(snapshot, source, content[0])

    def _look_at_tree(self, snapshot: Snapshot, level: Level, progress: Progress) -> tuple[int, Verdict, str]:
        """Every byte of every file is proven by its own digest; few trees have a meaning beyond that."""
        if self.work is None:
            return 1, "unchecked", "there is no folder to unpack it in"
        from core.repository.tree_reading import TreeReading  # noqa: PLC0415 — what `backup` need not wait for

        trees = TreeReading(self.repository, self.work)
        files = f"{snapshot.counts.get('files', 0):,} files, every byte of them"
        failed = _tried(lambda: trees.prove(snapshot), reached=1)
        check = self.checks.get(snapshot.source)
        if failed is not None or check is None or level == 2:  # noqa: PLR2004 — the level's number is its name
            return failed or (3, "proven", files)
        progress.step("reading what its files mean")
        meanings: list[TreeMeaning] = []
        failed = _tried(lambda: meanings.append(trees.meaning(snapshot, check)), reached=2)
        return failed or _told_meaning(files, meanings[0])


def _told_meaning(files: str, meaning: TreeMeaning) -> tuple[int, Verdict, str]:
    """What a tree was when it was saved is no damage: one that would not work is proven to its bytes and no further."""
    told = f"{files}; {tally(meaning.counts)}" if meaning.counts else files
    if not meaning.findings:
        return 3, "proven", told
    worst = max(meaning.findings, key=lambda finding: finding.severity)
    level = 3 if worst.severity is Severity.WARNING else 2
    return level, "proven", f"{told}; {plural(len(meaning.findings), 'warning')}, the worst: {worst}"


def _tried(proof: Callable[[], None], *, reached: int) -> tuple[int, Verdict, str] | None:
    """The verdict if a proof fails, None if it holds."""
    try:
        proof()
    except IdentityMissing as error:
        return reached, "unchecked", str(error)
    except (ObjectDamaged, ObjectNotFound) as error:
        return reached, "damaged", str(error)
    except BackupServError as error:
        return reached, "unchecked", str(error)
    return None


def _prove_meaning(snapshot: Snapshot, source: Source, content: bytes) -> tuple[int, Verdict, str]:
    counts, findings = source.inspect(content)
    worst = [finding for finding in findings if finding.severity > Severity.WARNING]
    if worst:
        return 2, "damaged", f"{len(worst)} faults in its content; the first: {worst[0]}"
    # A plain SQLite database is counted in another way than that of services, and a source may have been either.
    kinds = counts.keys() & snapshot.counts.keys() if snapshot.kind == "sqlite" else counts.keys() | snapshot.counts
    if any(counts.get(kind) != snapshot.counts.get(kind) for kind in kinds):
        return 2, "damaged", "its counts are not those of its manifest"
    return 3, "proven", tally(counts)


class _Quiet:
    def step(self, text: str) -> None:
        """Of hundreds, each step is not news."""
