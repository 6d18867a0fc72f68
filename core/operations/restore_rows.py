"""Carry out a plan: stop, keep, splice, prove, rehearse, replace, start, ask; and put back on any failure.

Services are down meanwhile, so what can be done before is done before, and what can be done side by side is.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from core.disk import read_whole
from core.domain.casemapping import Casemapping
from core.domain.errors import PlanBlocked, PlanOutdated
from core.formats.atheme import parse
from core.operations.new_record import new_record
from core.operations.proposal import Proposal
from core.operations.restore_record import RestoreFolder, RestoreRecord
from core.operations.restore_report import RestoreReport, Steps
from core.operations.site import Site
from core.operations.stopped import StoppedServices, saved_now
from core.ports import Clock, Journal, Progress
from core.registrations.living import Living
from core.registrations.row_change import Change
from core.registrations.row_plan import RowPlan
from core.registrations.splice import prove_rows, splice

Replan = Callable[[Living], RowPlan]
"""Makes the plan again, on the database as it is by then."""


class RowRestore:
    """Rows back into the living database of one site."""

    def __init__(self, *, site: Site, folder: RestoreFolder, journal: Journal, clock: Clock) -> None:
        self._site = site
        self._folder = folder
        self._clock = clock
        self._services = StoppedServices(site=site, folder=folder, journal=journal, clock=clock)

    def apply(
        self, proposal: Proposal, replan: Replan, *, by: str, code: str = "", progress: Progress
    ) -> RestoreReport:
        """Do what the plan says, or nothing. `code` becomes the restore's id where it is free.

        Whatever fails, the database that services had is in place afterwards, and services run if they ran.

        Raises:
            PlanBlocked, PlanOutdated: nothing was changed; a new plan is needed.
            RestoreFailed: something else failed; says what, and that the old database is back.
        """
        if proposal.blocked:
            raise PlanBlocked(proposal.blocked, hint="nothing was changed")
        steps = Steps(clock=self._clock, progress=progress)
        started = self._clock.monotonic()
        # What would fail while services are down is refused now; so they are not stopped for a plan that is dead.
        self._services.must_have_room(self._site.database.stat().st_size)
        _same_plan(proposal, replan, saved_now(self._site, steps), self._site.casemapping)
        record = self._services.begin(
            new_record(proposal, self._folder, self._site, by=by, code=code, clock=self._clock)
        )
        try:
            self._services.stop(record, steps)
            base = read_whole(self._site.database, limit=self._site.limit)[0]
            record, result = self._splice(proposal, replan, record, base, steps)
            record = self._services.before_replacing(record, result)
            self._services.replace(result, steps)
            record = self._folder.write(record, "replaced")
            record = self._services.start(record, steps)
        except BaseException as error:
            self._services.put_back(record, error)
            raise
        return self._services.end(record, steps, seconds=self._clock.monotonic() - started)

    def _splice(
        self, proposal: Proposal, replan: Replan, record: RestoreRecord, base: bytes, steps: Steps
    ) -> tuple[RestoreRecord, bytes]:
        """The result, proven; the way back and what is changed lie on disk by then."""
        steps.begin("splicing")
        with ThreadPoolExecutor(1) as pool:
            kept = pool.submit(self._folder.keep_before, record, base)
            living, plan = _same_plan(proposal, replan, base, self._site.casemapping)
            result = splice(living, plan)
            kept.result()
        record = self._folder.write(record, "kept", before=sha256(base).hexdigest())
        change = Change(kind=plan.kind, name=plan.name, added=plan.additions, removed=plan.removals)
        self._folder.keep_change(record, change)
        steps.end("spliced")

        def prove() -> None:
            prove_rows(base, result, plan)
            self._services.refuse_damage(result, base)

        self._services.judge(result, prove, steps)
        return record, result


def _same_plan(proposal: Proposal, replan: Replan, content: bytes, casemapping: Casemapping) -> tuple[Living, RowPlan]:
    """The plan made again on these bytes.

    Raises:
        PlanOutdated: it would not do what was agreed to.
    """
    living = Living(parse(content), casemapping)
    plan = replan(living)
    if plan.digest != proposal.digest:
        raise PlanOutdated(
            "services changed what this plan rests on since it was shown", hint="ask for the restore again"
        )
    return living, plan
