"""After each backup: the newest content goes to each standby, is read back, and never replaces what is better."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from core.domain.errors import ObjectNotFound, PlanBlocked, SourceDamaged, StorageUnavailable
from core.domain.finding import Severity
from core.domain.shrinking import losing
from core.domain.snapshot import Snapshot
from core.operations.site import Site
from core.operations.standby import Held, Standby
from core.ports import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What a standby shall hold: the newest snapshot, and how its plain content is had."""

    snapshot: Snapshot
    content: Callable[[], bytes]
    known: frozenset[str]  # digests of what was ever saved of this source: what a replica may hold of ours
    seen_at: datetime  # when the source was last seen to be what the snapshot holds
    judged: bool  # whether it was looked at beside a good one before it, and not held
    passed_over: str = ""  # why a newer one does not go there


def follow(standby: Standby, held: Held, newest: Newest, *, site: Site, progress: Progress) -> Held:
    """Bring one standby up to date, and prove it by reading it back. Returns what it holds.

    Raises:
        SourceDamaged: the newest lost so much that the standby keeps what it has.
        PlanBlocked: somebody lives there.
        StorageFull, StorageUnavailable: it cannot be written or read.
    """
    try:
        return _brought(standby, held, newest, site=site, progress=progress)
    finally:
        standby.replica.close()


def _brought(standby: Standby, held: Held, newest: Newest, *, site: Site, progress: Progress) -> Held:
    replica, digest = standby.replica, newest.snapshot.digest
    mark = replica.mark()
    if not mark or mark != held.mark:
        held = _found(standby, held, newest, mark, site)
    if held.digest != digest:
        if not newest.judged:
            _must_not_shrink(held.counts, newest.snapshot, standby)
        progress.step(f"bringing standby {standby.name} up to date")
        content = newest.content()
        replica.put(content)
        if sha256(replica.read(limit=site.limit)).hexdigest() != digest:
            raise StorageUnavailable(
                f"{replica.place} does not read back as it was written",
                hint="the one before it lies beside it as NAME.previous; is that disk good?",
            )
        mark = replica.mark()
    return Held(
        snapshot=newest.snapshot.id,
        digest=digest,
        mark=mark,
        saved_at=newest.snapshot.saved_at.isoformat(),
        current_at=newest.seen_at.isoformat(),
        counts=dict(newest.snapshot.counts),
    )


def _found(standby: Standby, held: Held, newest: Newest, mark: str, site: Site) -> Held:
    """What really lies there, where it is not what was last seen.

    Raises:
        PlanBlocked: a good database that nobody put there from here.
    """
    standby.replica.sweep()
    try:
        content = standby.replica.read(limit=site.limit)
    except ObjectNotFound:
        return replace(held, digest="", mark="", counts={})
    digest = sha256(content).hexdigest()
    counts, findings = site.source.inspect(content)
    if digest == held.digest or digest in newest.known:
        return replace(held, digest=digest, mark=mark, counts=counts)
    if any(finding.severity > Severity.WARNING for finding in findings):
        return replace(held, digest="", mark="", counts={})  # torn or rotten: of no use to anybody
    raise PlanBlocked(
        f"{standby.replica.place} holds a database that was not put there from here: do services live on it?",
        hint="a standby is never the file that services live on; move it away, and the next backup writes it anew",
    )


def _must_not_shrink(had: Mapping[str, int], newest: Snapshot, standby: Standby) -> None:
    if lost := losing(had, newest.counts):
        kind, before, now = lost
        raise SourceDamaged(
            f"the newest snapshot, {newest.tail}, has {now:,} {kind}, and the standby keeps {before:,}",
            hint=f"if so much was meant to go, move {standby.replica.place} away: the next backup writes it anew",
        )
