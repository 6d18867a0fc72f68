"""Carry out the return of a whole database: stop, keep, plan again, prove, rehearse, replace, start, ask.

What of services is down meanwhile, and how it goes back on any failure, is in `core.operations.stopped`.
"""

from collections.abc import Callable
from dataclasses import replace

from core.domain.errors import PlanBlocked, PlanOutdated
from core.formats.sqlite import is_sqlite
from core.operations.new_record import new_record
from core.operations.proposal import Proposal
from core.operations.restore_record import ABSENT, RestoreRecord
from core.operations.restore_report import RestoreReport, Steps
from core.operations.site import Site
from core.operations.stopped import StoppedServices
from core.operations.things.database.living import Lying, judged, lying, nothing
from core.operations.things.database.planning import DatabasePlan
from core.operations.things.ground import Ground
from core.operations.unaudited import RestoreJournal
from core.operations.whole_file import digest_of, read_now, take_back_unfinished
from core.ports import Progress
from core.registrations.row_change import Change

Replan = Callable[[Lying], DatabasePlan]
"""Makes the plan again, on what lies there by then."""


class WholeRestore:
    """One database of one site, whole."""

    def __init__(self, site: Site, ground: Ground, progress: Progress) -> None:
        self._site = site
        self._ground = ground
        self._folder = ground.folder
        self._trail = RestoreJournal(ground.journal, progress)
        self._steps = Steps(clock=ground.clock, progress=progress)
        self._services = StoppedServices(site=site, folder=ground.folder, journal=self._trail, clock=ground.clock)

    def apply(self, proposal: Proposal, replan: Replan, *, by: str, code: str) -> RestoreReport:
        """Do what the plan says, or nothing; see `Way.apply`."""
        started, steps = self._ground.clock.monotonic(), self._steps
        # What would fail while services are down is refused now; so they are not stopped for a plan that is dead.
        plan = _the_same(proposal, replan(lying(self._site, self._ground.clock, steps.progress)))
        self._services.must_have_room(len(plan.content))
        record = self._services.begin(
            new_record(proposal, self._folder, self._site, by=by, code=code, clock=self._ground.clock)
        )
        try:
            self._services.stop(record, steps)
            base = self._read()
            record = self._keep(record, base)
            plan = _the_same(proposal, replan(self._judged(base)))
            self._keep_change(record, base, plan)
            self._services.judge(plan.content, lambda: self._services.refuse_damage(plan.content), steps)
            record = self._services.before_replacing(record, plan.content)
            self._services.replace(plan.content, steps, name=record.id)
            record = self._folder.write(record, "replaced")
            record = self._services.start(record, steps)
        except BaseException as error:
            self._services.put_back(record, error)
            raise
        report = self._services.end(record, steps, seconds=self._ground.clock.monotonic() - started)
        return replace(report, notes=(*report.notes, *self._trail.lacking))

    def _read(self) -> bytes | None:
        if not self._site.database.exists():
            return None
        take_back_unfinished(self._site.database, limit=self._site.limit)
        return read_now(self._site.database, limit=self._site.limit)

    def _judged(self, base: bytes | None) -> Lying:
        now = self._ground.clock.now()
        return nothing(now) if base is None else judged(self._site, base, now)

    def _keep(self, record: RestoreRecord, base: bytes | None) -> RestoreRecord:
        """The way back lies on disk by then."""
        if base is None:
            return self._folder.write(record, "kept", before=ABSENT)
        self._folder.keep_before(record, base)
        return self._folder.write(record, "kept", before=digest_of(base))

    def _keep_change(self, record: RestoreRecord, base: bytes | None, plan: DatabasePlan) -> None:
        """The rows that come and go: after a crash they tell which of the two services have lived on."""
        if is_sqlite(plan.content):
            return
        old, new = (dict.fromkeys(content.split(b"\n")) for content in (base or b"", plan.content))
        added, removed = ([row for row in one if row not in other] for one, other in ((new, old), (old, new)))
        self._folder.keep_change(record, Change(kind="account", name="", added=tuple(added), removed=tuple(removed)))


def _the_same(proposal: Proposal, plan: DatabasePlan) -> DatabasePlan:
    """The plan made again, if it would do what was agreed to.

    Raises:
        PlanBlocked, PlanOutdated: it would not.
    """
    if plan.blocked:
        raise PlanBlocked(plan.blocked, hint="nothing was changed")
    if plan.digest != proposal.digest:
        raise PlanOutdated("who is registered changed since the plan was shown", hint="ask for the restore again")
    return plan
