"""What a job of the schedule does: each verb by the engine's own, with one line of what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from core.domain.drill import EVERYTHING
from core.domain.duty import Duty, Verb
from core.domain.errors import BackupServError, OnlySeals, PlanOutdated
from core.operations.holding import sentence
from core.operations.verify import Level, VerifyReport
from core.ports import Progress
from core.registrations.words import plural

if TYPE_CHECKING:
    from core.operations.engine import Engine

_SHARE_DAYS = 7  # within so many daily runs every snapshot is opened again
_SHARE_DAYS_OF_COPIES = 30  # reading back what lies elsewhere costs time, and often money
_NAMED = 3
BY = "the schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a run."""

    good: bool
    detail: str  # one line


def carry_out(engine: "Engine", duty: Duty, progress: Progress) -> Done:
    """Do it. What stops it altogether rises, as from the verb itself."""
    return _VERBS[duty.verb](engine, duty, progress)


def _back_up(engine: "Engine", duty: Duty, progress: Progress) -> Done:
    reports = engine.back_up(reason="scheduled", progress=progress, full=duty.full, only=duty.sources)
    new = sum(report.is_new for report in reports)
    held = [sentence(report.snapshot) for report in reports if report.snapshot.held]
    detail = f"{plural(len(reports), 'source')} saved, {new} of them changed"
    return Done(good=not held, detail="; ".join([*held, detail]))


def _sync(engine: "Engine", duty: Duty, progress: Progress) -> Done:
    del duty
    reports = engine.sync(progress=progress)
    return Done(
        good=not any(report.trouble for report in reports),
        detail="; ".join(map(str, reports)) or "there is no copy",
    )


def _verify(engine: "Engine", duty: Duty, progress: Progress) -> Done:
    """The newest of each source as far as it goes; of all others those whose turn it is; and the same on copies."""
    del duty
    reports: list[VerifyReport] = []
    with engine.runs.timed("verify", "") as outcome:
        reports += _proofs(engine, progress)
        outcome.good = all(report.verdict == "proven" for report in reports)
    bad = [report for report in reports if report.verdict != "proven"]
    named = "; ".join(f"{item.snapshot.tail} on {item.storage} {item.verdict}: {item.detail}" for item in bad[:_NAMED])
    told = f"{len(reports) - len(bad)} of {plural(len(reports), 'snapshot')} proven"
    return Done(good=not bad, detail=f"{told}; {named}" if bad else told)


def _proofs(engine: "Engine", progress: Progress) -> Iterator[VerifyReport]:
    deepest = _deepest(engine)
    newest = {snapshot.source: snapshot for snapshot in engine.snapshots() if not snapshot.held}
    done = {snapshot.id for snapshot in newest.values()}
    for snapshot_id in sorted(done):
        yield engine.verify(snapshot_id, level=deepest, progress=progress)
    for report in engine.verify_all(level=1 if deepest == 1 else 2, days=_SHARE_DAYS, progress=progress):
        if report.snapshot.id not in done:
            yield report
    for copy in engine.copies:
        yield from engine.verify_all(level=1, storage=copy.name, days=_SHARE_DAYS_OF_COPIES, progress=progress)


def _deepest(engine: "Engine") -> Level:
    """A host that only seals proves the stored bytes, and is no worse for it."""
    try:
        engine.repository.sealer.open(BytesIO(), BytesIO())
    except OnlySeals:
        return 1
    except BackupServError:
        return 3  # the proofs will say what is wrong
    return 3


def _prune(engine: "Engine", duty: Duty, progress: Progress) -> Done:
    """What retention no longer claims, as `prune` would show it now."""
    del duty
    plan = engine.retention.plan()
    if plan.empty:
        return Done(good=True, detail=plan.headline)
    try:
        pruned = engine.retention.prune(plan, by=BY, progress=progress)
    except PlanOutdated:  # somebody saved, pinned or froze something in between
        pruned = engine.retention.prune(engine.retention.plan(), by=BY, progress=progress)
    failures = pruned.all_failures
    return Done(good=not failures, detail="; ".join((str(pruned), *failures[:_NAMED])))


def _drill(engine: "Engine", duty: Duty, progress: Progress) -> Done:
    """The named sources, or every database; `full`: everything there is, as a recovery would bring it back."""
    if _deepest(engine) == 1:
        return Done(good=True, detail="this host only seals: what it cannot open it cannot drill")
    sources = [EVERYTHING] if duty.full else duty.sources or [site.name for site in engine.sites]
    reports = [engine.drill(name, by=BY, progress=progress) for name in sources]
    bad = [report for report in reports if not (report.good or report.untried)]
    return Done(good=not bad, detail="; ".join(map(str, bad or reports)))


_VERBS: dict[Verb, Callable[["Engine", Duty, Progress], Done]] = {
    "backup": _back_up,
    "sync": _sync,
    "verify": _verify,
    "prune": _prune,
    "drill": _drill,
}


def known_verbs() -> frozenset[Verb]:
    """What can be scheduled."""
    return frozenset(_VERBS)
