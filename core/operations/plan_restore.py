"""Preview: what bringing something back would do, from which snapshot. Changes nothing."""

from collections.abc import Iterator
from datetime import datetime

from core.disk import modified_at, read_whole
from core.domain.errors import AccountNotFound, BackupServError
from core.domain.moment import ago, parse_moment, show
from core.domain.snapshot import Snapshot
from core.formats.atheme import parse
from core.operations.proposal import RestorePlan
from core.operations.site import Site
from core.ports import Clock, Progress
from core.registrations.plan import Plan
from core.registrations.planning import plan_rows
from core.registrations.selection import find_in_rows
from core.registrations.wish import Erasure, Target, Wishes
from core.repository.ledger import Ledger
from core.repository.repository import Repository


def plan_restore(
    target: Target,
    reference: str | None,
    wishes: Wishes,
    *,
    site: Site,
    repository: Repository,
    ledger: Ledger,
    erasure: Erasure,
    clock: Clock,
    progress: Progress,
) -> RestorePlan:
    """The plan for bringing `target` back from `reference` (an id, a time), or from the newest snapshot that has it.

    Raises:
        AccountNotFound: no snapshot has it, or not the one that was asked for.
        SnapshotNotFound: no such snapshot, or none that old.
        PlanBlocked: a wish makes no sense, or no row can be carried over safely.
    """
    live, saved_at = read_live(site, progress)
    snapshot, content = _choose(target, reference, site, repository, clock=clock, progress=progress)
    progress.step(f"comparing {snapshot.tail} with the living database")
    old, now = parse(content), clock.now()
    plan = plan_rows(
        backup=old, live=parse(live), target=target, wishes=wishes, network=site.network, erasure=erasure, now=now
    )
    proof = _proof(snapshot, ledger)
    return RestorePlan(
        target=target,
        wishes=wishes,
        snapshot=snapshot,
        plan=plan,
        headline=_headline(plan, target, wishes, snapshot, proof=proof, now=now),
        made_at=now,
        live_saved_at=saved_at,
        proof=proof,
        restart=what_restarts(site),
    )


def _headline(plan: Plan, target: Target, wishes: Wishes, snapshot: Snapshot, *, proof: str, now: datetime) -> str:
    what = f"{target.name} as {wishes.new_name}" if wishes.new_name else plan.name
    age = ago((now - snapshot.saved_at).total_seconds())
    source = f"{age} old, {snapshot.source} {snapshot.tail}, {proof}"
    return f"restore {plan.kind} {what} as of {show(snapshot.saved_at)} ({source})"


def _proof(snapshot: Snapshot, ledger: Ledger) -> str:
    proof = ledger.latest(snapshot.id)
    if proof is not None and proof.verdict == "proven" and proof.level >= 3:  # noqa: PLR2004 — level 3 is "its content means what it should"
        return "proven"
    return "not verified yet"


def read_live(site: Site, progress: Progress) -> tuple[bytes, datetime]:
    """The living database and when it was saved: just now, if services can be asked.

    An account that was dropped a minute ago is still in the file of their last save.
    """
    if site.services.can_save and site.control.is_running():
        capture = site.source.capture(progress)
        return capture.content, capture.saved_at
    progress.step("reading the live database")
    return read_whole(site.database, limit=site.limit)[0], modified_at(site.database)


def what_restarts(site: Site) -> str:
    """What carrying a plan out does to services, in words."""
    if not site.control.can_act:
        return "services are not touched: they are said to be down"
    try:
        running = site.control.is_running()
    except BackupServError:
        return "whether services run cannot be told now"
    return "services restart" if running else "services are down and will be started"


def _choose(
    target: Target, reference: str | None, site: Site, repository: Repository, *, clock: Clock, progress: Progress
) -> tuple[Snapshot, bytes]:
    name = target.name
    if reference is not None:
        moment = parse_moment(reference, clock.now())
        asked = repository.at(moment, source=site.name) if moment else repository.find(reference, source=site.name)
        content = repository.content(asked)
        if not _has(content, target, site):
            raise AccountNotFound(
                f"{name} is not in snapshot {asked.tail} of {show(asked.saved_at)}",
                hint=f"leave out `from`, and the newest snapshot that has {name} is looked for",
            )
        return asked, content
    looked = 0
    for snapshot in _newest_first(repository, site.name):
        progress.step(f"looking for {name} in {snapshot.tail}")
        looked += 1
        content = repository.content(snapshot)
        if _has(content, target, site):
            return snapshot, content
    raise AccountNotFound(
        f"{name} is in none of {looked} snapshots" if looked else "there is no snapshot yet",
        hint="is it spelt as it was registered?" if looked else "`backup now` makes one",
    )


def _has(content: bytes, target: Target, site: Site) -> bool:
    return find_in_rows(parse(content), target, site.casemapping) is not None


def _newest_first(repository: Repository, source: str) -> Iterator[Snapshot]:
    """Each distinct content once: a database that did not change need not be opened twice."""
    seen: set[str] = set()
    for snapshot in reversed(repository.snapshots(source)):
        if snapshot.digest not in seen:
            seen.add(snapshot.digest)
            yield snapshot
