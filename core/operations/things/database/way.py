"""How a whole database comes back: the engine's way of it."""

from datetime import datetime

from core.domain.errors import BackupServError
from core.domain.moment import ago, show
from core.domain.snapshot import Snapshot
from core.domain.thing import ThingWish
from core.formats.sqlite import is_sqlite
from core.operations.plan_restore import proof_of, what_restarts
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import RestoreReport
from core.operations.settle import end, look, start_again
from core.operations.site import Site
from core.operations.things.database.coming import Coming, coming_of, kept_by, site_of
from core.operations.things.database.living import Lying, lying
from core.operations.things.database.planning import SECOND, DatabasePlan, plan_database
from core.operations.things.database.restoring import WholeRestore
from core.operations.things.ground import Ground
from core.operations.things.proposal import ThingProposal, ThingUndo
from core.operations.whole_file import take_back_unfinished
from core.ports import Progress
from core.registrations.wish import Wishes


class DatabaseWay:
    """Plan, carry out, undo and settle; see `Way`."""

    def plan(self, wish: ThingWish, snapshot: Snapshot, ground: Ground, progress: Progress) -> ThingProposal:
        """What it would do; see the port."""
        site = site_of(wish.source or ground.sites[0].name, ground)
        lies = lying(site, ground.clock, progress)
        progress.step(f"comparing {snapshot.tail} with the living database")
        content = ground.repository.content(snapshot, quickly=True)
        coming = Coming(content=content, mark=snapshot.digest, anyway=wish.anyway)
        plan = _planned(coming, lies, site, ground)
        now, proof = ground.clock.now(), proof_of(snapshot, ground.ledger)
        age = ago((now - snapshot.saved_at).total_seconds())
        return ThingProposal(
            wish=wish,
            snapshot=snapshot,
            plan=plan,
            headline=f"restore database {site.name} as of {show(snapshot.saved_at)} "
            f"({age} old, {snapshot.source} {snapshot.tail}, {proof})",
            made_at=now,
            live_saved_at=lies.saved_at,
            restart=_restart(plan, site),
            proof=proof,
            why_second=SECOND,
        )

    def plan_undo(self, record: RestoreRecord, wishes: Wishes, ground: Ground, progress: Progress) -> ThingUndo:
        """What taking it back would do: the same, with the database from before it; see the port."""
        del wishes  # it comes back as a whole, and what was registered since goes: the plan names it
        site = site_of(record.source, ground)
        coming = kept_by(record, site, ground)
        lies = lying(site, ground.clock, progress)
        plan = _planned(coming, lies, site, ground)
        begun_at = show(datetime.fromisoformat(record.begun_at))
        return ThingUndo(
            undone=record,
            plan=plan,
            headline=f"undo {record.id}: {record.what}, restored by {record.by} at {begun_at}",
            made_at=ground.clock.now(),
            live_saved_at=lies.saved_at,
            restart=_restart(plan, site),
            why_second=SECOND,
        )

    def apply(
        self, proposal: ThingProposal | ThingUndo, ground: Ground, *, by: str, code: str, progress: Progress
    ) -> RestoreReport:
        """Exactly this plan, or nothing; see the port."""
        site = site_of(proposal.plan.source, ground)
        coming = coming_of(proposal, site, ground)
        restore = WholeRestore(site, ground, progress)
        return restore.apply(proposal, lambda lies: _planned(coming, lies, site, ground), by=by, code=code)

    def found(self, record: RestoreRecord, ground: Ground) -> str:
        """What lies there; see the port."""
        try:
            site = site_of(record.source, ground)
            told = str(look(record, site)).partition('": ')[2]
        except BackupServError as error:
            return error.message
        return told if site.is_services else told.partition(";")[0]  # the rest is about services

    def settle(self, record: RestoreRecord, ground: Ground, *, undo: bool) -> str:
        """End it; see the port."""
        site = site_of(record.source, ground)
        take_back_unfinished(site.database, limit=site.limit)
        return end(look(record, site), site, ground.folder, ground.clock, undo=undo)

    def revive(self, record: RestoreRecord, ground: Ground) -> str:
        """What ran runs again, on whichever whole database lies there; see the port."""
        try:
            site = site_of(record.source, ground)
            take_back_unfinished(site.database, limit=site.limit)
            return "Services were started again." if start_again(record, site, ground.clock) else ""
        except BackupServError as error:
            return f"SERVICES COULD NOT BE STARTED: {error}"


def _planned(coming: Coming, lies: Lying, site: Site, ground: Ground) -> DatabasePlan:
    return plan_database(coming, lies, site, erasure=ground.tombstones.forgotten(), now=ground.clock.now())


def _restart(plan: DatabasePlan, site: Site) -> str:
    if is_sqlite(plan.content) and not site.control.can_act:
        return "one transaction in the living database, nothing restarts"
    return what_restarts(plan, site)
