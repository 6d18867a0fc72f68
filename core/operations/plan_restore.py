"""Preview: what bringing something back would do, from which snapshot. Changes nothing."""

from collections.abc import Iterator
from datetime import datetime

from core.domain.errors import AccountNotFound, BackupServError
from core.domain.moment import ago, show
from core.domain.snapshot import Snapshot
from core.operations.by_format import find_in, plan_in, read_live
from core.operations.history import history
from core.operations.proposal import RestorePlan
from core.operations.site import Site
from core.ports import Clock, Progress
from core.registrations.plan import Plan
from core.registrations.tables import TablePlan
from core.registrations.wish import Erasure, Target, Wishes
from core.repository.ledger import Ledger
from core.repository.repository import Repository


def plan_restore(
    target: Target,
    asked: Snapshot | None,
    wishes: Wishes,
    *,
    site: Site,
    repository: Repository,
    ledger: Ledger,
    erasure: Erasure,
    clock: Clock,
    progress: Progress,
) -> RestorePlan:
    """The plan for bringing `target` back from the snapshot that is asked for, or from the newest that has it.

    Raises:
        AccountNotFound: no snapshot has it, or not the one that was asked for.
        PlanBlocked: a wish makes no sense, or no row can be carried over safely.
    """
    live, saved_at = read_live(site, progress)
    snapshot, content = _choose(target, asked, site, repository, progress=progress)
    progress.step(f"comparing {snapshot.tail} with the living database")
    now = clock.now()
    plan = plan_in(
        backup=content, live=live, target=target, wishes=wishes, network=site.network, erasure=erasure, now=now
    )
    proof = proof_of(snapshot, ledger)
    return RestorePlan(
        target=target,
        wishes=wishes,
        snapshot=snapshot,
        plan=plan,
        headline=_headline(plan, target, wishes, snapshot, proof=proof, now=now),
        made_at=now,
        live_saved_at=saved_at,
        proof=proof,
        restart=what_restarts(plan, site),
    )


def _headline(plan: Plan, target: Target, wishes: Wishes, snapshot: Snapshot, *, proof: str, now: datetime) -> str:
    what = f"{target.name} as {wishes.new_name}" if wishes.new_name else plan.name
    age = ago((now - snapshot.saved_at).total_seconds())
    source = f"{age} old, {snapshot.source} {snapshot.tail}, {proof}"
    return f"restore {plan.kind} {what} as of {show(snapshot.saved_at)} ({source})"


def proof_of(snapshot: Snapshot, ledger: Ledger) -> str:
    """What is known of a snapshot, in words: "proven" or "not verified yet"; and that it is held, and why."""
    if snapshot.held:
        return f"HELD: {snapshot.held}"
    proof = ledger.standing(snapshot.id)
    if proof is not None and proof.verdict == "proven" and proof.level >= 3:  # noqa: PLR2004 — level 3 is "its content means what it should"
        return "proven"
    return "not verified yet"


def what_restarts(plan: Plan, site: Site) -> str:
    """What carrying a plan out does to services, in words."""
    if isinstance(plan, TablePlan):
        return "one transaction in the living database, nothing restarts"
    if not site.control.can_act:
        return "services are left alone (control is none): they must be down until it is done"
    try:
        running = site.control.is_running()
    except BackupServError:
        return "whether services run cannot be told now"
    return "services restart" if running else "services are down and will be started"


def _choose(
    target: Target, asked: Snapshot | None, site: Site, repository: Repository, *, progress: Progress
) -> tuple[Snapshot, bytes]:
    name = target.name
    if asked is not None:
        content = repository.content(asked, quickly=True)
        if not find_in(content, target, site.network):
            raise AccountNotFound(
                f"{name} is not in snapshot {asked.tail} of {show(asked.saved_at)}",
                hint=f"leave out `from`, and the newest snapshot that has {name} is looked for",
            )
        return asked, content
    looked = 0
    for snapshot in _newest_first(repository, site.name):
        progress.step(f"looking for {name} in {snapshot.tail}")
        looked += 1
        content = repository.content(snapshot, quickly=True)
        if find_in(content, target, site.network):
            return snapshot, content
    raise AccountNotFound(
        f"{name} is in none of {looked} snapshots" if looked else "there is no snapshot yet",
        hint="is it spelt as it was registered?" if looked else "`backup now` makes one",
    )


def _newest_first(repository: Repository, source: str) -> Iterator[Snapshot]:
    """Each distinct content once: a database that did not change need not be opened twice. Held ones come last."""
    seen: set[str] = set()
    newest_first = tuple(reversed(history(repository, source)))
    for snapshot in sorted(newest_first, key=lambda item: bool(item.held)):
        if snapshot.digest not in seen:
            seen.add(snapshot.digest)
            yield snapshot
